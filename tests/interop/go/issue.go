package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/transparency-dev/formats/log"
	f_note "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// issue writes receipts that others' libraries signed, cosigned and formatted, each with a policy, and a file `cases`
// whose lines say which of them must be accepted: NAME accept|refuse. The libraries must say so themselves first.
func issue(folder string, trust *trust, receipts []receipt) error {
	cases, err := issued(trust, receipts)
	if err != nil {
		return err
	}
	var list strings.Builder
	for _, made := range cases {
		verdict, err := made.judged()
		if err != nil {
			return fmt.Errorf("%s: %w", made.name, err)
		}
		fmt.Fprintf(&list, "%s %s\n", made.name, verdict)
		base := filepath.Join(folder, made.name)
		if err := os.WriteFile(base+".tlog-proof", made.receipt.Marshal(), 0o600); err != nil {
			return err
		}
		if err := os.WriteFile(base+".policy", []byte(made.policy), 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(folder, "cases"), []byte(list.String()), 0o600)
}

// issuedCase is a receipt, a policy, and what the policy must say of the receipt.
type issuedCase struct {
	name    string
	receipt proof.TLogProof
	policy  string
	accept  bool
}

func (c *issuedCase) judged() (string, error) {
	trust, err := parseTrust([]byte(c.policy))
	if err != nil {
		return "", err
	}
	err = trust.accept(c.receipt)
	if c.accept && err != nil {
		return "", fmt.Errorf("the libraries refuse it: %w", err)
	}
	if !c.accept && err == nil {
		return "", fmt.Errorf("the libraries accept it")
	}
	if c.accept {
		return "accept", nil
	}
	return "refuse", nil
}

// cosigner is a witness of ours: its key as policies name it, and its pen.
type cosigner struct {
	name, vkey string
	signer     note.Signer
}

func newCosigner(name string, postQuantum bool) (*cosigner, error) {
	full := "witness.example/" + name
	generate := func() (string, string, error) { return note.GenerateKey(rand.Reader, full) }
	if postQuantum {
		generate = func() (string, string, error) { return f_note.GenerateMLDSAKey(full) }
	}
	secret, vkey, err := generate()
	if err != nil {
		return nil, err
	}
	if !postQuantum {
		// x/mod makes keys of type 0x01; a witness's is 0x04.
		if vkey, err = f_note.VKeyToCosignatureV1(vkey); err != nil {
			return nil, err
		}
	}
	signer, err := f_note.NewSignerForCosignatureV1(secret)
	if err != nil {
		return nil, err
	}
	return &cosigner{name: name, vkey: vkey, signer: signer}, nil
}

// line declares the cosigner in a policy. The library wants an address.
func (c *cosigner) line() string {
	return fmt.Sprintf("witness %s %s https://witness.example/%s/\n", c.name, c.vkey, c.name)
}

func issued(trust *trust, receipts []receipt) ([]issuedCase, error) {
	good := longest(receipts)
	head, err := trust.open(good.Checkpoint)
	if err != nil {
		return nil, err
	}
	var witnesses []*cosigner
	for _, name := range []string{"a", "b", "c"} {
		witness, err := newCosigner(name, name == "c")
		if err != nil {
			return nil, err
		}
		witnesses = append(witnesses, witness)
	}
	a, b, c := witnesses[0], witnesses[1], witnesses[2]
	known := a.line() + b.line() + c.line()
	own, foreign, err := ownAndForeign(trust, head, receipts)
	if err != nil {
		return nil, err
	}
	cosigned := func(by ...*cosigner) proof.TLogProof {
		if err != nil {
			return proof.TLogProof{}
		}
		receipt := good
		receipt.Checkpoint, err = cosign(trust.logs[head.Origin], good.Checkpoint, by...)
		return receipt
	}
	// b's cosignature of the foreign log's checkpoint, carried over to ours.
	carried := cosigned(a)
	if err == nil {
		carried.Checkpoint, err = carryOver(foreign, b, carried.Checkpoint)
	}
	spoilt := cosigned(a)
	if err == nil {
		// A library puts new signatures first.
		spoilt.Checkpoint = flipSignature(spoilt.Checkpoint, 4+8)
	}
	cases := []issuedCase{
		{"no-witness", good, own + "quorum none\n", true},
		{"foreign-log", foreign.receipt, foreign.policy + "quorum none\n", true},
		{"foreign-log-under-our-policy", foreign.receipt, own + "quorum none\n", false},
		{"our-log-under-a-foreign-policy", good, foreign.policy + "quorum none\n", false},
		{"ed25519-witness", cosigned(a), own + known + "quorum a\n", true},
		{"ml-dsa-witness", cosigned(c), own + known + "quorum c\n", true},
		{"other-witness", cosigned(b), own + known + "quorum a\n", false},
		{"witness-missing", good, own + known + "quorum a\n", false},
		{"witness-spoilt", spoilt, own + known + "quorum a\n", false},
		{"witness-of-another-tree", carried, own + known + "quorum b\n", false},
		{"two-of-three", cosigned(a, c), own + known + "group g 2 a b c\nquorum g\n", true},
		{"one-of-three-is-not-two", cosigned(c), own + known + "group g 2 a b c\nquorum g\n", false},
		{"any", cosigned(c), own + known + "group g any a b c\nquorum g\n", true},
		{"all", cosigned(a, b, c), own + known + "group g all a b c\nquorum g\n", true},
		{"not-all", cosigned(a, b), own + known + "group g all a b c\nquorum g\n", false},
		{"nested", cosigned(a, c), own + known + "group x any a b\ngroup y all x c\nquorum y\n", true},
		{"nested-one-side", cosigned(a, b), own + known + "group x any a b\ngroup y all x c\nquorum y\n", false},
	}
	return cases, err
}

// cosign adds witnesses' lines to a checkpoint.
func cosign(by note.Verifier, checkpoint []byte, witnesses ...*cosigner) ([]byte, error) {
	opened, err := note.Open(checkpoint, note.VerifierList(by))
	if err != nil {
		return nil, err
	}
	var signers []note.Signer
	for _, witness := range witnesses {
		signers = append(signers, witness.signer)
	}
	return note.Sign(opened, signers...)
}

// foreignLog is a log of the same origin under another key, made by x/mod's tlog, with one receipt.
type foreignLog struct {
	policy   string
	verifier note.Verifier
	receipt  proof.TLogProof
}

// ownAndForeign also gives the policy line of the log that is judged.
func ownAndForeign(trust *trust, head *log.Checkpoint, receipts []receipt) (string, *foreignLog, error) {
	var own string
	for _, vkey := range trust.vkeys {
		own += "log " + vkey + "\n"
	}
	secret, vkey, err := note.GenerateKey(rand.Reader, head.Origin)
	if err != nil {
		return "", nil, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return "", nil, err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return "", nil, err
	}
	// Our entries, last first: every index and every proof is another.
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	size := int64(len(receipts))
	for i := range receipts {
		more, err := tlog.StoredHashes(int64(i), receipts[len(receipts)-1-i].proof.ExtraData, reader)
		if err != nil {
			return "", nil, err
		}
		stored = append(stored, more...)
	}
	index := size / 2
	record, err := tlog.ProveRecord(size, index, reader)
	if err != nil {
		return "", nil, err
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil {
		return "", nil, err
	}
	text := log.Checkpoint{Origin: head.Origin, Size: uint64(size), Hash: root[:]}.Marshal()
	signed, err := note.Sign(&note.Note{Text: string(text)}, signer)
	if err != nil {
		return "", nil, err
	}
	made := proof.TLogProof{
		Index:      uint64(index),
		Checkpoint: signed,
		ExtraData:  receipts[size-1-index].proof.ExtraData,
	}
	for _, hash := range record {
		made.Hashes = append(made.Hashes, hash)
	}
	return own, &foreignLog{policy: "log " + vkey + "\n", verifier: verifier, receipt: made}, nil
}

// carryOver puts a witness's line for the foreign log's checkpoint under another checkpoint.
func carryOver(foreign *foreignLog, by *cosigner, onto []byte) ([]byte, error) {
	cosigned, err := cosign(foreign.verifier, foreign.receipt.Checkpoint, by)
	if err != nil {
		return nil, err
	}
	for _, line := range strings.SplitAfter(string(cosigned), "\n") {
		if strings.HasPrefix(line, "— "+by.signer.Name()+" ") {
			return append(append([]byte{}, onto...), line...), nil
		}
	}
	return nil, fmt.Errorf("the cosigned checkpoint has no line by %s", by.signer.Name())
}
