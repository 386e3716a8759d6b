// Appends entries to a Tessera log on POSIX storage and prints two numbers: nanoseconds for all of them, and the median
// of the nanoseconds that one submitter waited for one entry.
//
// Usage: tessera FOLDER ENTRIES LENGTH SUBMITTERS
package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"flag"
	"fmt"
	"log"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

func main() {
	klog.InitFlags(nil)
	_ = flag.Set("logtostderr", "false")
	_ = flag.Set("stderrthreshold", "FATAL")
	if len(os.Args) != 5 {
		log.Fatal("usage: tessera FOLDER ENTRIES LENGTH SUBMITTERS")
	}
	entries, length, submitters := number(os.Args[2]), number(os.Args[3]), number(os.Args[4])
	ctx := context.Background()
	secret, _, err := note.GenerateKey(rand.Reader, "bench.example/tessera")
	check(err)
	signer, err := note.NewSigner(secret)
	check(err)
	driver, err := posix.New(ctx, posix.Config{Path: os.Args[1]})
	check(err)
	// As small a batching delay as lets many submitters share a batch: with one entry a submitter, the batch is full
	// when all of them wait.
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(time.Second).
		WithBatching(uint(submitters), 5*time.Millisecond)
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, options)
	check(err)

	var next atomic.Int64
	waits := make([]time.Duration, entries)
	var running sync.WaitGroup
	start := time.Now()
	for range submitters {
		running.Go(func() {
			for {
				mine := int(next.Add(1)) - 1
				if mine >= entries {
					return
				}
				entry := make([]byte, length)
				binary.BigEndian.PutUint64(entry, uint64(mine))
				began := time.Now()
				_, err := appender.Add(ctx, tessera.NewEntry(entry))()
				check(err)
				waits[mine] = time.Since(began)
			}
		})
	}
	running.Wait()
	all := time.Since(start)
	check(shutdown(ctx))
	slices.Sort(waits)
	fmt.Println(all.Nanoseconds(), waits[entries/2].Nanoseconds())
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	check(err)
	if n < 8 {
		log.Fatalf("%d is too small", n)
	}
	return n
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
