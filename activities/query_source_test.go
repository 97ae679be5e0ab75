package activities_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
)

// rich is a company with something unmapped for every source.
func rich() konturtest.Company {
	c := company(1)
	c.OKTMO, c.OPF = "00701999991", "unmapped-opf"
	c.Sites = []string{"https://unmapped-site.test"}
	c.Licences = []konturtest.Licence{{Number: "unmapped-licence", Issuer: "Служба", Services: []string{"перевозки"}}}
	c.Statements = konturtest.Statements{Green: true}
	c.Details = konturtest.Details{
		Activity: konturtest.Activity{Code: "62.01", Text: "unmapped-activity"},
		Founders: []konturtest.Founder{{Name: "unmapped-founder", INN: konturtest.PersonINN(1), Share: "100.0"}},
		Records:  []konturtest.Record{{GRN: "2000000000001", Date: "2019-03-21", Name: "unmapped-record"}},
	}
	return c
}

func TestQuerySource_projectsOnlyMappedAttributes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		source string
		want   []string
	}{
		{"req", []string{
			"idocs:CEOname", "idocs:fullOrganizationName", "idocs:inn", "idocs:juridicalAddress", "idocs:kpp", "idocs:ogrn", "idocs:okato",
			"idocs:okpo", "idocs:postAddress", "idocs:shortOrganizationName",
		}},
		{"egrDetails", nil},
		{"contacts", []string{"idocs:phone"}},
		{"contactEmails", []string{"idocs:email"}},
		{"sites", nil},
		{"licences", nil},
		{"briefReport", nil},
	}
	w := newWorld(t)
	c := rich()
	w.kontur.AddCompany(c)
	asked := make([]string, len(tests))
	for i, tt := range tests {
		asked[i] = tt.source
		got, err := w.query(pass.QuerySourceRequest{Source: tt.source, By: counterparty.INN, IDs: []string{c.INN}})
		require.NoError(t, err, tt.source)
		require.Len(t, projections(t, got), 1, tt.source)
		projection := projections(t, got)[0]
		require.Equal(t, tt.want, slices.Sorted(maps.Keys(projection.Values)), tt.source)
		require.Equal(t, []string{c.INN, c.OGRN}, []string{projection.INN, projection.OGRN}, tt.source)
		require.Equal(t, tt.source == "req", projection.Company != nil, "%s: req alone tells companies apart", tt.source)
		wire, err := json.Marshal(got)
		require.NoError(t, err)
		require.NotContains(t, string(wire), "unmapped", tt.source)
		require.NotContains(t, string(wire), c.OKTMO, tt.source)
	}
	require.Equal(t, methods.All(), asked, "every source is tried")
}

func TestQuerySource_answersWithWhatIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	namesake := company(2)
	namesake.INN = konturtest.INN(1)
	w.kontur.AddCompany(company(1), namesake, company(3))
	tests := []struct {
		name string
		by   counterparty.IDKind
		ids  []string
		want []string
	}{
		{"an INN of several companies gives all", counterparty.INN, []string{konturtest.INN(1)}, []string{konturtest.OGRN(1), konturtest.OGRN(2)}},
		{"an OGRN gives one", counterparty.OGRN, []string{konturtest.OGRN(2)}, []string{konturtest.OGRN(2)}},
		{"an unknown one is missing", counterparty.INN, []string{konturtest.INN(9), konturtest.INN(3)}, []string{konturtest.OGRN(3)}},
		{"none known", counterparty.INN, []string{konturtest.INN(9)}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := w.query(pass.QuerySourceRequest{Source: "req", By: tt.by, IDs: tt.ids})
			require.NoError(t, err)
			var ogrns []string
			for _, projection := range projections(t, got) {
				ogrns = append(ogrns, projection.OGRN)
			}
			require.ElementsMatch(t, tt.want, ogrns)
		})
	}
}

func TestQuerySource_keepsOnlyTheBranchesOfTheBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.kontur.AddCompany(branched(1, 5))
	got, err := w.query(pass.QuerySourceRequest{
		Source: "req", By: counterparty.INN, IDs: []string{konturtest.INN(1)}, KPPs: []string{kppOfBranch(1, 2), headKPP, "009999999"},
	})
	require.NoError(t, err)
	projection := projections(t, got)[0]
	require.Equal(t, []string{kppOfBranch(1, 2)}, slices.Collect(maps.Keys(projection.Branches)))
	require.Len(t, projection.Company.BranchKPPs, 5, "all are named, for the choice of the company")
}

// A payload may have 2 MB, and every batch stays in history: the whole of it may have 50 MB.
func TestQuerySource_resultsStaySmall(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		branches int
		most     int
	}{
		{"100 companies", 1, 300_000},
		{"100 companies with 70 branches each", 70, 1_500_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			request := pass.QuerySourceRequest{Source: "req", By: counterparty.INN}
			for n := 1; n <= 100; n++ {
				w.kontur.AddCompany(branched(n, tt.branches))
				request.IDs = append(request.IDs, konturtest.INN(n))
				request.KPPs = append(request.KPPs, kppOfBranch(n, n%tt.branches))
			}
			got, err := w.query(request)
			require.NoError(t, err)
			require.Len(t, projections(t, got), 100)
			payload, err := converter.GetDefaultDataConverter().ToPayload(got)
			require.NoError(t, err)
			require.Len(t, projections(t, got)[0].Branches, 1)
			require.Less(t, len(payload.GetData()), tt.most)
		})
	}
}

func kppOfBranch(n, branch int) string { return fmt.Sprintf("%04d43%03d", n, branch) }

// branched is a company with a number of branches.
func branched(n, branches int) konturtest.Company {
	c := company(n)
	c.Branches = nil
	for b := range branches {
		c.Branches = append(c.Branches, konturtest.Branch{
			Name: fmt.Sprintf(`ФИЛИАЛ № %d ОБЩЕСТВА С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ "ПРИМЕР"`, b), KPP: kppOfBranch(n, b),
			Address: &konturtest.Address{OneLine: fmt.Sprintf("000155, Примерная обл, Образцовский р-н, г Образцов, ул Длинная Тестовая, дом %d, помещ. %d", b, n)},
		})
	}
	return c
}

// fakeRegister answers with what it holds.
type fakeRegister []kontur.Item

func (f fakeRegister) Query(_ context.Context, _ string, _ []counterparty.Identifier, each func(kontur.Item) error) (int, error) {
	for _, item := range f {
		if err := each(item); err != nil {
			return 1, err
		}
	}
	return 1, nil
}

func (f fakeRegister) QueryApart(ctx context.Context, q kontur.Question, taker kontur.Taker) (kontur.Apart, error) {
	calls, err := f.Query(ctx, q.Method, q.IDs, taker.Take)
	return kontur.Apart{Calls: calls}, err
}

// Temporal would refuse the result at each attempt, for ever.
func TestQuerySource_answerThatNoPayloadHoldsIsTold(t *testing.T) {
	t.Parallel()
	items := make(fakeRegister, 100)
	for i := range items {
		name := strings.Repeat("Ж", 10_000)
		items[i] = kontur.Item{INN: konturtest.INN(i + 1), OGRN: konturtest.OGRN(i + 1), Object: map[string]any{
			"inn": konturtest.INN(i + 1), "ogrn": konturtest.OGRN(i + 1), "UL": map[string]any{"legalName": map[string]any{"full": name}},
		}}
	}
	w := newWorld(t)
	w.register = items
	ids := []string{konturtest.INN(1), konturtest.INN(2)}
	_, err := w.query(pass.QuerySourceRequest{Source: "req", By: counterparty.INN, IDs: ids})
	details := requireFailure(t, err, pass.FailureTooLarge, false)
	require.False(t, details.Waitable)
	require.Equal(t, pass.HintTooLarge, details.Hint)

	w.register = items[:10]
	result, err := w.query(pass.QuerySourceRequest{Source: "req", By: counterparty.INN, IDs: ids})
	require.NoError(t, err)
	data, err := json.Marshal(projections(t, result))
	require.NoError(t, err)
	require.Equal(t, len(data), result.Bytes)
}

// One company's trouble is its own: the nodes of the others are compared all the same.
func TestQuerySource_oneCompanyThatIsTooLarge(t *testing.T) {
	t.Parallel()
	named := func(n int, name string) kontur.Item {
		return kontur.Item{INN: konturtest.INN(n), OGRN: konturtest.OGRN(n), Bytes: 9_000_000, Object: map[string]any{
			"UL": map[string]any{"legalName": map[string]any{"full": name}},
		}}
	}
	large := strings.Repeat("a", pass.MaxProjectionBytes/2) // of which two attributes are made
	unread := named(2, "")
	unread.Object = nil
	half := large[:len(large)/2+1]
	namesake := named(3, half)
	namesake.INN = konturtest.INN(1)
	tests := []struct {
		name  string
		give  fakeRegister
		ids   int
		notes map[string]string // by OGRN
	}{
		{"more than it may have", fakeRegister{named(1, "a"), named(2, large)}, 2, map[string]string{konturtest.OGRN(2): "the mapped attributes of req have 225"}},
		{"more than can be read", fakeRegister{named(1, "a"), unread}, 2, map[string]string{konturtest.OGRN(2): "the item of req has 9000000 bytes, too many to be read"}},
		{"two with one identifier, in a batch", fakeRegister{named(1, half), namesake}, 2, map[string]string{}},
		{"two with one identifier, alone", fakeRegister{named(1, half), namesake}, 1, map[string]string{konturtest.OGRN(3): "the mapped attributes of req have 112"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.register = tt.give
			ids := []string{konturtest.INN(1), konturtest.INN(2)}[:tt.ids]
			result, err := w.query(pass.QuerySourceRequest{Source: "req", By: counterparty.INN, IDs: ids})
			require.NoError(t, err)
			require.Len(t, projections(t, result), len(tt.give))
			for _, p := range projections(t, result) {
				if note := tt.notes[p.OGRN]; note != "" {
					require.Contains(t, p.Notes["*"], note)
					require.Empty(t, p.Values)
					continue
				}
				require.Empty(t, p.Notes)
			}
			data, err := json.Marshal(projections(t, result))
			require.NoError(t, err)
			require.Equal(t, len(data), result.Bytes)
		})
	}
}
