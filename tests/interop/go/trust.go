package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"strings"

	"github.com/transparency-dev/formats/log"
	f_note "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/formats/witness"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// trust is a C2SP tlog-policy file: which logs, under which witnesses.
type trust struct {
	// logs by origin.
	logs map[string]note.Verifier
	// vkeys of the logs, as the file has them.
	vkeys []string
	// quorum is transparency-dev's reading of the same file. It skips the lines about logs.
	quorum witness.Group
}

func readTrust(path string) (*trust, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseTrust(text)
}

func parseTrust(text []byte) (*trust, error) {
	quorum, err := witness.ParsePolicy(text)
	if err != nil {
		return nil, err
	}
	read := &trust{logs: map[string]note.Verifier{}, quorum: quorum}
	for _, line := range strings.Split(string(text), "\n") {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] != "log" {
			continue
		}
		verifier, err := f_note.NewVerifier(fields[1])
		if err != nil {
			return nil, err
		}
		read.logs[verifier.Name()] = verifier
		read.vkeys = append(read.vkeys, fields[1])
	}
	if len(read.logs) == 0 {
		return nil, fmt.Errorf("the policy names no log")
	}
	return read, nil
}

// open checks a checkpoint: a log of the policy signed it, and the quorum's witnesses cosigned it.
func (t *trust) open(raw []byte) (*log.Checkpoint, error) {
	origin, _, _ := bytes.Cut(raw, []byte("\n"))
	verifier, ok := t.logs[string(origin)]
	if !ok {
		return nil, fmt.Errorf("the policy has no log %q", origin)
	}
	head, _, _, err := log.ParseCheckpoint(raw, string(origin), verifier)
	if err != nil {
		return nil, err
	}
	if len(head.Hash) != tlog.HashSize {
		return nil, fmt.Errorf("a root of %d bytes", len(head.Hash))
	}
	if !t.quorum.Satisfied(raw) {
		return nil, fmt.Errorf("the policy's quorum has not cosigned")
	}
	return head, nil
}

// impostor is a trust in logs of the same names under other keys.
func (t *trust) impostor() (*trust, error) {
	logs := map[string]note.Verifier{}
	for name := range t.logs {
		_, vkey, err := note.GenerateKey(rand.Reader, name)
		if err != nil {
			return nil, err
		}
		if logs[name], err = note.NewVerifier(vkey); err != nil {
			return nil, err
		}
	}
	return &trust{logs: logs, vkeys: t.vkeys, quorum: t.quorum}, nil
}

// checkpointControls shows that the checkpoint that was opened would not have been under other keys, nor with any byte
// of its text changed.
func checkpointControls(served *source, trust *trust) error {
	raw, err := served.get("checkpoint")
	if err != nil {
		return err
	}
	impostor, err := trust.impostor()
	if err != nil {
		return err
	}
	_, err = impostor.open(raw)
	if err := refused("the checkpoint under another key of the same name", err); err != nil {
		return err
	}
	text := bytes.Index(raw, []byte("\n\n")) + 1
	for at := range raw[:text] {
		_, err := trust.open(flip(raw, at))
		if err := refused(fmt.Sprintf("the checkpoint with byte %d changed", at), err); err != nil {
			return err
		}
	}
	return nil
}
