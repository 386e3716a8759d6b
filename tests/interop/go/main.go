// Command judge lets Go's and others' transparency log libraries judge a served Lebombo log and its receipts.
//
// Each check prints one line, and tries inputs that must be refused as well: a library that accepts everything would
// say nothing about us.
//
//	judge log -url URL -policy FILE -receipts DIR      is the served log whole, and are its receipts accepted?
//	judge issue -policy FILE -receipts DIR -out DIR    write receipts and policies for `lebombo verify` to judge
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"k8s.io/klog/v2"
)

func main() {
	if len(os.Args) < 2 {
		fail("give a command: log or issue")
	}
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	address := flags.String("url", "", "where the log is served")
	policyFile := flags.String("policy", "", "tlog-policy file")
	receiptsDir := flags.String("receipts", "", "folder with .tlog-proof files, at any depth")
	out := flags.String("out", "", "folder to write to")
	if err := flags.Parse(os.Args[2:]); err != nil {
		fail("%v", err)
	}
	// Tessera's fsck logs on its own; what it finds is in the error that it returns.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)

	trust, err := readTrust(*policyFile)
	if err != nil {
		fail("%s: %v", *policyFile, err)
	}
	receipts, err := readReceipts(*receiptsDir)
	if err != nil {
		fail("%s: %v", *receiptsDir, err)
	}
	switch os.Args[1] {
	case "log":
		judgeLog(*address, trust, receipts)
	case "issue":
		if err := issue(*out, trust, receipts); err != nil {
			fail("%v", err)
		}
	default:
		fail("there is no command %s", os.Args[1])
	}
	if failed {
		os.Exit(1)
	}
}

func judgeLog(address string, trust *trust, receipts []receipt) {
	served := newSource(address)
	head, err := served.open(trust)
	check("note-checkpoint", func() error {
		if err != nil {
			return err
		}
		return checkpointControls(served, trust)
	})
	if err != nil {
		return
	}
	check("note-entry-0-names-the-key", func() error { return entryZero(served, trust) })
	check("tlog-records", func() error { return records(served, head) })
	check("tlog-bundles-and-tiles", func() error { return bundles(served, head) })
	check("tlog-earlier-checkpoints", func() error { return earlier(served, trust, head, receipts) })
	check("tlog-consistency-answers", func() error { return consistency(served, trust, head, receipts) })
	check("tessera-fsck", func() error { return whole(served, trust) })
	check("tlog-proof-receipts", func() error { return acceptReceipts(trust, receipts) })
	check("tlog-proof-tampered", func() error { return refuseReceipts(trust, receipts) })
}

// failed says whether any check has.
var failed bool

// check runs one check and prints its line.
func check(name string, run func() error) {
	if err := guarded(run); err != nil {
		failed = true
		fmt.Printf("FAILED go/%s: %q\n", name, err.Error())
		return
	}
	fmt.Printf("ok go/%s\n", name)
}

// guarded turns a library's panic into an error: it is an answer to what we served.
func guarded(run func() error) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v", thrown)
		}
	}()
	return run()
}

// refused is the negative control: an error unless err is one.
func refused(what string, err error) error {
	if err == nil {
		return fmt.Errorf("accepted %s", what)
	}
	return nil
}

func fail(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "judge: "+format+"\n", args...)
	os.Exit(2)
}
