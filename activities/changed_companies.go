package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

const (
	// keptLists is how many walks have their lists in memory: 100,000 companies take some 10 MB.
	keptLists = 4
	// listsAge is after what the lists of a long walk are read anew.
	listsAge = time.Hour
)

// changedCompanies says about which companies Kontur.Focus has to be asked. The list of all that are watched and of those
// that changed are too long for a history, so that they stay in the worker's memory, and are read again where they are
// missing.
type changedCompanies struct {
	contract Contract
	mapping  *mapping.Mapping
	now      func() time.Time

	mu   sync.Mutex
	kept []*lists // the one that was used last is the last
}

// lists are those of one walk.
type lists struct {
	key      string
	ready    chan struct{} // closed when they are read, or could not be
	err      error
	readAt   time.Time
	unchange map[string]bool // watched, by OGRN; true unless it changed
	changed  int
}

// read finds out whether changes are known, and reads the lists in passing.
func (c *changedCompanies) read(ctx context.Context, request pass.ReadChangesRequest) (pass.ReadChangesResult, error) {
	result := pass.ReadChangesResult{Mapping: c.mapping.Digest()}
	if request.Since == nil {
		return result, nil
	}
	l, err := c.lists(ctx, pass.SelectChangedRequest{Walk: request.Walk, Sources: request.Sources, Since: *request.Since, Now: request.Now, Seen: request.Seen})
	if err != nil {
		return pass.ReadChangesResult{}, err
	}
	result.Watched, result.Changed = len(l.unchange), l.changed
	return result, nil
}

// choose returns which companies of a batch have to be asked about: what is not watched may have changed.
func (c *changedCompanies) choose(ctx context.Context, request pass.SelectChangedRequest) (pass.SelectChangedResult, error) {
	l, err := c.lists(ctx, request)
	if err != nil {
		return pass.SelectChangedResult{}, err
	}
	result := pass.SelectChangedResult{Ask: []string{}}
	for _, ogrn := range request.OGRNs {
		unchanged, watched := l.unchange[ogrn]
		if !unchanged {
			result.Ask = append(result.Ask, ogrn)
		}
		if watched && !unchanged {
			result.Changed = append(result.Changed, ogrn)
		}
	}
	return result, nil
}

// lists returns those of a walk, whatever companies are asked about. Of several that ask at once, one reads them and the
// others wait.
func (c *changedCompanies) lists(ctx context.Context, r pass.SelectChangedRequest) (*lists, error) {
	r.Now = byTemporal(ctx, r.Now)
	key := r.Walk + " " + strings.Join(r.Sources, ",") + " " + r.Since.UTC().Format(time.RFC3339)
	for {
		l, mine := c.take(key)
		if mine {
			l.err = c.fill(ctx, l, r)
			l.readAt = c.now()
			if l.err != nil {
				c.forget(l)
			}
			close(l.ready)
			return l, l.err
		}
		select {
		case <-l.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if l.err == nil {
			return l, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		// The one that read them failed, perhaps because it was called off: this one tries itself.
	}
}

// take returns the lists with the key, which are the caller's to fill if mine.
func (c *changedCompanies) take(key string) (l *lists, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	i := slices.IndexFunc(c.kept, func(l *lists) bool { return l.key == key })
	if i >= 0 {
		l = c.kept[i]
		c.kept = slices.Delete(c.kept, i, i+1)
		if l.fresh(c.now()) {
			c.kept = append(c.kept, l)
			return l, false
		}
	}
	l = &lists{key: key, ready: make(chan struct{})}
	c.kept = append(c.kept, l)
	if len(c.kept) > keptLists {
		c.kept = slices.Delete(c.kept, 0, 1)
	}
	return l, true
}

// fresh reports whether the lists are being read, or were not long ago.
func (l *lists) fresh(now time.Time) bool {
	select {
	case <-l.ready:
		return now.Sub(l.readAt) < listsAge
	default:
		return true
	}
}

func (c *changedCompanies) forget(l *lists) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = slices.DeleteFunc(c.kept, func(other *lists) bool { return other == l })
}

// fill reads the changes after the watch list: a company that is put on it meanwhile counts as not watched. Lists that are
// empty where they were not mean nothing: it would be that nothing changed, or that all have to be asked about.
func (c *changedCompanies) fill(ctx context.Context, l *lists, r pass.SelectChangedRequest) error {
	watched, err := c.contract.WatchList(ctx)
	if err != nil {
		return err
	}
	if len(watched) == 0 && r.Seen.Watched > 0 {
		return &kontur.Error{
			Method: "monList", Kind: kontur.BadResponse, Text: fmt.Sprintf("the watch list is empty, and had %d companies before", r.Seen.Watched),
			Hint: "if it was emptied by mistake, `starter watch add ID --yes` fills it; `starter trigger ID --reset` asks about all companies",
		}
	}
	l.unchange = make(map[string]bool, len(watched))
	byINN := map[string][]string{} // OGRNs; those of companies that are watched without an INN are under ""
	for _, w := range watched {
		if w.OGRN != "" {
			l.unchange[w.OGRN] = true
			byINN[w.INN] = append(byINN[w.INN], w.OGRN)
		}
	}
	changed, err := c.changed(ctx, r.Sources, r.Since, r.Now)
	if err != nil {
		return err
	}
	if len(changed) == 0 {
		if err := c.probe(ctx, r); err != nil {
			return err
		}
	}
	for _, company := range changed {
		if _, ok := l.unchange[company.OGRN]; ok {
			l.mark(company.OGRN)
		} else if company.INN != "" {
			// Several companies may have one INN, and whoever is watched without one may have this one.
			l.mark(byINN[company.INN]...)
			l.mark(byINN[""]...)
		}
	}
	return nil
}

// mark notes that watched companies changed, or may have.
func (l *lists) mark(ogrns ...string) {
	for _, ogrn := range ogrns {
		if l.unchange[ogrn] {
			l.unchange[ogrn] = false
			l.changed++
		}
	}
}

// changed are the companies that changed since a time, by any of the sources.
func (c *changedCompanies) changed(ctx context.Context, sources []string, since, now time.Time) ([]kontur.Watched, error) {
	var all []kontur.Watched
	for _, source := range sources {
		companies, err := c.contract.Changed(ctx, source, since, now)
		if err != nil {
			return nil, err
		}
		all = append(all, companies...)
	}
	return all, nil
}

// probe asks about a time since which some companies had changed when it was asked about before. They have still.
func (c *changedCompanies) probe(ctx context.Context, r pass.SelectChangedRequest) error {
	since := r.Seen.ChangedSince
	if since == nil || r.Now.Sub(*since) > (kontur.MaxMonitoredDays-1)*24*time.Hour {
		return nil
	}
	if r.Since.After(*since) {
		if changed, err := c.changed(ctx, r.Sources, *since, r.Now); err != nil || len(changed) > 0 {
			return err
		}
	}
	return &kontur.Error{
		Method: "req/mon", Kind: kontur.BadResponse,
		Text: fmt.Sprintf("no company changed since %s, and some had when that was asked before", since.UTC().Format(time.DateOnly)),
		Hint: "Kontur.Focus's monitoring reports nothing; if this lasts, ask its support, or take changedOnly out of the sync for a while",
	}
}
