package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
)

// FuzzMake: whatever is sent, the answer is JSON of a documented status, and what reaches package desk is a request in
// the form that its uid needs.
func FuzzMake(f *testing.F) {
	f.Add("full", `{"queryType":"INN","query":"0012345673"}`)
	f.Add("full@counterparty-sync", `{"queryType":"MULTIPART","query":" ","data":{"inn":"0012345673"},"options":{"FORCE":true}}`)
	f.Add("x", `[]`)
	f.Add("", "\x00")
	f.Add("/", "{}")
	f.Add("full", `{"queryType":"AUTO","data":[],"options":null}`)
	f.Fuzz(func(t *testing.T, typeUID, body string) {
		if typeUID == "." || typeUID == ".." || typeUID == "" {
			return // not a segment of a path
		}
		fake := fake{
			make: func(r report.Request) (desk.Made, error) {
				require.Contains(t, []string{"full", "requisites"}, r.Type)
				if err := r.Validate(); err != nil {
					return desk.Made{}, err
				}
				return desk.Made{UID: r.UID(), StartedAt: now}, nil
			},
			refresh: func(uid string, _ *report.Webhook) (desk.Made, error) {
				return desk.Made{UID: uid, IsNew: true, RunID: "r", StartedAt: now}, nil
			},
		}
		got := ask(t, fake, "POST", "/user/reports/"+url.PathEscape(typeUID)+"/_make", body)
		documented := []int{http.StatusOK, http.StatusBadRequest, http.StatusInternalServerError}
		if typeUID == "/" {
			// net/http takes an escaped slash by itself for the end of a path, so that no path is there.
			documented = []int{http.StatusNotFound}
		}
		require.Contains(t, documented, got.status)
		require.True(t, json.Valid([]byte(got.body)), got.body)
		require.NotContains(t, got.body, "system error")
	})
}

// FuzzQuery: whatever the parameters are, a page is one that can be shown, or they are refused.
func FuzzQuery(f *testing.F) {
	f.Add("_size=20&_offset=0&_page=1&_sort=-created_at&_calc_total")
	f.Add("_size=1000000&_page=1000000&_offset=1000000")
	f.Add("_page=-1;_size=%zz")
	f.Fuzz(func(t *testing.T, query string) {
		if strings.ContainsFunc(query, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '#' }) {
			return // not part of a request line
		}
		fake := fake{list: func(page desk.Page) (desk.Listing, error) {
			require.GreaterOrEqual(t, page.Offset, 0)
			require.True(t, page.Size >= 1 && page.Size <= 100)
			require.True(t, slices.Contains([]desk.Order{desk.NewestFirst, desk.OldestFirst, desk.LatestChangeFirst, desk.LongestUnchanged}, page.Order))
			return desk.Listing{}, context.Canceled
		}}
		ask(t, fake, "GET", "/user/reports?"+query, "")
	})
}
