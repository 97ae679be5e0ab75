package activities_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// budget is one; a negative number stands for none.
func budget(changed, emptied int64) *pass.Budget {
	b := &pass.Budget{}
	if changed >= 0 {
		b.Changed = &changed
	}
	if emptied >= 0 {
		b.Emptied = &emptied
	}
	return b
}

// emptying is a mapping that clears each KPP.
const emptying = `{
	"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:none"]},
	"attributes": [
		{"attribute": "idocs:okpo", "source": "req", "value": ".UL.okpo", "write": "always"},
		{"attribute": "idocs:kpp", "source": "req", "value": ".UL.nothing", "write": "always", "absent": "clear"}
	]
}`

func TestBudget_isKeptOrNothingIsWritten(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		w.kontur.AddCompany(company(1), company(2), company(3), company(4))
		ids := w.alfresco.Add(node(1, nil), node(2, nil), node(3, nil), node(4, current(4)))
		request := w.batch(t)

		request.Budget = budget(2, -1)
		result := w.update(t, request)
		require.Empty(t, w.alfresco.Writes(), "not one is written")
		require.Zero(t, result.Counts)
		require.Empty(t, result.Nodes)
		held := result.Evidence
		require.NotNil(t, held)
		require.Equal(t, 4, held.Nodes)
		require.Equal(t, 3, held.Changed)
		require.Zero(t, held.Emptied)
		require.Equal(t, 3, held.Attributes[0].Changed)
		require.Equal(t, ids[0], held.Examples[0].NodeID)
		require.Empty(t, held.Examples[0].Was)
		require.NotEmpty(t, held.Examples[0].Became)

		request.Budget = budget(3, -1)
		result = w.update(t, request)
		require.Nil(t, result.Evidence)
		require.Equal(t, counterparty.Counts{Updated: 3, Unchanged: 1}, result.Counts)

		request.Budget = budget(0, 0)
		result = w.update(t, request)
		require.Nil(t, result.Evidence, "nothing to change needs no budget")
		require.Equal(t, counterparty.Counts{Unchanged: 4}, result.Counts)
	})
}

func TestBudget_givesTheOutcomesThatThereAreWithoutOne(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w, free := v.world(t), v.world(t)
		for _, each := range []*world{w, free} {
			each.kontur.AddCompany(company(1), company(2))
			each.alfresco.Add(node(1, nil), node(2, current(2)), node(3, nil), node(4, properties{"idocs:inn": "12"}))
		}
		request := w.batch(t)
		request.Budget = budget(1, 0)
		require.Equal(t, free.update(t, free.batch(t)).Counts, w.update(t, request).Counts)
		require.Equal(t, len(free.alfresco.Writes()), len(w.alfresco.Writes()))
	})
}

func TestBudget_ofEmptiedValues(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		var err error
		w.mapping, err = mapping.Parse([]byte(emptying))
		require.NoError(t, err)
		w.kontur.AddCompany(company(1), company(2))
		w.alfresco.Add(node(1, properties{"idocs:kpp": "001"}), node(2, properties{"idocs:kpp": "002"}))
		request := w.batch(t)

		request.Budget = budget(-1, 1)
		held := w.update(t, request).Evidence
		require.NotNil(t, held)
		require.Equal(t, 2, held.Emptied)
		require.Equal(t, pass.EvidenceAttribute{Attribute: "idocs:kpp", Changed: 2, Emptied: 2}, held.Attributes[0], "what is emptied comes first")
		require.Empty(t, w.alfresco.Writes())

		request.Budget = budget(-1, 2)
		result := w.update(t, request)
		require.Nil(t, result.Evidence)
		require.Equal(t, 2, result.Emptied)
	})
}

// A worker that was lost has written some nodes. They count against the budget, once.
func TestBudget_countsWhatALostAttemptHasWritten(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name  string
			limit int64
			held  bool
		}{
			{"as much as allowed", 3, false},
			{"more than allowed", 2, true},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				w := v.world(t)
				w.kontur.AddCompany(company(1), company(2), company(3))
				ids := w.alfresco.Add(node(1, nil), node(2, nil), node(3, nil))
				request := w.batch(t)
				first := w.update(t, request)
				edit(t, w, ids[2], bare(3)) // not yet written when the worker was lost
				before := len(w.alfresco.Writes())
				request.Budget = budget(tt.limit, -1)
				env := w.environment()
				env.SetHeartbeatDetails(announced(first.Nodes))

				result, err := execute[pass.DiffAndUpdateResult](env, string(pass.DiffAndUpdate), request)

				require.NoError(t, err)
				if !tt.held {
					require.Equal(t, counterparty.Counts{Updated: 3}, result.Counts)
					return
				}
				require.Equal(t, 3, result.Evidence.Changed)
				require.Len(t, result.Evidence.Written, 2, "the next attempt has to know")
				require.Len(t, w.alfresco.Writes(), before)
			})
		}
	})
}

// All is written, and the last word got lost: there is nothing left to hold.
func TestBudget_doesNotHoldWhatIsDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kontur.AddCompany(company(1))
	w.alfresco.Add(node(1, nil))
	request := w.batch(t)
	first := w.update(t, request)
	request.Budget, request.Written = budget(0, 0), first.Nodes
	result := w.update(t, request)
	require.Nil(t, result.Evidence)
	require.Equal(t, counterparty.Counts{Updated: 1}, result.Counts)
}

// Between the look and the write a person fills what is to be emptied, and changes a node that was equal: neither is
// counted, so neither is written.
func TestBudget_isKeptThoughPeopleTypeMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var err error
	w.mapping, err = mapping.Parse([]byte(emptying))
	require.NoError(t, err)
	w.kontur.AddCompany(company(1), company(2))
	ids := w.alfresco.Add(node(1, nil), node(2, properties{"idocs:okpo": company(2).OKPO}))
	request := w.batch(t)
	real := w.repository
	w.repository = fakeRepository{update: real.Update, look: func(ctx context.Context, batch alfresco.Batch, names []string, decide alfresco.Decide) ([]alfresco.Updated, error) {
		updates, err := real.Look(ctx, batch, names, decide)
		edit(t, w, ids[0], properties{"idocs:kpp": "003"})
		edit(t, w, ids[1], properties{"idocs:okpo": "x"})
		return updates, err
	}}
	request.Budget = budget(1, 0)
	result := w.update(t, request)
	require.Equal(t, counterparty.Counts{Unchanged: 2}, result.Counts)
	require.Contains(t, outcomes(result)[ids[0]].Reason, "the next pass compares it again")
	require.Empty(t, w.alfresco.Writes())
}

func TestEvidence_staysSmall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := 1; n <= 60; n++ {
		c := company(n)
		c.FullName = strings.Repeat("ж", 5000)
		w.kontur.AddCompany(c)
		w.alfresco.Add(node(n, nil))
	}
	request := w.batch(t)
	request.Budget = budget(59, -1)
	held := w.update(t, request).Evidence
	require.Equal(t, 60, held.Changed)
	require.LessOrEqual(t, len(held.Examples), 8)
	for _, example := range held.Examples {
		require.LessOrEqual(t, len([]rune(example.Became)), 81)
	}
}
