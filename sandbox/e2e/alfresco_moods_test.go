package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
)

// eachAPI tests with either API, on an Alfresco in a mood.
func eachAPI(t *testing.T, mood []alfrescotest.Option, test func(s *stack, env map[string]string)) {
	t.Helper()
	t.Parallel()
	for _, api := range []string{"rest", "records"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			s := newStack(t, shared)
			s.alfresco = alfrescotest.NewServer(t, append([]alfrescotest.Option{alfrescotest.WithRecords(alfrescotest.Unsure{})}, mood...)...)
			test(s, map[string]string{"ALFRESCO_API": api})
		})
	}
}

// A Solr replica names no last transaction, nor does a fresh core; both search as well as any other.
func TestPassOverASolrReplica(t *testing.T) {
	eachAPI(t, []alfrescotest.Option{alfrescotest.WithReplica()}, func(s *stack, env map[string]string) {
		s.fill(25)
		s.startWorker(env)
		s.apply("")
		status := s.trigger()
		require.Equal(s.t, counterparty.Counts{Updated: 25}, status.Pass.Counts)
		require.Equal(s.t, string(pass.Completed), status.Pass.Ended)
		exit, out, _ := s.starterIn(env, "", "check")
		require.NotContains(s.t, out, "WRONG alfresco", "exit %d", exit)
		require.Equal(s.t, env["ALFRESCO_API"] == "rest", strings.Contains(out, "a Solr replica"), out)
	})
}

// A stock index has a text in the language of its node alone, and refuses exact terms of it.
func TestNarrowedPassFindsNodesOfEveryLanguage(t *testing.T) {
	eachAPI(t, nil, func(s *stack, env map[string]string) {
		add := func(n int, language string) string {
			s.kontur.AddCompany(konturtest.Invented(n))
			return s.alfresco.Add(alfrescotest.Node{Language: language, Properties: map[string]any{"idocs:inn": konturtest.INN(n)}})[0]
		}
		russian, english, german := add(1, "ru"), add(2, "en"), add(3, "de")
		s.startWorker(env)
		s.apply("")
		inns := konturtest.INN(1) + "," + konturtest.INN(2) + "," + konturtest.INN(3)

		_, out, warned := s.starter("", "plan", s.id, "--inn", inns, "-o", "json", "-q")
		require.Contains(s.t, out, russian)
		require.Contains(s.t, out, english)
		require.Contains(s.t, warned, "no such node: 1 asked for and not found: "+konturtest.INN(3)+"; ")

		status := s.trigger("--inn", inns)
		require.ElementsMatch(s.t, []string{russian, english}, s.writtenNodes())
		require.Equal(s.t, &pass.Missing{Count: 1, IDs: []string{konturtest.INN(3)}}, status.Pass.Missing)
		require.Contains(s.t, s.logs.String(), "not all that was asked for was found")
		require.Contains(s.t, s.logs.String(), "ALFRESCO_LANGUAGES", "that is what to look at")

		text := s.must("", "trigger", s.id, "--only", german+",00000000-0000-4000-8000-0000000000ff", "--wait")
		require.Contains(s.t, text, "1 nodes processed")
		require.Contains(s.t, text, "no such node: 1 asked for and not found: 00000000-0000-4000-8000-0000000000ff; gone, ")
		require.Equal(s.t, []string{german}, s.writtenNodes(), "ids have no language")
	})
}

// Rejected nodes are found again by their ids, whatever their language; and where they can't be tried, new nodes are walked all
// the same, and the pass after that tries them.
func TestRejectedNodesInAnyLanguageAreTriedAgain(t *testing.T) {
	eachAPI(t, []alfrescotest.Option{alfrescotest.WithLanguage("ru")}, func(s *stack, env map[string]string) {
		add := func(from, to int) (ids []string) {
			for n := from; n <= to; n++ {
				s.kontur.AddCompany(konturtest.Invented(n))
				ids = append(ids, s.alfresco.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(n)}, CreatedAt: time.Now().Add(-time.Hour)})...)
			}
			return ids
		}
		old := add(1, 5)
		s.alfresco.SetFlags(old[2], false, true, false) // a person has it locked
		s.startWorker(env)
		s.apply("start: checkpoint\nretryDelays: []")
		first := s.trigger()
		require.Equal(s.t, counterparty.Counts{Updated: 4, Rejected: 1}, first.Pass.Counts)
		s.writtenNodes()

		s.nextSecond(first)
		heal := s.breakSearchesByID()
		young := add(6, 7)
		second := s.trigger()
		require.Equal(s.t, string(pass.Completed), second.Pass.Ended)
		require.ElementsMatch(s.t, young, s.writtenNodes())
		require.Contains(s.t, second.Pass.Untried, "read nodes")
		require.Contains(s.t, s.must("", "status", s.id), "not tried again")
		require.Contains(s.t, s.logs.String(), "the pass goes on without the rejected nodes")

		s.nextSecond(second)
		heal()
		s.alfresco.SetFlags(old[2], false, false, false)
		third := s.trigger()
		require.Equal(s.t, counterparty.Counts{Updated: 1}, third.Pass.Counts)
		require.Equal(s.t, []string{old[2]}, s.writtenNodes())
		require.Empty(s.t, third.Pass.Untried)

		s.nextSecond(third)
		s.alfresco.Delete(old[2])
		require.Equal(s.t, counterparty.Counts{}, s.trigger().Pass.Counts, "nothing is left of them")
	})
}

// breakSearchesByID makes searches for nodes by their ids fail until the returned function is called.
func (s *stack) breakSearchesByID() (heal func()) {
	var healed atomic.Bool
	s.alfresco.OnRequest(func(op alfrescotest.Operation, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !healed.Load() && (op == alfrescotest.Search || op == alfrescotest.Query) && bytes.Contains(body, []byte(`ID:\"`)) {
			s.alfresco.Inject(alfrescotest.Fault{Operation: op, Times: 1, Status: http.StatusInternalServerError, Summary: "an index that is broken"})
		}
	})
	return func() { healed.Store(true) }
}

// The metadata web script fails for ever over a node with an aspect of a model that was removed.
func TestPassOverNodesWithABrokenAspect(t *testing.T) {
	t.Parallel()
	s := newStack(t, shared)
	ids := s.fill(25)
	s.alfresco.BreakAspects(ids[8], ids[9], ids[24]) // of the batches' ends, and of the walk's
	s.startWorker()
	s.apply("batchSize: 10\nretryDelays: []")
	status := s.trigger()
	require.Equal(t, string(pass.Completed), status.Pass.Ended, "%+v", status.State)
	require.Equal(t, counterparty.Counts{Updated: 25}, status.Pass.Counts)
	node, _ := s.alfresco.Get(ids[24])
	require.Equal(t, node.Dbid, *status.State.LastModifiedNodeDbid)
}
