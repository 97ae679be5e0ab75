package replay

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
)

// InDir finds the histories under a directory: files whose names end with .json or .json.gz, as temporal workflow show
// -o json, tctl workflow show --output_filename and the Web UI write them. Reading them is left to Check.
func InDir(dir string) ([]Run, error) {
	var runs []Run
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := strings.ToLower(entry.Name())
		if !entry.IsDir() && (strings.HasSuffix(name, ".json") || strings.HasSuffix(name, ".json.gz")) {
			runs = append(runs, Run{File: path, load: func(context.Context) (*history.History, error) { return readFile(path) }})
		}
		return nil
	})
	return runs, err
}

// fileError is a file that holds no history that can be read; hint says what to do.
type fileError struct {
	err  error
	hint string
}

func (e *fileError) Error() string { return e.err.Error() }
func (e *fileError) Unwrap() error { return e.err }

const (
	hintHistory = "take a history as temporal workflow show -o json, tctl workflow show --output_filename or the Web UI writes it"
	hintUTF16   = "save the file as UTF-8, or write it in another shell: > of Windows PowerShell 5 makes UTF-16"
	hintDecoded = "a history whose payloads are decoded can't be replayed: switch decoding off in the Web UI when you download it"
)

func readFile(path string) (*history.History, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer file.Close()
	var reader io.Reader = file
	if strings.HasSuffix(strings.ToLower(path), ".gz") {
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			return nil, &fileError{fmt.Errorf("unpack %s: %w", path, err), hintHistory}
		}
		reader = unzipped
	}
	data, err := io.ReadAll(reader)
	if err != nil {
		return nil, fmt.Errorf("read history from %s: %w", path, err)
	}
	recorded, err := parse(data)
	if err == nil || errors.Is(err, errNoHistory) {
		return recorded, err
	}
	hint := hintHistory
	switch {
	case errors.Is(err, errDecoded):
		hint = hintDecoded
	case errors.Is(err, errUTF16):
		hint = hintUTF16
	}
	return nil, &fileError{fmt.Errorf("read history from %s: %w", path, err), hint}
}

// errNoHistory is JSON about something else, such as the list of a directory's files.
var errNoHistory = errors.New("there is no history in it")

// errDecoded is a download of the Web UI in which events have another shape.
var errDecoded = errors.New("its payloads are decoded")

// errUTF16 is what shells of Windows may write.
var errUTF16 = errors.New("it is UTF-16, and has to be UTF-8")

// The marks that files of Windows begin with: RFC 8259 lets a reader pass over the first.
const (
	markUTF8    = "\xef\xbb\xbf"
	markUTF16LE = "\xff\xfe"
	markUTF16BE = "\xfe\xff"
)

// parse reads a history, or the answer of Temporal's HTTP API that has one in it.
func parse(data []byte) (*history.History, error) {
	data = bytes.TrimPrefix(data, []byte(markUTF8))
	if bytes.HasPrefix(data, []byte(markUTF16LE)) || bytes.HasPrefix(data, []byte(markUTF16BE)) {
		return nil, errUTF16
	}
	var shape struct {
		History json.RawMessage `json:"history"`
		Events  []struct {
			Attributes json.RawMessage `json:"attributes"`
		} `json:"events"`
	}
	if err := json.Unmarshal(data, &shape); err != nil {
		return nil, err
	}
	if shape.History == nil && shape.Events == nil {
		return nil, errNoHistory
	}
	if shape.History != nil {
		data = shape.History
	} else if len(shape.Events) > 0 && shape.Events[0].Attributes != nil {
		return nil, errDecoded
	}
	recorded, err := client.HistoryFromJSON(bytes.NewReader(data), client.HistoryJSONOptions{})
	if err == nil && len(recorded.GetEvents()) == 0 {
		err = errors.New("there are no events in it")
	}
	return recorded, err
}
