package konturtest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/konturtest"
)

func TestEditSpoilsGoodAnswersOnly(t *testing.T) {
	t.Parallel()
	s := server(t)
	ask := func(query string) string {
		status, _, body := get(t, s, "/api3/sites", query)
		return fmt.Sprint(status, " ", body)
	}
	s.Inject(konturtest.Fault{Edit: konturtest.Lacking(1, "ogrn", "focusHref", "sites")})
	require.Equal(t, `200 [{"inn":"`+inn1+`"}]`, ask("inn="+inn1))
	require.Equal(t, `200 []`, ask("inn="+konturtest.INN(999)))
	require.Equal(t, `400 inn/ogrn param is not specified`, ask("inn=1"))
	s.ClearFaults()
	s.Inject(konturtest.Fault{Edit: func([]map[string]any) []map[string]any { return nil }})
	require.Equal(t, `200 []`, ask("inn="+inn1))
}

func TestLackingCountsWithinAnAnswer(t *testing.T) {
	t.Parallel()
	var items []map[string]any
	for range 7 {
		items = append(items, map[string]any{"inn": inn1, "ogrn": ogrn1})
	}
	var left []int
	for i, item := range konturtest.Lacking(3, "ogrn")(items) {
		if _, ok := item["ogrn"]; ok {
			left = append(left, i)
		}
	}
	require.Equal(t, []int{0, 1, 3, 4, 6}, left)
}
