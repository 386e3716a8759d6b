package main

import (
	"context"
	"fmt"
	"time"

	"github.com/transparency-dev/tessera/fsck"
)

// whole lets Tessera's fsck judge the log, and liars' views of it.
func whole(served *source, trust *trust) error {
	if err := fsckFinds(served, trust); err != nil {
		return err
	}
	if err := eachLie(served, func(lying *source) error { return fsckFinds(lying, trust) }); err != nil {
		return err
	}
	impostor, err := trust.impostor()
	if err != nil {
		return err
	}
	return refused("a log under another key", fsckFinds(served, impostor))
}

func fsckFinds(served *source, trust *trust) error {
	if len(trust.logs) != 1 {
		return fmt.Errorf("the policy names %d logs, not one", len(trust.logs))
	}
	for origin, verifier := range trust.logs {
		done := make(chan error, 1)
		go func() {
			// More workers than this log has tiles: fsck waits for ever when all of them have found a fault.
			checker := fsck.New(origin, verifier, served, leafHashes, fsck.Opts{N: 64})
			done <- guarded(func() error { return checker.Check(context.Background()) })
		}()
		select {
		case err := <-done:
			return err
		case <-time.After(2 * time.Minute):
			return fmt.Errorf("fsck did not end")
		}
	}
	return nil
}
