// Package reread keeps what was read from files in step with them, without a restart and without a goroutine: whoever needs
// the value asks for it, and a look at the files' times and sizes tells whether they have to be read again.
//
// It knows nothing of what the files hold, and logs nothing: that is for the package that reads them.
package reread

import (
	"errors"
	"io/fs"
	"os"
	"sync"
	"time"
)

// young is how old a change must be for the next one to be told from it by its time: some file systems count in seconds.
const young = 2 * time.Second

// Files are files with the value that was read from them. Its methods may be called at the same time.
type Files[T any] struct {
	load  func() (T, error)
	paths []string

	mu    sync.Mutex
	value T
	// seen is how the files looked before they were read last; nil for one that could not be looked at.
	seen []fs.FileInfo
	// settled: a change after that reading would show.
	settled bool
	problem string
}

// Open reads the files at paths by first; later changes are read by again. An error is that of first.
func Open[T any](first, again func() (T, error), paths ...string) (*Files[T], error) {
	f := &Files[T]{load: again, paths: paths}
	f.seen = f.look()
	f.settled = isSettled(f.seen)
	var err error
	f.value, err = first()
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Current is the value of the files as they are now. While they can't be read it is that of the last reading that went well.
// After a reading that changes something tell is called, with the new value, or with why the old one stays: once for each
// change, and once for each reason. It must not call Current.
func (f *Files[T]) Current(tell func(value T, err error)) T {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.look()
	changed := !same(f.seen, now)
	if !changed && f.settled {
		return f.value
	}
	value, err := f.load()
	// That a file can't be read may be the moment's, and is tried again; what is wrong with its text stays until it changes.
	_, unread := errors.AsType[*fs.PathError](err)
	f.seen, f.settled = now, !unread && isSettled(now)
	if err != nil {
		if f.problem != err.Error() {
			f.problem = err.Error()
			tell(f.value, err)
		}
		return f.value
	}
	f.value = value
	if changed || f.problem != "" {
		f.problem = ""
		tell(value, nil)
	}
	return f.value
}

func (f *Files[T]) look() []fs.FileInfo {
	infos := make([]fs.FileInfo, len(f.paths))
	for i, path := range f.paths {
		if info, err := os.Stat(path); err == nil {
			infos[i] = info
		}
	}
	return infos
}

// same compares two looks at the same files: a new file under the name is another one, as is one that was written to.
func same(a, b []fs.FileInfo) bool {
	for i := range a {
		switch {
		case a[i] == nil && b[i] == nil:
		case a[i] == nil || b[i] == nil,
			!os.SameFile(a[i], b[i]) || a[i].Size() != b[i].Size() || !a[i].ModTime().Equal(b[i].ModTime()):
			return false
		}
	}
	return true
}

// isSettled reports whether a write after this moment would give each file another time.
func isSettled(infos []fs.FileInfo) bool {
	now := time.Now()
	for _, info := range infos {
		if info != nil && now.Sub(info.ModTime()) < young {
			return false
		}
	}
	return true
}
