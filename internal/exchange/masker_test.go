package exchange_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/exchange"
)

func TestAnIdentifierBecomesAnotherOneOfItsKind(t *testing.T) {
	t.Parallel()
	m := exchange.NewMasker()
	for _, give := range []string{"0012345673", "0012345610", "7736050003", "9909000004", "001234567887", "001234568200", "1000000000010", "5000000000017", "300000000000015", "300000000000060"} {
		was, ok := counterparty.Recognize(give)
		require.True(t, ok, give)
		masked := m.Text(give)
		is, ok := counterparty.Recognize(masked)
		require.True(t, ok, "%s became %s", give, masked)
		require.Equal(t, was.Kind(), is.Kind())
		require.Len(t, masked, len(give))
		require.NotEqual(t, give, masked)
		require.Equal(t, was.IsForeign(), is.IsForeign())
		require.Equal(t, masked, m.Text(give), "always the same one")
		require.Equal(t, "ИНН "+masked+";", strings.Replace(m.Text("ИНН "+give+";"), m.Text("ИНН"), "ИНН", 1), "in a text too")
	}
	for _, give := range []string{"0012345674", "001234567888", "1000000000011", "300000000000016"} {
		_, ok := counterparty.Recognize(m.Text(give))
		require.False(t, ok, "what is none stays none")
	}
}

func TestNoTwoIdentifiersBecomeTheSame(t *testing.T) {
	t.Parallel()
	m := exchange.NewMasker()
	seen := map[string]bool{}
	const count = 5000
	for n := range count {
		seen[m.Text(valid(n))] = true
	}
	require.Len(t, seen, count)
}

// valid is the n-th INN.
func valid(n int) string {
	for digit := range 10 {
		inn := fmt.Sprintf("77%07d%d", n, digit)
		if _, err := counterparty.ParseID(counterparty.INN, inn); err == nil {
			return inn
		}
	}
	panic("an INN has a check digit")
}

func TestATextKeepsItsForm(t *testing.T) {
	t.Parallel()
	m := exchange.NewMasker()
	for _, give := range []string{"ООО «Ромашка-5» LLC", "644099, г Омск, ул Ленина, д 5", "ёЁ éÉ 名", "office@daisy.example", "a", "Я", "001201001", "5", "0"} {
		masked := m.Text(give)
		was, is := []rune(give), []rune(masked)
		require.Len(t, is, len(was), masked)
		for i := range was {
			require.Equal(t, unicode.IsDigit(was[i]), unicode.IsDigit(is[i]), masked)
			require.Equal(t, unicode.IsUpper(was[i]), unicode.IsUpper(is[i]), masked)
			require.Equal(t, unicode.Is(unicode.Cyrillic, was[i]), unicode.Is(unicode.Cyrillic, is[i]), masked)
			if unicode.IsLetter(was[i]) || unicode.IsDigit(was[i]) {
				require.NotEqual(t, was[i], is[i], masked)
			} else {
				require.Equal(t, was[i], is[i])
			}
		}
	}
}

func TestMomentsAndPublicTextsStay(t *testing.T) {
	t.Parallel()
	m := exchange.NewMasker("00000000-0000-4000-8000-000000000000")
	for _, give := range []string{"", "2026-01-02", "2026-01-02T03:04:05.678+0000", "2026-01-02T03:04:05Z", "00000000-0000-4000-8000-000000000000",
		"workspace://SpacesStore/00000000-0000-4000-8000-000000000000"} {
		require.Equal(t, give, m.Text(give))
	}
}

func TestIdsOfNodesAreMaskedTheSameWhereverTheyStand(t *testing.T) {
	t.Parallel()
	m := exchange.NewMasker()
	const id = "3fa2b0c4-6b1d-4e7a-9c55-1e2f3a4b5c6d"
	masked := m.Text(id)
	require.Regexp(t, "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-9[0-9a-f]{3}-[0-9a-f]{12}$", masked)
	require.NotEqual(t, id, masked)
	require.Equal(t, "alfresco/@workspace://SpacesStore/"+masked, m.Text("alfresco/@workspace://SpacesStore/"+id))
	require.Equal(t, masked, m.Text(strings.ToUpper(id)))
	require.NotEqual(t, m.Text(id), exchange.NewMasker().Text(id), "another recording has other ones")
}

func TestDbidsKeepTheirOrderAndDistances(t *testing.T) {
	t.Parallel()
	m := exchange.NewMasker()
	require.Equal(t, int64(7), m.Dbid(108)-m.Dbid(101))
	require.NotEqual(t, int64(101), m.Dbid(101))
	for _, bound := range []int64{-1, 0, 1<<63 - 1} {
		require.Equal(t, bound, m.Dbid(bound))
	}
}
