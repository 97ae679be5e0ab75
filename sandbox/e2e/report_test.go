package e2e_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
	"counterparty-sync/internal/sourcestate"
	"counterparty-sync/internal/sourcestate/sourcestatetest"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/starter/cli"
)

// probe is a report type with one source that may fail: contacts.
const probe = `
types:
  - id: probe
    name: Probe
    sources:
      - {id: kontur.req, method: req, timeLimit: 30s}
      - {id: kontur.contacts, method: contacts, needs: ogrn, optional: true, timeLimit: 2s}
      - {id: kontur.sites, method: sites, needs: ogrn, timeLimit: 30s}
`

// reportStack is a stack with a worker that knows the type probe.
func reportStack(t *testing.T, more map[string]string) (*stack, *desk.Client, *rig.Process) {
	t.Helper()
	s := newStack(t, shared)
	file := filepath.Join(t.TempDir(), "types.yaml")
	require.NoError(t, os.WriteFile(file, []byte(probe), 0o600))
	env := map[string]string{"REPORT_TYPES_FILE": file, "KONTUR_CONCURRENCY": "2"}
	for name, value := range more {
		env[name] = value
	}
	return s, &desk.Client{Temporal: s.temporal, TaskQueue: s.queue, Now: time.Now}, s.startWorker(env)
}

// counterpartiesMade keeps the reports of tests apart: they share a namespace, and there is one report per type and
// counterparty.
var counterpartiesMade atomic.Int32

// counterparties puts one of every kind into the register, and others every time.
func (s *stack) counterparties() map[string]string {
	n := 1000 + 100*int(counterpartiesMade.Add(1))
	full := func(i int) konturtest.Company {
		c := konturtest.Invented(i)
		c.Phones, c.Sites = []string{"+70000000000"}, []string{"https://example.test"}
		return c
	}
	branches := full(n + 1)
	branches.Branches = []konturtest.Branch{{Name: "Филиал", KPP: "001243001"}}
	proprietor := konturtest.Company{INN: konturtest.PersonINN(n), OGRN: konturtest.OGRNIP(n), FIO: "Примеров Пример Примерович",
		RegistrationDate: "2018-07-11", Phones: []string{"+70000000001"}, Sites: []string{"https://example.test"}}
	twin, dead := full(n+2), full(n+3)
	dead.INN, dead.Status.Dissolved = twin.INN, true
	alive, rival := full(n+4), full(n+5)
	rival.INN = alive.INN
	s.kontur.AddCompany(full(n), branches, proprietor, twin, dead, alive, rival)
	return map[string]string{
		"legal entity":    konturtest.INN(n),
		"with branches":   branches.INN,
		"sole proprietor": proprietor.INN,
		"by OGRN":         konturtest.OGRN(n + 3),
		"one is alive":    twin.INN,
		"two are alive":   alive.INN,
		"unknown":         konturtest.INN(n + 50),
		"foreign":         foreign(n),
	}
}

// foreign is the n-th invented INN of a foreign organisation, with a right check digit.
func foreign(n int) string {
	digits := fmt.Sprintf("9909%05d", n)
	sum := 0
	for i, weight := range []int{2, 4, 10, 3, 5, 9, 4, 6, 8} {
		sum += weight * int(digits[i]-'0')
	}
	return fmt.Sprintf("%s%d", digits, sum%11%10)
}

// watch reads a report again and again until it has ended, keeps to the rules of its life, and returns its last reading.
func watch(t *testing.T, client *desk.Client, uid string) desk.Reading {
	t.Helper()
	var before sourcestate.Sources
	versions := 0
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		reading, err := client.Read(t.Context(), uid)
		require.NoError(t, err)
		now := reading.Document.Sources
		if len(now.Sources()) == 0 && reading.Running() {
			continue // its type is not loaded yet
		}
		counts := now.Counts()
		require.Equal(t, len(now.Sources()), counts.OK+counts.Wait+counts.Error)
		require.Equal(t, now.Complete(), counts.Wait == 0)
		require.Equal(t, sourcestate.Entity(now).Counters, sourcestate.Vehicle(now).Counters, "both dialects agree")
		if versions > 0 {
			require.Len(t, now.Sources(), len(before.Sources()), "the list never grows or shrinks")
			for i, source := range now.Sources() {
				was := before.Sources()[i]
				require.Equal(t, was.ID, source.ID)
				require.True(t, was.State == source.State || was.State.CanBecome(source.State), "%s: %s became %s", source.ID, was.State, source.State)
			}
		}
		before, versions = now, versions+1
		if !reading.Running() {
			require.True(t, now.Complete(), "when it has ended nothing waits")
			return reading
		}
	}
	require.FailNow(t, "the report never ends", uid)
	return desk.Reading{}
}

func states(reading desk.Reading) string {
	var list []string
	for _, source := range sourcestate.Entity(reading.Document.Sources).State.Sources {
		list = append(list, strings.TrimPrefix(source.ID, "kontur.")+"="+source.State)
	}
	return strings.Join(list, " ")
}

func TestReportsOfEveryKindUnderEveryFault(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fault *konturtest.Fault
		want  string // state of contacts where it is asked
	}{
		{"all is well", nil, "OK"},
		{"500", &konturtest.Fault{Status: 500, Text: "broken"}, "ERROR"},
		{"403", &konturtest.Fault{Status: 403, Text: "not in the contract"}, "ERROR"},
		{"429", &konturtest.Fault{Status: 429, Text: "slow down", RetryAfter: "1"}, "ERROR"},
		{"hangs past its limit", &konturtest.Fault{Delay: time.Minute}, "ERROR"},
		{"rubbish", &konturtest.Fault{Trouble: konturtest.Garbage}, "ERROR"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, client, _ := reportStack(t, nil)
			ids := s.counterparties()
			if tt.fault != nil {
				tt.fault.Method = "contacts"
				s.kontur.Inject(*tt.fault)
			}
			var wg sync.WaitGroup
			for kind, id := range ids {
				wg.Go(func() {
					request, err := desk.Identify("probe", id)
					require.NoError(t, err)
					made, err := client.Make(t.Context(), request)
					require.NoError(t, err)
					require.True(t, made.IsNew)
					reading := watch(t, client, made.UID)
					require.Equal(t, "COMPLETED", reading.Ended, "a source's failure never fails the report")
					want, missing := fmt.Sprintf("req=OK contacts=%s sites=OK", tt.want), []string{}
					switch kind {
					case "unknown", "two are alive":
						want, missing = "req=OK contacts=CANCEL sites=CANCEL", []string{"kontur.sites"}
					case "foreign":
						want = "req=SKIP contacts=SKIP sites=SKIP"
					}
					require.Equal(t, want, states(reading), kind)
					require.ElementsMatch(t, missing, reading.Document.Missing, kind)
					again, err := client.Make(t.Context(), request)
					require.NoError(t, err)
					require.Equal(t, made.UID, again.UID)
					require.Equal(t, made.RunID, again.RunID, "a repeated request returns the same report")
					require.False(t, again.IsNew)
				})
			}
			wg.Wait()
		})
	}
}

func TestReportOutlivesItsWorkerAndItsRefreshKeepsWhatItHas(t *testing.T) {
	t.Parallel()
	s, client, worker := reportStack(t, nil)
	id := s.counterparties()["legal entity"]
	s.kontur.Inject(konturtest.Fault{Method: "sites", Delay: 10 * time.Second, Times: 1})
	request, err := desk.Identify("probe", id)
	require.NoError(t, err)
	made, err := client.Make(t.Context(), request)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return s.kontur.Count("sites") > 0 }, patience, 10*time.Millisecond)
	worker.Kill()
	file := filepath.Join(t.TempDir(), "types.yaml")
	require.NoError(t, os.WriteFile(file, []byte(probe), 0o600))
	s.startWorker(map[string]string{"REPORT_TYPES_FILE": file, "KONTUR_CONCURRENCY": "8"})
	first := watch(t, client, made.UID)
	require.Equal(t, "req=OK contacts=OK sites=OK", states(first))
	require.Len(t, first.Document.Content, 3)

	// The refresh finds sites broken: what they said before stays.
	s.kontur.Inject(konturtest.Fault{Method: "sites", Status: 403, Text: "not in the contract"})
	refreshed, err := client.Refresh(t.Context(), made.UID, nil)
	require.NoError(t, err)
	require.True(t, refreshed.IsNew)
	require.Equal(t, made.UID, refreshed.UID)
	var second desk.Reading
	require.Eventually(t, func() bool {
		second, err = client.Read(t.Context(), made.UID)
		return err == nil && second.RunID == refreshed.RunID && !second.Running()
	}, patience, 20*time.Millisecond)
	require.Equal(t, "req=OK contacts=OK sites=ERROR", states(second))
	require.Equal(t, []string{"kontur.sites"}, second.Document.Missing)
	require.Equal(t, first.Document.CreatedAt, second.Document.CreatedAt)
	require.True(t, second.Document.UpdatedAt.After(first.Document.UpdatedAt))
	sites := func(d report.Document) report.Content {
		return d.Content[slices.IndexFunc(d.Content, func(c report.Content) bool { return c.Source == "kontur.sites" })]
	}
	require.Equal(t, sites(first.Document), sites(second.Document), "a refresh erases nothing until the new answer is there")
}

func TestStarterReport(t *testing.T) {
	t.Parallel()
	s, _, _ := reportStack(t, nil)
	ids := s.counterparties()
	out := s.must("", "report", "probe", ids["legal entity"])
	require.Contains(t, out, "kontur.sites")
	entity := s.must("", "report", "probe", ids["legal entity"], "-o", "json")
	parsed, err := sourcestatetest.Parse([]byte(entity))
	require.NoError(t, err)
	require.Equal(t, sourcestate.EntityDialect, parsed.Dialect)
	require.Empty(t, parsed.Remarks)
	require.Equal(t, 3, parsed.Recount.OK)
	vehicle := s.must("", "report", "probe", ids["legal entity"], "-o", "json", "--dialect", "vehicle")
	parsed, err = sourcestatetest.Parse([]byte(vehicle))
	require.NoError(t, err)
	require.Equal(t, sourcestate.VehicleDialect, parsed.Dialect)
	require.Equal(t, 1, s.kontur.Count("sites"), "the report is made once")
	s.must("", "report", "probe", ids["legal entity"], "--refresh")
	require.Equal(t, 2, s.kontur.Count("sites"))

	s.kontur.Inject(konturtest.Fault{Method: "sites", Status: 403, Text: "not in the contract"})
	status, out, errs := s.starter("", "report", "probe", ids["sole proprietor"])
	require.Equal(t, cli.Failed, status, "%s%s: a source that the report can't do without failed", out, errs)
	status, _, errs = s.starter("", "report", "nonsense", ids["legal entity"])
	require.NotEqual(t, cli.Done, status)
	require.Contains(t, errs, "nonsense")
}

func TestReportsOverHTTP(t *testing.T) {
	t.Parallel()
	address := rig.FreeAddress(t)
	s, _, _ := reportStack(t, map[string]string{"REPORTS_ADDR": address, "REPORTS_TOKEN": "token-of-an-e2e-test"})
	s.untilLogged(workerStarted)
	id := s.counterparties()["legal entity"]
	call := func(method, path, body string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), method, "http://"+address+path, strings.NewReader(body))
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer token-of-an-e2e-test")
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer response.Body.Close()
		return response.StatusCode, bodyOf(t, response)
	}
	code, body := call("POST", "/user/reports/probe/_make", fmt.Sprintf(`{"queryType": "INN", "query": %q}`, id))
	require.Equal(t, http.StatusOK, code, body)
	require.Contains(t, body, `"isnew":true`)
	uid := "probe_" + id + "@" + report.Domain
	require.Contains(t, body, uid)
	require.Eventually(t, func() bool {
		_, body = call("GET", "/user/reports/"+uid+"?_content=false", "")
		return strings.Contains(body, `"progress_wait":0`)
	}, patience, 50*time.Millisecond)
	code, body = call("GET", "/user/reports/"+uid+"?_content=true", "")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, "https://example.test")
	_, body = call("POST", "/user/reports/"+uid+"/_refresh", "{}")
	require.Contains(t, body, `"isnew":true`)
	_, body = call("GET", "/user/reports/none_0012345673@"+report.Domain, "")
	require.Contains(t, body, `"size":0`)
	code, _ = get(t, "http://"+address+"/user/reports/"+uid)
	require.NotEqual(t, http.StatusOK, code, "without a token nobody gets anything")
}
