package e2e_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"counterparty-sync/internal/codec"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/pass"
	"counterparty-sync/sandbox/rig"
	"counterparty-sync/sandbox/temporalserver"
	"counterparty-sync/starter/cli"
	"counterparty-sync/starter/syncs"
)

// keysFile makes a file of keys. Items are ids, of which each makes a new key, or whole items.
func keysFile(t *testing.T, items ...string) rig.Environment {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.yaml")
	require.NoError(t, os.WriteFile(path, []byte("keys:\n"+strings.Join(items, "\n")+"\n"), 0o600))
	return rig.Environment{"PAYLOAD_KEYS_FILE": path}
}

func newKey(t *testing.T, id string) string {
	t.Helper()
	item, err := codec.NewKey(id)
	require.NoError(t, err)
	return item
}

// encryptedStack is a stack whose worker and starter have keys.
func encryptedStack(t *testing.T, server *temporalserver.Server, keys rig.Environment) *stack {
	t.Helper()
	s := newStack(t, server)
	s.payloads = keys
	s.connect(server)
	return s
}

// rawForms are the ways in which a text may stand in a database, by name: those of writings, UTF-16, and base64 wherever it begins in
// what was encoded.
func rawForms(text string) map[string][]byte {
	forms := map[string][]byte{}
	for name, form := range writings(text) {
		forms[name] = []byte(form)
	}
	var little, big []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		little, big = append(little, byte(unit), byte(unit>>8)), append(big, byte(unit>>8), byte(unit))
	}
	forms["in UTF-16, little endian"], forms["in UTF-16, big endian"] = little, big
	for shift := range 3 {
		encoded := base64.StdEncoding.EncodeToString(append(make([]byte, shift), text...))
		// Without the characters that the bytes around have a part in.
		forms["in the middle of base64, "+string(rune('0'+shift))] = []byte(strings.TrimRight(encoded, "=")[(shift*8+5)/6 : len(strings.TrimRight(encoded, "="))-1])
	}
	return forms
}

// readable are the texts that a database has, and in which form.
func readable(database []byte, texts []string) []string {
	var found []string
	for _, text := range texts {
		for name, form := range rawForms(text) {
			if bytes.Contains(database, form) {
				found = append(found, text+" "+name)
			}
		}
	}
	slices.Sort(found)
	return found
}

// textsOf are all that is known of the sample: what nodes have, and what the register says. Dates and what is shorter than an OKPO say
// nothing by themselves.
func (s *stack) textsOf() []string {
	var texts []string
	add := func(text string) {
		if len(text) >= 8 && !slices.Contains(texts, text) && !strings.HasPrefix(text, "20") {
			texts = append(texts, text)
		}
	}
	for _, node := range s.alfresco.Nodes("idocs:contractor") {
		for _, value := range node.Properties {
			if text, ok := value.(string); ok {
				add(text)
			}
		}
	}
	return texts
}

// Passes, plans, holds, failures and reports leave nothing in Temporal's database that somebody without the key could read.
func TestNothingIsReadableInTheDatabase(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), temporalserver.FileName())
	server := rig.Temporal(t, temporalserver.Options{File: file})
	s := encryptedStack(t, server, keysFile(t, newKey(t, "2026-11")))
	rich := func(c *konturtest.Company) {
		c.OKPO, c.Phones = "9"+c.INN[3:], []string{"+7 (000) 000-00-" + c.INN[8:]}
		c.Address = &konturtest.Address{OneLine: "000144, Примерная обл, г Примерск, дом " + c.INN}
		c.Heads = []konturtest.Head{{FIO: "Тестов Тест " + c.INN + "ович", Position: "Генеральный директор"}}
	}
	rig.Fill(s.alfresco, s.kontur, 40, rich)
	const strange, reason = "Иностранное Общество в тексте ошибки", "проверено Проверяльщиковой"
	s.startWorker()
	s.apply("maxChanged: 15\nsources: [req, contacts]")
	require.Len(t, s.plan(), 40)
	s.must("", "trigger", s.id)
	held := s.until("a hold", isHeld)
	require.NotEmpty(t, held.Pass.Hold.Evidence)
	s.must("", "approve", s.id, "--reason", reason)
	require.Equal(t, 40, s.until("the end", finished).Pass.Counts.Updated)
	require.Contains(t, s.must("", "changes", s.id, "-q"), "Тестов Тест")
	const asked = 999 // nobody else's
	company := konturtest.Invented(asked)
	rich(&company)
	s.kontur.AddCompany(company)
	s.must("", "report", "requisites", company.INN)
	for i := range 40 {
		s.kontur.Update(konturtest.OGRN(i+1), func(c *konturtest.Company) { c.ShortName = "ООО \"Переименованное " + c.INN + "\"" })
	}
	s.kontur.Inject(konturtest.Fault{Method: "req", Status: http.StatusServiceUnavailable, Text: strange})
	s.apply("sources: [req, contacts]")
	failed := s.trigger()
	require.Equal(t, pass.Error, failed.State.Status, "all tries")
	require.Contains(t, *failed.State.Error, strange)

	requireFewSearchAttributes(t, s.temporal)
	// The control: the same search finds what is there.
	const planted = "Посаженное Общество 0123456789"
	plain := rig.Dial(t, server.FrontendAddress(), rig.Environment{"PAYLOAD_COMPRESSION": "off"})
	inOtherForms := base64.StdEncoding.EncodeToString([]byte("x" + planted))
	_, err := plain.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "planted", TaskQueue: "nobody"}, "Planted", planted, inOtherForms)
	require.NoError(t, err)

	texts := append(s.textsOf(), strange, reason, company.FullName, company.Heads[0].FIO, company.Address.OneLine)
	for i := range 40 {
		texts = append(texts, konturtest.OGRN(i+1))
	}
	require.Greater(t, len(texts), 250)
	require.NoError(t, server.Stop())
	database, err := os.ReadFile(file)
	require.NoError(t, err)
	if wal, err := os.ReadFile(file + "-wal"); err == nil {
		database = append(database, wal...)
	}
	found := readable(database, []string{planted})
	require.Contains(t, found, planted+" as it is")
	require.Contains(t, found, planted+" in the middle of base64, 1")
	require.Empty(t, readable(database, texts))
	require.NotEmpty(t, readable(database, []string{company.INN}), "the id of a report's workflow has the identifier: it is found by that")
}

// requireFewSearchAttributes requires that search attributes, which nobody can encrypt, hold ids of syncs and statuses and nothing else of ours.
func requireFewSearchAttributes(t *testing.T, c client.Client) {
	t.Helper()
	rig.Until(t, "all is listed", func() bool {
		list, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{})
		require.NoError(t, err)
		return len(list.GetExecutions()) >= 5
	})
	list, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{})
	require.NoError(t, err)
	for _, execution := range list.GetExecutions() {
		for name := range execution.GetSearchAttributes().GetIndexedFields() {
			require.True(t, strings.HasPrefix(name, "Temporal") || name == "BuildIds" || name == "CounterpartySyncId" || name == "CounterpartySyncStatus", name)
		}
	}
}

// The control of the search: each form alone is found in the middle of other bytes.
func TestReadableFindsEachForm(t *testing.T) {
	t.Parallel()
	const text = "ООО \"Пример 17\""
	for name, form := range rawForms(text) {
		require.Contains(t, readable(slices.Concat([]byte{0, 1}, form, []byte{2}), []string{text}), text+" "+name)
	}
	require.Contains(t, readable([]byte(base64.StdEncoding.EncodeToString([]byte("ab"+text+"cd"))), []string{text}), text+" in the middle of base64, 2")
	require.Empty(t, readable([]byte("ООО \"Пример 1\""), []string{text}))
}

// A key is changed while a pass runs: workers that have both go on, and the schedule is encrypted with the new one.
func TestKeysAreTurnedWhileAPassRuns(t *testing.T) {
	t.Parallel()
	oldKey, newKey := newKey(t, "2026-10"), newKey(t, "2026-11")
	s := encryptedStack(t, shared, keysFile(t, oldKey))
	s.fill(60)
	s.kontur.SetLatency(300 * time.Millisecond)
	before := s.startWorker()
	s.apply("lookahead: 2")
	s.must("", "trigger", s.id)
	s.until("something is done", func(status syncs.Status) bool { return s.kontur.Count() >= 3 })
	before.Kill()
	// Readers first: they have the new key, and still encrypt with the old one.
	s.payloads = keysFile(t, oldKey, newKey)
	readers := s.startWorker()
	rig.Until(t, "the pass goes on", func() bool { return s.kontur.Count() >= 5 })
	s.payloads = keysFile(t, newKey, oldKey)
	s.connect(shared)
	s.startWorker()
	readers.Kill()
	s.kontur.SetLatency(0)
	status := s.until("the end", finished)
	require.Equal(t, "COMPLETED", status.Pass.Ended)
	require.Equal(t, 60, status.Pass.Counts.Updated)
	require.Len(t, s.alfresco.Writes(), 60, "each node once")
	rig.Until(t, "the schedule is encrypted with the new key", func() bool { return strings.Contains(s.logs.String(), "schedule is encoded anew") })
	require.Contains(t, s.must("", "keys", "reseal"), "all schedules are encrypted with key 2026-11 already")

	// The old one may go when its retention is over. What needs it until then says so.
	s.payloads = keysFile(t, newKey)
	s.connect(shared)
	require.Equal(t, "COMPLETED", s.status().Pass.Ended, "this pass ended under the new one")
}

// Workers without the key of a pass leave it to those that have it.
func TestWorkersWithoutTheKeyLoseNothing(t *testing.T) {
	t.Parallel()
	s := encryptedStack(t, shared, keysFile(t, newKey(t, "2026-11")))
	s.fill(60)
	s.kontur.SetLatency(200 * time.Millisecond)
	worker := s.startWorker()
	s.apply("lookahead: 2\nretryDelays: [1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s]")
	s.must("", "trigger", s.id)
	s.until("something is done", func(syncs.Status) bool { return s.kontur.Count() >= 3 })
	worker.Kill()
	without := s.startWorker(map[string]string{"PAYLOAD_KEYS_FILE": ""})
	rig.Until(t, "it says what it lacks", func() bool {
		return strings.Contains(s.logs.String(), `encrypted with key \"2026-11\", which PAYLOAD_KEYS_FILE does not have`)
	})
	require.False(t, finished(s.status()), "the pass waits")
	status, out, _ := s.starterIn(map[string]string{"PAYLOAD_KEYS_FILE": ""}, "", "status", s.id)
	require.Equal(t, cli.Done, status, "what can be seen is shown")
	require.Contains(t, out, "2026-11")
	without.Kill()
	s.kontur.SetLatency(0)
	s.startWorker()
	ended := s.until("the end", finished)
	require.Equal(t, "COMPLETED", ended.Pass.Ended)
	require.Equal(t, 60, ended.Pass.Counts.Updated)
	require.Len(t, s.alfresco.Writes(), 60, "each node once")
}

// A key is gone for good: what it encrypted is gone, each place says so, and apply mends the schedule.
func TestAKeyThatIsLost(t *testing.T) {
	t.Parallel()
	s := encryptedStack(t, shared, keysFile(t, newKey(t, "2026-10")))
	s.fill(20)
	first := s.startWorker()
	s.apply("")
	require.Equal(t, 20, s.trigger().Pass.Counts.Updated)
	first.Kill()

	s.payloads = keysFile(t, newKey(t, "2026-11"), `- {id: "2026-10", lost: true}`)
	s.connect(shared)
	s.startWorker()
	rig.Until(t, "the preflight says so", func() bool {
		return strings.Contains(s.logs.String(), "can't be read and starts no passes: encrypted with key 2026-10")
	})
	status, out, _ := s.starter("", "check")
	require.Equal(t, cli.Failed, status)
	require.Contains(t, out, pass.ScheduleID(s.id)+" can't be read and starts no passes: encrypted with key 2026-10")
	status, out, _ = s.starter("", "keys", "reseal")
	require.Equal(t, cli.Failed, status)
	require.Contains(t, out, "can't be read: encrypted with key 2026-10")
	_, out, _ = s.starter("", "status", s.id)
	require.Contains(t, out, `encrypted with key "2026-10", which is lost`)

	s.apply("")
	after := s.trigger()
	require.Equal(t, "COMPLETED", after.Pass.Ended)
	require.Equal(t, 20, after.Pass.Counts.Unchanged, "from the beginning")
	require.Equal(t, `encrypted with key "2026-10", which is lost, as PAYLOAD_KEYS_FILE says`, after.Pass.Forgotten)
	require.Empty(t, s.trigger().Pass.Forgotten)
}
