package simulate

import (
	"slices"
	"sync"
)

// Faults are those of a simulator whose kind of fault is F.
type Faults[F interface {
	// Occurrence is how many requests that it fits a fault lets pass first, and how many it hits then; 0: all.
	Occurrence() (skip, times int)
}] struct {
	mu     sync.Mutex
	active []*occurring[F]
}

type occurring[F any] struct {
	fault       F
	skip, times int
}

// Inject adds faults. The first one that fits a request hits it. The returned function takes them away.
func (fs *Faults[F]) Inject(faults ...F) (remove func()) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var added []*occurring[F]
	for _, f := range faults {
		skip, times := f.Occurrence()
		added = append(added, &occurring[F]{f, skip, times})
	}
	fs.active = append(fs.active, added...)
	return func() {
		fs.mu.Lock()
		defer fs.mu.Unlock()
		fs.active = slices.DeleteFunc(fs.active, func(o *occurring[F]) bool { return slices.Contains(added, o) })
	}
}

// ClearFaults ends all faults.
func (fs *Faults[F]) ClearFaults() {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.active = nil
}

// Meet is for the simulator: it returns the fault that hits a request, and uses it up. Without one ok is false, and the
// fault is the zero value.
func (fs *Faults[F]) Meet(fits func(F) bool) (met F, ok bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i, o := range fs.active {
		switch {
		case !fits(o.fault):
			continue
		case o.skip > 0:
			o.skip--
			continue
		case o.times == 1:
			fs.active = slices.Delete(fs.active, i, i+1)
		case o.times > 1:
			o.times--
		}
		return o.fault, true
	}
	return met, false
}
