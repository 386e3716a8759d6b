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
// whose lines say what must become of them: `NAME accept` or `NAME refuse CODE`. The libraries must say so themselves
// first, but for the code.
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
	// code with which lebombo must refuse it; none where it must accept it.
	code string
}

func (c *issuedCase) judged() (string, error) {
	trust, err := parseTrust([]byte(c.policy))
	if err != nil {
		return "", err
	}
	err = trust.accept(c.receipt)
	if c.code == "" && err != nil {
		return "", fmt.Errorf("the libraries refuse it: %w", err)
	}
	if c.code != "" && err == nil {
		return "", fmt.Errorf("the libraries accept it")
	}
	if c.code == "" {
		return "accept", nil
	}
	return "refuse " + c.code, nil
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
	// spoilt has one byte of one signature changed: after a log's key id, after a witness's key id and time.
	spoilt := func(name string, at int, by ...*cosigner) proof.TLogProof {
		receipt := cosigned(by...)
		if err == nil {
			receipt.Checkpoint = flipSignature(receipt.Checkpoint, name, at)
		}
		return receipt
	}
	cases := []issuedCase{
		{"no-witness", good, own + "quorum none\n", ""},
		{"foreign-log", foreign.receipt, foreign.policy + "quorum none\n", ""},
		{"foreign-log-under-our-policy", foreign.receipt, own + "quorum none\n", "log-signature-missing"},
		{"our-log-under-a-foreign-policy", good, foreign.policy + "quorum none\n", "log-signature-missing"},
		{"ed25519-witness", cosigned(a), own + known + "quorum a\n", ""},
		{"ml-dsa-witness", cosigned(c), own + known + "quorum c\n", ""},
		{"other-witness", cosigned(b), own + known + "quorum a\n", "quorum-not-met"},
		{"witness-missing", good, own + known + "quorum a\n", "quorum-not-met"},
		{"log-spoilt", spoilt(head.Origin, 4, a), own + known + "quorum a\n", "log-signature-invalid"},
		{"witness-spoilt", spoilt(a.signer.Name(), 4+8, a), own + known + "quorum a\n", "cosignature-ed25519-invalid"},
		{"witness-time-changed", spoilt(a.signer.Name(), 4+7, a), own + known + "quorum a\n", "cosignature-ed25519-invalid"},
		{"ml-dsa-spoilt", spoilt(c.signer.Name(), 4+8, c), own + known + "quorum c\n", "cosignature-ml-dsa-44-invalid"},
		{"witness-of-another-tree", carried, own + known + "quorum b\n", "cosignature-ed25519-invalid"},
		{"two-of-three", cosigned(a, c), own + known + "group g 2 a b c\nquorum g\n", ""},
		{"one-of-three-is-not-two", cosigned(c), own + known + "group g 2 a b c\nquorum g\n", "quorum-not-met"},
		{"any", cosigned(c), own + known + "group g any a b c\nquorum g\n", ""},
		{"all", cosigned(a, b, c), own + known + "group g all a b c\nquorum g\n", ""},
		{"not-all", cosigned(a, b), own + known + "group g all a b c\nquorum g\n", "quorum-not-met"},
		{"nested", cosigned(a, c), own + known + "group x any a b\ngroup y all x c\nquorum y\n", ""},
		{"nested-one-side", cosigned(a, b), own + known + "group x any a b\ngroup y all x c\nquorum y\n", "quorum-not-met"},
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
