package pass_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
)

func ptr[T any](value T) *T { return &value }

func durations(all ...time.Duration) *[]pass.Duration {
	list := make([]pass.Duration, len(all))
	for i, d := range all {
		list[i] = pass.Duration(d)
	}
	return &list
}

// defaults is a sync of which only the id was given.
func defaults() pass.Sync {
	return pass.Sync{
		ID: "main", Name: "main", Enabled: ptr(true), TimeZone: "UTC", CatchupWindow: ptr(pass.Duration(time.Hour)), BatchSize: ptr(100),
		SearchParam: counterparty.INN, AttributeToSearch: "idocs:inn", NodeType: "idocs:contractor", Sources: []string{"req"}, Required: []string{"req"}, QuotaReserve: "0",
		Start: pass.Beginning, RetryDelays: durations(10*time.Second, time.Minute, 10*time.Minute), Lookahead: ptr(16),
	}
}

func TestWithDefaults_fillsWhatIsMissing(t *testing.T) {
	t.Parallel()
	require.Equal(t, defaults(), pass.Sync{ID: "main"}.WithDefaults())
	require.NoError(t, defaults().Validate())
	require.Equal(t, defaults(), defaults().WithDefaults(), "a second time changes nothing")
}

func TestWithDefaults_keepsWhatIsGiven(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*pass.Sync)
	}{
		{"name", func(s *pass.Sync) { s.Name = "Контрагенты" }},
		{"disabled", func(s *pass.Sync) { s.Enabled = ptr(false) }},
		{"cron and time zone", func(s *pass.Sync) { s.Cron, s.TimeZone = "0 3 * * *", "Europe/Moscow" }},
		{"windows", func(s *pass.Sync) {
			s.CatchupWindow, s.Jitter = ptr(pass.Duration(time.Minute)), pass.Duration(time.Second)
		}},
		{"batch size", func(s *pass.Sync) { s.BatchSize = ptr(1) }},
		{"zero is no default, but wrong", func(s *pass.Sync) { s.BatchSize, s.Lookahead = ptr(0), ptr(0) }},
		{"attribute and type", func(s *pass.Sync) { s.AttributeToSearch, s.NodeType = "my:inn,my:other", "my:company" }},
		{"sources", func(s *pass.Sync) { s.Sources = []string{"contacts", "req"} }},
		{"checkpoint", func(s *pass.Sync) { s.Start = pass.Checkpoint }},
		{"no retries", func(s *pass.Sync) { s.RetryDelays = durations() }},
		{"reset mark", func(s *pass.Sync) { s.ResetAt = "2026-03-01T00:00:00Z" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := defaults()
			tt.change(&want)
			require.Equal(t, want, want.WithDefaults())
		})
	}
}

func TestWithDefaults_canonicalForm(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		give pass.Sync
		want func(*pass.Sync)
	}{
		{"white space around", pass.Sync{ID: " main\n", Name: " Main ", Cron: " @daily ", TimeZone: " UTC ", NodeType: " idocs:contractor "},
			func(s *pass.Sync) { s.Name, s.Cron = "Main", "@daily" }},
		{"search parameter in capitals", pass.Sync{ID: "main", SearchParam: "INN"}, func(*pass.Sync) {}},
		{"OGRN is looked for in both its attributes", pass.Sync{ID: "main", SearchParam: "OGRN"},
			func(s *pass.Sync) { s.SearchParam, s.AttributeToSearch = counterparty.OGRN, "idocs:ogrn,idocs:psrnsp" }},
		{"attributes", pass.Sync{ID: "main", AttributeToSearch: " my:inn , ,my:other,"},
			func(s *pass.Sync) { s.AttributeToSearch = "my:inn,my:other" }},
		{"commas only", pass.Sync{ID: "main", AttributeToSearch: " , "}, func(*pass.Sync) {}},
		{"empty list of sources", pass.Sync{ID: "main", Sources: []string{}}, func(*pass.Sync) {}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := defaults()
			tt.want(&want)
			require.Equal(t, want, tt.give.WithDefaults())
		})
	}
}

func TestWithDefaults_leavesItsReceiverAlone(t *testing.T) {
	t.Parallel()
	give := pass.Sync{ID: " main "}
	give.WithDefaults()
	require.Equal(t, pass.Sync{ID: " main "}, give)
}

func TestAttributes_areTheTrimmedParts(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"idocs:ogrn", "idocs:psrnsp"}, pass.Sync{AttributeToSearch: "idocs:ogrn, idocs:psrnsp,"}.Attributes())
	require.Empty(t, pass.Sync{}.Attributes())
}

func TestSync_survivesJSON(t *testing.T) {
	t.Parallel()
	full := pass.Sync{
		ID: "main", Name: "Контрагенты", Enabled: ptr(false), Cron: "0 3 * * *", TimeZone: "Europe/Moscow",
		CatchupWindow: ptr(pass.Duration(90 * time.Minute)), Jitter: pass.Duration(time.Minute), BatchSize: ptr(50), SearchParam: counterparty.OGRN,
		AttributeToSearch: "idocs:ogrn", NodeType: "my:company", Sources: []string{"req", "contacts"}, Required: []string{"req"}, QuotaReserve: "500", Start: pass.Checkpoint,
		RetryDelays: durations(), Lookahead: ptr(2),
	}
	for name, give := range map[string]pass.Sync{"full": full, "defaults": defaults(), "id only": {ID: "main"}, "zero": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var fromJSON pass.Sync
			asJSON, err := json.Marshal(give)
			require.NoError(t, err)
			require.NoError(t, json.Unmarshal(asJSON, &fromJSON))
			require.Equal(t, give, fromJSON)
		})
	}
}

func TestSync_namesOfFieldsAreTheForms(t *testing.T) {
	t.Parallel()
	var fromJSON pass.Sync
	require.NoError(t, json.Unmarshal([]byte(`{"id":"main","name":"Main","enabled":false,"cron":"0 3 * * *","timeZone":"Europe/Moscow",
		"catchupWindow":"90m","jitter":"1m30s","batchSize":50,"searchParam":"ogrn","attributeToSearch":"idocs:ogrn","nodeType":"my:company",
		"sources":["req","contacts"],"required":["req"],"quotaReserve":500,"start":"checkpoint","retryDelays":["1s","2m"],"lookahead":2}`), &fromJSON))
	want := pass.Sync{
		ID: "main", Name: "Main", Enabled: ptr(false), Cron: "0 3 * * *", TimeZone: "Europe/Moscow",
		CatchupWindow: ptr(pass.Duration(90 * time.Minute)), Jitter: pass.Duration(90 * time.Second), BatchSize: ptr(50), SearchParam: counterparty.OGRN,
		AttributeToSearch: "idocs:ogrn", NodeType: "my:company", Sources: []string{"req", "contacts"}, Required: []string{"req"}, QuotaReserve: "500", Start: pass.Checkpoint,
		RetryDelays: durations(time.Second, 2*time.Minute), Lookahead: ptr(2),
	}
	require.Equal(t, want, fromJSON)
}

func TestSync_resetMarkIsOnTheWire(t *testing.T) {
	t.Parallel()
	wire, err := json.Marshal(pass.Sync{ID: "main", ResetAt: "2026-03-01T00:00:00Z"})
	require.NoError(t, err)
	require.Contains(t, string(wire), `"resetAt":"2026-03-01T00:00:00Z"`)
}

// Every field of a sync is declared, in its order and by its name on the wire, but for what the starter sets.
func TestFields_areThoseOfASync(t *testing.T) {
	t.Parallel()
	var s pass.Sync
	var names []string
	for i, field := range pass.Fields() {
		require.NotEmpty(t, field.Allowed, field.Name)
		require.NotEmpty(t, field.Meaning, field.Name)
		require.Same(t, reflect.ValueOf(&s).Elem().Field(i).Addr().Interface(), field.In(&s), field.Name)
		names = append(names, field.Name)
	}
	var want []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[pass.Sync]()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		want = append(want, name)
	}
	require.Equal(t, want, append(names, "resetAt", "rewind", "aside"))
}

func TestValidate_reportsAllAtOnce(t *testing.T) {
	t.Parallel()
	s := pass.Sync{
		ID: "-main", Name: strings.Repeat("я", 201), BatchSize: ptr(101), SearchParam: "kpp", AttributeToSearch: "inn,idocs:inn", NodeType: "contractor",
		Sources: []string{"contacts", "stat", "contacts"}, Start: "end", RetryDelays: durations(0, 25*time.Hour), Lookahead: ptr(33),
		CatchupWindow: ptr(pass.Duration(time.Second)), Jitter: pass.Duration(-time.Second),
	}.WithDefaults()
	var all invalid.Errors
	require.ErrorAs(t, s.Validate(), &all)
	var problems []string
	for _, problem := range all {
		problems = append(problems, problem.Error())
	}
	require.Equal(t, []string{
		`id: "-main" is not allowed; allowed: 1 to 100 letters, digits, dots, dashes and underscores, a letter or digit first`,
		`name: "` + s.Name + `" is not allowed; allowed: a text of 1 to 200 characters`,
		`catchupWindow: "1s" is not allowed; allowed: a duration from 10s to 8760h`,
		`jitter: "-1s" is not allowed; allowed: a duration from 0s to 24h`,
		`batchSize: "101" is not allowed; allowed: a whole number from 1 to 100`,
		`searchParam: "kpp" is not allowed; allowed: inn or ogrn`,
		`attributeToSearch: "inn" is not allowed; allowed: names such as idocs:inn, separated by commas`,
		`nodeType: "contractor" is not allowed; allowed: a name such as idocs:contractor`,
		`sources: "stat" is not allowed; allowed: ` + strings.Join(methods.All(), ", "),
		`sources: "contacts" is not allowed; allowed: each source once`,
		`sources: "contacts, stat, contacts" is not allowed; allowed: a list with req in it: req shows which of several companies is the node's`,
		`start: "end" is not allowed; allowed: beginning or checkpoint`,
		`retryDelays: "0s" is not allowed; allowed: durations above 0s and up to 24h`,
		`retryDelays: "25h" is not allowed; allowed: durations above 0s and up to 24h`,
		`lookahead: "33" is not allowed; allowed: a whole number from 1 to 32`,
	}, problems)
}

func TestValidate_bounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*pass.Sync)
		want   string
	}{
		{"no id", func(s *pass.Sync) { s.ID = "" }, "id is missing"},
		{"longest id", func(s *pass.Sync) { s.ID = strings.Repeat("a", 100) }, ""},
		{"id too long", func(s *pass.Sync) { s.ID = strings.Repeat("a", 101) }, "id: "},
		{"all that an id may have", func(s *pass.Sync) { s.ID = "0a.B_c-d" }, ""},
		{"slash in the id", func(s *pass.Sync) { s.ID = "a/b" }, `id: "a/b"`},
		{"letters of another script in the id", func(s *pass.Sync) { s.ID = "главная" }, `id: "главная"`},
		{"line end in the id", func(s *pass.Sync) { s.ID = "main\n" }, `id: "main\n"`},
		{"longest name, counted in characters", func(s *pass.Sync) { s.Name = strings.Repeat("я", 200) }, ""},
		{"smallest batch", func(s *pass.Sync) { s.BatchSize = ptr(1) }, ""},
		{"no batch", func(s *pass.Sync) { s.BatchSize = ptr(0) }, `batchSize: "0"`},
		{"largest lookahead", func(s *pass.Sync) { s.Lookahead = ptr(32) }, ""},
		{"no lookahead", func(s *pass.Sync) { s.Lookahead = ptr(0) }, `lookahead: "0"`},
		{"quotes in the node type", func(s *pass.Sync) { s.NodeType = `a:b" OR TYPE:"c:d` }, "nodeType: "},
		{"every source", func(s *pass.Sync) { s.Sources = methods.All() }, ""},
		{"no retries", func(s *pass.Sync) { s.RetryDelays = durations() }, ""},
		{"longest delay", func(s *pass.Sync) { s.RetryDelays = durations(24 * time.Hour) }, ""},
		{"negative delay", func(s *pass.Sync) { s.RetryDelays = durations(-time.Second) }, `retryDelays: "-1s"`},
		{"most delays", func(s *pass.Sync) { s.RetryDelays = durations(slices.Repeat([]time.Duration{time.Second}, 20)...) }, ""},
		{"too many delays", func(s *pass.Sync) { s.RetryDelays = durations(slices.Repeat([]time.Duration{time.Second}, 21)...) },
			`retryDelays: "21 delays" is not allowed; allowed: at most 20 delays`},
		{"shortest window", func(s *pass.Sync) { s.CatchupWindow = ptr(pass.Duration(10 * time.Second)) }, ""},
		{"longest window", func(s *pass.Sync) { s.CatchupWindow = ptr(pass.Duration(365 * 24 * time.Hour)) }, ""},
		{"window too long", func(s *pass.Sync) { s.CatchupWindow = ptr(pass.Duration(365*24*time.Hour + 1)) }, "catchupWindow: "},
		{"longest jitter", func(s *pass.Sync) { s.Jitter = pass.Duration(24 * time.Hour) }, ""},
		{"jitter too long", func(s *pass.Sync) { s.Jitter = pass.Duration(24*time.Hour + 1) }, "jitter: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := defaults()
			tt.change(&s)
			err := s.Validate()
			if tt.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, tt.want)
			require.NotContains(t, err.Error(), "\n", "nothing else is wrong")
		})
	}
}
