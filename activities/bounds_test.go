package activities_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

const megabyte = 1_000_000

// sizeOf is how many bytes a value takes in a history.
func sizeOf(t *testing.T, value any) int {
	t.Helper()
	payloads, err := converter.GetDefaultDataConverter().ToPayloads(value)
	require.NoError(t, err)
	return payloads.Size()
}

// Whoever may edit a node can put as much text into it as they like. What is told of it fits, and a next attempt knows
// all the same what this one has written.
func TestDiffAndUpdate_longValuesAreCutWhereTheyAreTold(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		long := strings.Repeat("Ж", 30_000) // 60 KB
		nodes := make([]alfrescotest.Node, 100)
		for n := range nodes {
			w.kontur.AddCompany(company(n + 1))
			nodes[n] = node(n+1, properties{"idocs:juridicalAddress": long})
		}
		ids := w.alfresco.Add(nodes...)
		request := w.batch(t)

		request.Room = pass.MaxRoom
		heartbeats := &heartbeats{take: func(told written) error {
			require.Less(t, sizeOf(t, told), megabyte)
			return nil
		}}
		w.temporal = heartbeats

		first := w.update(t, request)

		require.Equal(t, counterparty.Counts{Updated: 100}, first.Counts)
		require.Less(t, sizeOf(t, first), megabyte)
		told := heartbeats.last().Changed
		require.Len(t, told, 100)
		for _, id := range ids {
			change := changeOf(t, outcomes(first)[id], "idocs:juridicalAddress")
			cut, ok := change.Was.(counterparty.Cut)
			require.True(t, ok, "%T", change.Was)
			require.Equal(t, 30_000, cut.Characters)
			require.True(t, strings.HasPrefix(long, cut.Text))
			require.Equal(t, counterparty.Digest(long), cut.SHA256)
			require.IsType(t, "", change.Became)
		}

		for _, told := range [][]counterparty.NodeOutcome{told, counterparty.Fit(first.Nodes, pass.MaxHandedOver(pass.MaxRoom))} {
			env := w.environment()
			env.SetHeartbeatDetails(announced(told))
			w.alfresco.Forget()
			second, err := execute[pass.DiffAndUpdateResult](env, string(pass.DiffAndUpdate), request)
			require.NoError(t, err)
			require.Empty(t, w.alfresco.Writes())
			require.Equal(t, counterparty.Counts{Updated: 100}, second.Counts)
			for _, id := range ids {
				require.True(t, outcomes(first)[id].SameChanges(outcomes(second)[id]))
			}
		}
	})
}

func changeOf(t *testing.T, outcome counterparty.NodeOutcome, attribute string) counterparty.Change {
	t.Helper()
	for _, change := range outcome.Changes {
		if change.Attribute == attribute {
			return change
		}
	}
	require.FailNow(t, "no change", "%s of %s", attribute, outcome.NodeID)
	return counterparty.Change{}
}

// One identifier of 3 MB is one node's trouble.
func TestFetchBatch_boundsWhatANodeIsAskedAboutBy(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		w := v.world(t)
		huge := strings.Repeat("1", 3_000_000)
		w.kontur.AddCompany(company(2), company(3), company(4))
		ids := w.alfresco.Add(
			alfrescotest.Node{Properties: properties{"idocs:inn": huge}},
			node(2, properties{"idocs:kpp": huge}),
			node(3, properties{"idocs:ogrn": huge}),
			node(4, nil),
		)

		fetched, err := w.fetch(w.fetchRequest())
		require.NoError(t, err)
		require.Less(t, sizeOf(t, fetched), 2_000)
		require.Equal(t, "11111111111111111111111111111111… (3000000 characters)", fetched.Nodes[0].Key)
		require.Equal(t, "11111111111111111111111111111111… (3000000 characters)", fetched.Nodes[1].KPP)

		result := w.update(t, w.batch(t))
		require.Less(t, sizeOf(t, result), 20_000)
		byNode := outcomes(result)
		require.Equal(t, counterparty.InvalidID, byNode[ids[0]].Outcome)
		require.Contains(t, byNode[ids[0]].Reason, "3000000")
		require.Equal(t, counterparty.Updated, byNode[ids[1]].Outcome)
		require.Equal(t, counterparty.Updated, byNode[ids[2]].Outcome)
		require.Contains(t, byNode[ids[2]].Reason, "3000000")
		require.Equal(t, counterparty.Updated, byNode[ids[3]].Outcome)
	})
}

// A try that failed leaves what it has written in an error's details, of which Temporal keeps nothing if they are too
// large, and which travel beside the answers in the next try's request.
func TestDiffAndUpdate_failedTryHandsOverLittle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nodes := make([]alfrescotest.Node, 60)
	for n := range nodes {
		w.kontur.AddCompany(company(n + 1))
		nodes[n] = node(n+1, properties{"idocs:juridicalAddress": strings.Repeat("Ж", 3_000)})
	}
	w.alfresco.Add(nodes...)
	request := w.batch(t)
	remove := w.alfresco.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Skip: 40, Status: 500, Summary: "broken"})
	_, err := execute[pass.DiffAndUpdateResult](w.environment(), string(pass.DiffAndUpdate), request)
	details := requireFailure(t, err, pass.FailureUnavailable, false)
	require.Greater(t, len(details.Written), 30)
	require.Less(t, sizeOf(t, details), pass.MaxHandedOver(0)+1000)
	remove()

	request.Written = details.Written
	require.Equal(t, counterparty.Counts{Updated: 60}, w.update(t, request).Counts)
	require.Len(t, w.alfresco.Writes(), 60, "nothing is written twice")
}

// Whatever an error quotes, it stays short.
func TestErrors_areShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.repository = fakeRepository{nextPage: func(context.Context) (alfresco.Page, error) {
		return alfresco.Page{}, errors.New("it says " + strings.Repeat("Ж", 1_000_000))
	}}
	_, err := w.fetch(w.fetchRequest())
	require.ErrorContains(t, err, "it says Ж")
	require.Less(t, len(err.Error()), 5_000)
}

// The largest request there is: answers as large as may be, and the outcomes of a try that failed.
func TestDiffAndUpdateRequest_fitsIntoOnePayload(t *testing.T) {
	t.Parallel()
	huge := counterparty.ShortID(strings.Repeat("\x01", 64)) // six bytes each
	var request pass.DiffAndUpdateRequest
	outcomes := make([]counterparty.NodeOutcome, pass.MaxBatchSize)
	for n := range outcomes {
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
		request.Nodes = append(request.Nodes, pass.NodeRef{ID: id, Key: huge, KPP: huge, OGRN: huge, Modified: true})
		outcomes[n] = counterparty.NodeOutcome{NodeID: id, Outcome: counterparty.Updated}
		for i := range 50 {
			outcomes[n].Changes = append(outcomes[n].Changes, counterparty.Change{
				Attribute: fmt.Sprintf("idocs:attribute%d", i), Was: strings.Repeat("Ж", 200), Became: strings.Repeat("Щ", 200), Source: "egrDetails"})
		}
	}
	request.Written = counterparty.Fit(outcomes, pass.MaxHandedOver(pass.MaxRoom))
	require.Less(t, sizeOf(t, request)+pass.MaxAnswerBytes, 2<<20)
}

// Heartbeats of all batches that are written at once are in the segment's mutable state together, and have less room than
// a result, which tells the values whole.
func TestDiffAndUpdate_heartbeatsOfManyBatchesShareTheirRoom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := strings.Repeat("Ж", 3_000)
	nodes := make([]alfrescotest.Node, 100)
	for n := range nodes {
		w.kontur.AddCompany(company(n + 1))
		nodes[n] = node(n+1, properties{"idocs:juridicalAddress": long})
	}
	ids := w.alfresco.Add(nodes...)
	request := w.batch(t)
	request.Room = pass.LoadOf(pass.MaxLookahead, 0, []int{0}).Room
	heartbeats := &heartbeats{take: func(told written) error {
		require.Less(t, sizeOf(t, told), request.Room+1000)
		return nil
	}}
	w.temporal = heartbeats
	result := w.update(t, request)
	require.Equal(t, counterparty.Counts{Updated: 100}, result.Counts)
	require.Len(t, heartbeats.last().Changed, 100)
	require.Greater(t, result.Announced, request.Room, "the batches after it get more")
	require.LessOrEqual(t, result.Announced, pass.MaxRoom)
	for _, told := range heartbeats.last().Changed {
		require.Equal(t, counterparty.Digest(long), changeOf(t, told, "idocs:juridicalAddress").Was.(counterparty.Cut).SHA256)
	}
	for _, id := range ids {
		require.Equal(t, long, changeOf(t, outcomes(result)[id], "idocs:juridicalAddress").Was)
	}
}
