package callers

import (
	"errors"
	"io/fs"
	"strings"

	"go.uber.org/zap"

	"counterparty-sync/internal/reread"
	"counterparty-sync/internal/strict"
)

// File is a file of callers that is read again when it changes. A nil one has none.
type File struct {
	files *reread.Files[*Callers]
}

// Open reads the file at path. Now it must have callers. Later one that is deleted or names nobody lets nobody in, and one that
// can't be read or understood changes nothing: see Current.
func Open(path string) (*File, error) {
	files, err := reread.Open(func() (*Callers, error) { return Load(path) }, func() (*Callers, error) { return loadAgain(path) }, path)
	if err != nil {
		return nil, err
	}
	return &File{files}, nil
}

// Current are the callers of the file as it is at this moment, or as it was when it could be used last. The log gets each change.
func (f *File) Current(log *zap.Logger) *Callers {
	if f == nil {
		return nil
	}
	return f.files.Current(func(now *Callers, err error) {
		switch {
		case err != nil:
			log.Warn("the file of callers can't be used; the last good one stays in force",
				zap.Int("callers", now.Count()), zap.String("problem", oneLine(err)))
		case now.Count() == 0:
			log.Warn("the file of callers is gone or names nobody; none of them is let in")
		default:
			log.Info("the file of callers was read again", zap.Int("callers", now.Count()))
		}
	})
}

// Warnings say what is not safe about the file.
func (f *File) Warnings() []string { return f.Current(zap.NewNop()).Warnings() }

// loadAgain is load for a worker that runs: to take the file away, or all callers out of it, takes all rights away.
func loadAgain(path string) (*Callers, error) {
	loaded, err := loadBy(path, func(text []byte) (*Callers, error) {
		if namesNobody(text) {
			return &Callers{}, nil
		}
		return Parse(text)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return &Callers{}, nil
	}
	return loaded, err
}

// namesNobody reports whether a text is in order but for that it has no callers.
func namesNobody(text []byte) bool {
	if len(text) > strict.MaxListBytes {
		return false
	}
	root, err := strict.YAML(text)
	if err != nil || root == nil || !root.IsSet() {
		return err == nil
	}
	p := newParser()
	list := p.Fields("", root, "callers")["callers"]
	if p.Err() != nil || !list.IsSet() {
		return p.Err() == nil
	}
	var items []*strict.Node
	misfit, _ := list.Into(&items)
	return misfit == nil && len(items) == 0
}

// oneLine joins the lines of an error.
func oneLine(err error) string {
	first, rest, _ := strings.Cut(err.Error(), "\n")
	if rest == "" {
		return first
	}
	return first + " " + strings.ReplaceAll(rest, "\n", "; ")
}
