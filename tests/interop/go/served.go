package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/transparency-dev/formats/log"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/api/layout"
	"golang.org/x/mod/sumdb/tlog"
)

// maxAnswer bounds what is read of one answer: an entry bundle has at most 256 entries of 2 + 65,535 bytes.
const maxAnswer = 256 * (2 + 65535)

// source reads a log under the C2SP tlog-tiles paths. It is the reader that x/mod's tlog and Tessera's fsck ask for.
type source struct {
	address string
	client  *http.Client
	// seen holds every answer under its path, but for the checkpoint: the others never change.
	seen sync.Map
	// tamper, where set, may change an answer before anybody sees it.
	tamper func(path string, body []byte) []byte
}

func newSource(address string) *source {
	return &source{address: strings.TrimSuffix(address, "/"), client: &http.Client{Timeout: 30 * time.Second}}
}

// tampered is the same log as a liar on the way would show it.
func (s *source) tampered(tamper func(path string, body []byte) []byte) *source {
	return &source{address: s.address, client: s.client, tamper: tamper}
}

// get fetches a path. What the log does not have is os.ErrNotExist, as Tessera expects.
func (s *source) get(path string) ([]byte, error) {
	if body, ok := s.seen.Load(path); ok {
		return body.([]byte), nil
	}
	answer, err := s.client.Get(s.address + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, fmt.Errorf("%s: %w", path, os.ErrNotExist)
	default:
		return nil, fmt.Errorf("%s: status %d", path, answer.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("%s: more than %d bytes", path, maxAnswer)
	}
	if s.tamper != nil {
		body = s.tamper(path, body)
	}
	if path != layout.CheckpointPath {
		s.seen.Store(path, body)
	}
	return body, nil
}

// open reads the checkpoint and its signature by the log's key.
func (s *source) open(trust *trust) (*log.Checkpoint, error) {
	raw, err := s.get(layout.CheckpointPath)
	if err != nil {
		return nil, err
	}
	head, err := trust.open(raw)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	if head.Size == 0 {
		return nil, fmt.Errorf("the log is empty: there is nothing to judge")
	}
	return head, nil
}

// entries reads the bundle that holds the entries 256 × index and following, in a tree of the given size.
func (s *source) entries(index, size uint64) ([][]byte, error) {
	width := layout.PartialTileSize(0, index, size)
	path := layout.EntriesPath(index, width)
	raw, err := s.get(path)
	if err != nil {
		return nil, err
	}
	bundle := api.EntryBundle{}
	if err := bundle.UnmarshalText(raw); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if want := fullWidth(width); len(bundle.Entries) != want {
		return nil, fmt.Errorf("%s: %d entries, not %d", path, len(bundle.Entries), want)
	}
	return bundle.Entries, nil
}

// all reads every entry of a tree of the given size.
func (s *source) all(size uint64) ([][]byte, error) {
	var entries [][]byte
	for index := uint64(0); index*layout.EntryBundleWidth < size; index++ {
		part, err := s.entries(index, size)
		if err != nil {
			return nil, err
		}
		entries = append(entries, part...)
	}
	return entries, nil
}

// fullWidth reads the width of a path: 0 there stands for a full tile or bundle.
func fullWidth(width uint8) int {
	if width == 0 {
		return layout.EntryBundleWidth
	}
	return int(width)
}

// Height, ReadTiles and SaveTiles make a tlog.TileReader. Its paths name the height, which C2SP fixes at 8 and omits.
func (s *source) Height() int { return layout.TileHeight }

func (s *source) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		data, err := s.get(path)
		if err != nil {
			return nil, err
		}
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s: %d bytes, not %d", path, len(data), tile.W*tlog.HashSize)
		}
		all = append(all, data)
	}
	return all, nil
}

func (s *source) SaveTiles([]tlog.Tile, [][]byte) {}

// hashes reads a tree through tiles, each of which x/mod's tlog first checks against the root.
func (s *source) hashes(head *log.Checkpoint) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: int64(head.Size), Hash: tlog.Hash(head.Hash)}, s)
}

// ReadCheckpoint, ReadTile and ReadEntryBundle make a fsck.Fetcher.
func (s *source) ReadCheckpoint(context.Context) ([]byte, error) { return s.get(layout.CheckpointPath) }

func (s *source) ReadTile(_ context.Context, level, index uint64, width uint8) ([]byte, error) {
	return s.get(layout.TilePath(level, index, width))
}

func (s *source) ReadEntryBundle(_ context.Context, index uint64, width uint8) ([]byte, error) {
	return s.get(layout.EntriesPath(index, width))
}

// leafHashes splits a bundle and hashes its entries.
func leafHashes(bundle []byte) ([][]byte, error) {
	parsed := api.EntryBundle{}
	if err := parsed.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	hashes := make([][]byte, 0, len(parsed.Entries))
	for _, entry := range parsed.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

// flip returns a copy with one bit of one byte changed.
func flip(bytes []byte, at int) []byte {
	changed := append([]byte{}, bytes...)
	changed[at] ^= 1
	return changed
}
