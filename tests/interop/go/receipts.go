package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/transparency-dev/formats/proof"
	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
)

// receipt is a .tlog-proof file, as transparency-dev's library reads it.
type receipt struct {
	path  string
	raw   []byte
	proof proof.TLogProof
}

func readReceipts(folder string) ([]receipt, error) {
	var receipts []receipt
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".tlog-proof" {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		read := receipt{path: path, raw: raw}
		if err := read.proof.Unmarshal(raw); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		receipts = append(receipts, read)
		return nil
	})
	if err == nil && len(receipts) == 0 {
		err = fmt.Errorf("no receipt")
	}
	return receipts, err
}

// accept checks a receipt as C2SP tlog-proof says: checkpoint, cosignatures, inclusion of the entry in `extra`. Two
// libraries check the inclusion.
func (t *trust) accept(receipt proof.TLogProof) error {
	head, err := t.open(receipt.Checkpoint)
	if err != nil {
		return err
	}
	var nodes [][]byte
	var record tlog.RecordProof
	for _, hash := range receipt.Hashes {
		nodes = append(nodes, hash[:])
		record = append(record, hash)
	}
	leaf := rfc6962.DefaultHasher.HashLeaf(receipt.ExtraData)
	err = merkle.VerifyInclusion(rfc6962.DefaultHasher, receipt.Index, head.Size, leaf, nodes, head.Hash)
	other := tlog.CheckRecord(record, int64(head.Size), tlog.Hash(head.Hash), int64(receipt.Index), tlog.Hash(leaf))
	if (err == nil) != (other == nil) {
		return fmt.Errorf("transparency-dev says %v, x/mod says %v", err, other)
	}
	return err
}

// acceptReceipts also writes each receipt anew and compares the bytes.
func acceptReceipts(trust *trust, receipts []receipt) error {
	for _, receipt := range receipts {
		if err := trust.accept(receipt.proof); err != nil {
			return fmt.Errorf("%s: %w", receipt.path, err)
		}
		if !bytes.Equal(receipt.proof.Marshal(), receipt.raw) {
			return fmt.Errorf("%s: written anew it has other bytes", receipt.path)
		}
	}
	return nil
}

// longest is the receipt with most hashes: the one with most to tamper with.
func longest(receipts []receipt) proof.TLogProof {
	best := receipts[0].proof
	for _, receipt := range receipts {
		if len(receipt.proof.Hashes) > len(best.Hashes) {
			best = receipt.proof
		}
	}
	return best
}

// refuseReceipts changes one receipt in every part and finds it refused.
func refuseReceipts(trust *trust, receipts []receipt) error {
	good := longest(receipts)
	if len(good.Hashes) == 0 {
		return fmt.Errorf("no receipt has a proof to tamper with")
	}
	if err := trust.accept(good); err != nil {
		return err
	}
	impostor, err := trust.impostor()
	if err != nil {
		return err
	}
	if err := refused("a receipt of a log with another key", impostor.accept(good)); err != nil {
		return err
	}
	for what, bad := range tampered(good) {
		if err := refused(what, trust.accept(bad)); err != nil {
			return err
		}
	}
	return nil
}

// tampered lists ways to change a receipt.
func tampered(good proof.TLogProof) map[string]proof.TLogProof {
	changed := map[string]proof.TLogProof{}
	add := func(what string, change func(*proof.TLogProof)) {
		bad := good
		bad.Hashes = append([][32]byte{}, good.Hashes...)
		change(&bad)
		changed[what] = bad
	}
	for at := range good.ExtraData {
		add(fmt.Sprintf("byte %d of the entry changed", at), func(bad *proof.TLogProof) {
			bad.ExtraData = flip(good.ExtraData, at)
		})
	}
	for at := range good.Hashes {
		add(fmt.Sprintf("hash %d changed", at), func(bad *proof.TLogProof) { bad.Hashes[at][0] ^= 1 })
		add(fmt.Sprintf("hash %d left out", at), func(bad *proof.TLogProof) {
			bad.Hashes = append(bad.Hashes[:at], bad.Hashes[at+1:]...)
		})
	}
	add("a hash added", func(bad *proof.TLogProof) { bad.Hashes = append(bad.Hashes, bad.Hashes[0]) })
	add("another index", func(bad *proof.TLogProof) { bad.Index ^= 1 })
	text := bytes.Index(good.Checkpoint, []byte("\n\n")) + 1
	for at := range good.Checkpoint[:text] {
		add(fmt.Sprintf("byte %d of the checkpoint's text changed", at), func(bad *proof.TLogProof) {
			bad.Checkpoint = flip(good.Checkpoint, at)
		})
	}
	origin, _, _ := strings.Cut(string(good.Checkpoint), "\n")
	for at := range 4 + 64 {
		add(fmt.Sprintf("byte %d of the log's signature changed", at), func(bad *proof.TLogProof) {
			bad.Checkpoint = flipSignature(good.Checkpoint, origin, at)
		})
	}
	add("no signature", func(bad *proof.TLogProof) { bad.Checkpoint = good.Checkpoint[:text+1] })
	return changed
}

// flipSignature changes one byte of somebody's signature on a note: 4 bytes of key id, then the signature.
func flipSignature(raw []byte, name string, at int) []byte {
	before, after, found := strings.Cut(string(raw), "\n— "+name+" ")
	encoded, rest, _ := strings.Cut(after, "\n")
	signature, err := base64.StdEncoding.DecodeString(encoded)
	if !found || err != nil {
		panic(fmt.Sprintf("no signature by %s: %v", name, err))
	}
	changed := base64.StdEncoding.EncodeToString(flip(signature, at))
	return []byte(before + "\n— " + name + " " + changed + "\n" + rest)
}
