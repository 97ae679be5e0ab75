package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"counterparty-sync/internal/composition"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
)

// Syncs is what the API needs of package composition.
type Syncs interface {
	Read(ctx context.Context, id string) (composition.Composition, error)
}

var _ Syncs = composition.Reader{}

// readSync shows the sources of the latest pass of one sync. Like an unknown report, an unknown sync is no error but an empty
// list.
func (a *api) readSync(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	dialect := q.dialect(a.Dialect)
	if q.problem != nil {
		return q.problem
	}
	found, err := a.Syncs.Read(r.Context(), strings.TrimSuffix(r.PathValue("uid"), "@"+report.Domain))
	if errors.Is(err, composition.ErrUnknown) {
		return ok(a, w, envelope{}, []desk.SyncObject{})
	}
	if err != nil {
		return err
	}
	return ok(a, w, envelope{}, []desk.SyncObject{desk.RenderSync(found, dialect)})
}
