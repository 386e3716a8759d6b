package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// entryZero finds the key under which the checkpoint was opened in the log's own constitution.
func entryZero(served *source, trust *trust) error {
	head, err := served.open(trust)
	if err != nil {
		return err
	}
	entries, err := served.entries(0, head.Size)
	if err != nil {
		return err
	}
	var envelope struct{ Payload []byte }
	if err := json.Unmarshal(entries[0], &envelope); err != nil {
		return err
	}
	var event struct {
		Kind string
		Log  string
		Body struct{ Checkpoint string }
	}
	if err := json.Unmarshal(envelope.Payload, &event); err != nil {
		return err
	}
	verifier, err := note.NewVerifier(event.Body.Checkpoint)
	if err != nil {
		return err
	}
	known := trust.logs[head.Origin]
	if event.Kind != "ledger" || event.Log != head.Origin ||
		verifier.Name() != known.Name() || verifier.KeyHash() != known.KeyHash() {
		return fmt.Errorf("entry 0 is a %s event of %s under %s", event.Kind, event.Log, event.Body.Checkpoint)
	}
	return nil
}

// records proves and checks every entry against the root, with proofs made from the served tiles.
func records(served *source, head *log.Checkpoint) error {
	entries, err := served.all(head.Size)
	if err != nil {
		return err
	}
	size, root, hashes := int64(head.Size), tlog.Hash(head.Hash), served.hashes(head)
	for i, entry := range entries {
		index := int64(i)
		proof, err := tlog.ProveRecord(size, index, hashes)
		if err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
		hash := tlog.RecordHash(entry)
		if err := tlog.CheckRecord(proof, size, root, index, hash); err != nil {
			return fmt.Errorf("entry %d: %w", index, err)
		}
		changed := tlog.RecordHash(flip(entry, len(entry)/2))
		if err := refused(fmt.Sprintf("entry %d with a byte changed", index),
			tlog.CheckRecord(proof, size, root, index, changed)); err != nil {
			return err
		}
		if size > 1 {
			other := (index + 1) % size
			if err := refused(fmt.Sprintf("entry %d as entry %d", index, other),
				tlog.CheckRecord(proof, size, root, other, hash)); err != nil {
				return err
			}
		}
	}
	return nil
}

// bundles compares every entry bundle with its tile of level 0, and the tiles with the root.
func bundles(served *source, head *log.Checkpoint) error {
	if err := bundlesMatch(served, head); err != nil {
		return err
	}
	return eachLie(served, func(lying *source) error { return bundlesMatch(lying, head) })
}

func bundlesMatch(served *source, head *log.Checkpoint) error {
	root, err := tlog.TreeHash(int64(head.Size), served.hashes(head))
	if err != nil {
		return err
	}
	if root != tlog.Hash(head.Hash) {
		return fmt.Errorf("the tiles have the root %v", root)
	}
	for index := uint64(0); index*layout.EntryBundleWidth < head.Size; index++ {
		width := layout.PartialTileSize(0, index, head.Size)
		tile, err := served.get(layout.TilePath(0, index, width))
		if err != nil {
			return err
		}
		bundle, err := served.get(layout.EntriesPath(index, width))
		if err != nil {
			return err
		}
		hashes, err := leafHashes(bundle)
		if err != nil {
			return err
		}
		if !bytes.Equal(bytes.Join(hashes, nil), tile) {
			return fmt.Errorf("bundle %d does not hash to its tile", index)
		}
	}
	return nil
}

// eachLie shows the log to judge with one byte changed on the way, in a bundle and in a tile; it must find fault.
func eachLie(served *source, judge func(lying *source) error) error {
	for _, prefix := range []string{"tile/entries/", "tile/0/"} {
		lying := served.tampered(func(path string, body []byte) []byte {
			if strings.HasPrefix(path, prefix) {
				return flip(body, len(body)-1)
			}
			return body
		})
		if err := refused("a log with a byte changed below "+prefix, judge(lying)); err != nil {
			return err
		}
	}
	return nil
}

// earlier checks every checkpoint that a receipt carries: its partial tiles and bundles are still served, and the log
// has only been appended to since.
func earlier(served *source, trust *trust, head *log.Checkpoint, receipts []receipt) error {
	old, err := earlierHeads(trust, head, receipts)
	if err != nil {
		return err
	}
	hashes := served.hashes(head)
	for _, before := range old {
		if err := bundlesMatch(served, before); err != nil {
			return fmt.Errorf("size %d: %w", before.Size, err)
		}
		proof, err := tlog.ProveTree(int64(head.Size), int64(before.Size), hashes)
		if err != nil {
			return fmt.Errorf("size %d: %w", before.Size, err)
		}
		if err := extends(proof, head, before); err != nil {
			return err
		}
	}
	return nil
}

// earlierHeads lists one checkpoint of each size before head. A run must have made some.
func earlierHeads(trust *trust, head *log.Checkpoint, receipts []receipt) ([]*log.Checkpoint, error) {
	var heads []*log.Checkpoint
	known := map[uint64]bool{head.Size: true}
	for _, receipt := range receipts {
		before, err := trust.open(receipt.proof.Checkpoint)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", receipt.path, err)
		}
		if !known[before.Size] {
			known[before.Size] = true
			heads = append(heads, before)
		}
	}
	if len(heads) == 0 {
		return nil, fmt.Errorf("no receipt has an earlier checkpoint than the newest: nothing was tried")
	}
	return heads, nil
}

// consistency asks the ledger itself for proofs: GET /v1/proofs/consistency.
func consistency(served *source, trust *trust, head *log.Checkpoint, receipts []receipt) error {
	old, err := earlierHeads(trust, head, receipts)
	if err != nil {
		return err
	}
	for _, before := range old {
		raw, err := served.get(fmt.Sprintf("v1/proofs/consistency?from=%d&to=%d", before.Size, head.Size))
		if err != nil {
			return err
		}
		var answer struct {
			From, To uint64
			Proof    tlog.TreeProof
		}
		if err := json.Unmarshal(raw, &answer); err != nil {
			return err
		}
		if answer.From != before.Size || answer.To != head.Size {
			return fmt.Errorf("asked from %d to %d, answered from %d to %d", before.Size, head.Size, answer.From, answer.To)
		}
		if err := extends(answer.Proof, head, before); err != nil {
			return err
		}
	}
	return nil
}

// extends checks a consistency proof, and that it does not fit another root.
func extends(proof tlog.TreeProof, head, before *log.Checkpoint) error {
	size, root := int64(head.Size), tlog.Hash(head.Hash)
	if err := tlog.CheckTree(proof, size, root, int64(before.Size), tlog.Hash(before.Hash)); err != nil {
		return fmt.Errorf("from size %d: %w", before.Size, err)
	}
	forked := tlog.Hash(flip(before.Hash, 0))
	return refused(fmt.Sprintf("another root of size %d", before.Size),
		tlog.CheckTree(proof, size, root, int64(before.Size), forked))
}
