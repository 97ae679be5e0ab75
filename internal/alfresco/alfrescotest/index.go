package alfrescotest

import (
	"maps"
	"slices"
	"time"
)

// transaction is a change of the database that the index sees at its next sync, or when the time has come.
type transaction struct {
	id     int64
	at     time.Time
	change func()
}

// indexed is what the index knows of a node. A search finds nodes by it, and shows them as the database has them.
type indexed struct {
	modified   time.Time
	properties map[string]any
}

// WithIndexLag makes searches see what is made, changed and deleted only after Sync.
func WithIndexLag() Option { return func(o *options) { o.manualIndex = true } }

// WithIndexDelay makes searches see it when so much time has passed by the server's clock, or after Sync.
func WithIndexDelay(d time.Duration) Option { return func(o *options) { o.indexDelay = d } }

// Sync lets the index catch up with the database.
func (s *Server) Sync() {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	s.store.sync(len(s.store.pending))
}

// shards say where a node shows that sits in two shards of the index for a moment.
type shards int

const (
	_ shards = iota
	// beside: one entry follows the other.
	beside
	// apart: the next node is between the two, if there is one.
	apart
)

// ShowTwice puts nodes into two shards of the index: each search that finds one has two entries of it, next to each other or
// with another node between them.
func (s *Server) ShowTwice(nextToEachOther bool, ids ...string) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, id := range ids {
		s.store.shards[id] = apart
		if nextToEachOther {
			s.store.shards[id] = beside
		}
	}
}

// Unindex makes the index lose nodes, which stay in the database, until they change.
func (s *Server) Unindex(ids ...string) {
	s.store.mu.Lock()
	defer s.store.mu.Unlock()
	for _, id := range ids {
		r := s.store.nodes[id]
		s.store.index.remove(r.Type, r.Dbid)
	}
}

// reindex notes a transaction that made or changed a node. It expects the lock, as all below do.
func (st *store) reindex(r *record) {
	entry, known := r.hit(), indexed{r.ModifiedAt, maps.Clone(r.Properties)}
	st.indexes(func() { st.index.add(r.Type, entry); st.known[r.ID] = known })
}

func (r *record) hit() hit {
	return hit{dbid: r.Dbid, id: r.ID, created: r.CreatedAt, language: r.Language}
}

// indexes notes a transaction.
func (st *store) indexes(change func()) {
	st.lastTxID++
	st.pending = append(st.pending, transaction{st.lastTxID, st.options.now(), change})
	if !st.options.manualIndex && st.options.indexDelay == 0 {
		st.sync(len(st.pending))
	}
}

// catchUp lets the index see what is old enough.
func (st *store) catchUp() {
	if st.options.indexDelay == 0 {
		return
	}
	due := st.options.now().Add(-st.options.indexDelay)
	young := slices.IndexFunc(st.pending, func(t transaction) bool { return t.at.After(due) })
	if young < 0 {
		young = len(st.pending)
	}
	st.sync(young)
}

// sync lets the index see the first of the transactions that are pending.
func (st *store) sync(transactions int) {
	for _, t := range st.pending[:transactions] {
		t.change()
		st.indexTx = t.id
	}
	st.pending = slices.Clone(st.pending[transactions:])
}

// sharded are the hits with those that sit in two shards.
func (st *store) sharded(hits []hit) []hit {
	if len(st.shards) == 0 {
		return hits
	}
	var all, late []hit
	for _, h := range hits {
		all, late = append(append(all, h), late...), nil
		switch st.shards[h.id] {
		case beside:
			all = append(all, h)
		case apart:
			late = []hit{h}
		}
	}
	return append(all, late...)
}
