package deepcheck_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
)

// The searches, told by what is sent.
var (
	pagePattern = regexp.MustCompile(`<0 TO MAX]"`)
	behindN     = regexp.MustCompile(`<([1-9]\d*) TO MAX]`)
	fromNToM    = regexp.MustCompile(`<([1-9]\d*) TO \d+]`)
	isWholePage = func(sent string) bool {
		return pagePattern.MatchString(sent) && strings.Contains(sent, `"maxItems":100`)
	}
	isByID       = func(sent string) bool { return regexp.MustCompile(`node\\\\-uuid|ID:`).MatchString(sent) }
	isByValue    = func(sent string) bool { return strings.Contains(sent, `idocs:inn:\"`) }
	isByChange   = func(sent string) bool { return strings.Contains(sent, "cm:modified:") }
	isOfAllDbids = func(sent string) bool { return strings.Contains(sent, "[0 TO MAX]") }
)

func nothing(a *answer) {
	set(at(a.body, "list"), "entries", []any{})
	set(at(a.body, "list", "pagination"), "totalItems", 0)
}

func eachEntry(a *answer, change func(node map[string]any)) {
	for _, e := range list(a.body, "list", "entries") {
		change(at(e, "entry").(map[string]any))
	}
}

// Each case breaks one fact of Alfresco's, and the table finds that one and no other.
func TestEachBrokenFactOfAlfrescoIsFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		want   string
		before func(body string) string
		after  func(path, sent string, a *answer)
	}{
		{want: "alfresco.repository", after: func(path, _ string, a *answer) {
			if strings.HasSuffix(path, "/discovery") {
				set(at(a.body, "entry", "repository", "status"), "isReadOnly", true)
			}
		}},
		{want: "alfresco.missing-node", after: func(path, _ string, a *answer) {
			if strings.HasSuffix(path, "/nodes/"+alfresco.NoNode) {
				a.page(http.StatusNotFound)
			}
		}},
		{want: "alfresco.metadata-nothing", after: func(path, _ string, a *answer) {
			if strings.Contains(path, "/metadata?") && strings.Contains(path, alfresco.NoNode) {
				a.page(http.StatusNotFound)
			}
		}},
		{want: "alfresco.search-dbid", after: func(_, sent string, a *answer) {
			if isOfAllDbids(sent) && !strings.Contains(sent, "include") {
				set(at(a.body, "list", "pagination"), "totalItems", 3)
			}
		}},
		{want: "alfresco.search-page", after: func(_, sent string, a *answer) {
			if isWholePage(sent) {
				a.page(http.StatusInternalServerError)
			}
		}},
		{want: "alfresco.attribute idocs:kpp", after: func(path, _ string, a *answer) {
			if strings.Contains(path, "/aspects") {
				eachEntry(a, func(aspect map[string]any) {
					for _, p := range list(aspect, "properties") {
						if at(p, "id") == "idocs:kpp" {
							set(p, "id", "idocs:kppOld")
						}
					}
				})
			}
		}},
		{want: "alfresco.attribute idocs:okpo", after: func(path, _ string, a *answer) {
			if strings.Contains(path, "/aspects") {
				eachEntry(a, func(aspect map[string]any) {
					for _, p := range list(aspect, "properties") {
						set(p, "isProtected", at(p, "id") == "idocs:okpo")
					}
				})
			}
		}},
		{want: "alfresco.no-dbid", after: func(_, sent string, a *answer) {
			if isWholePage(sent) {
				eachEntry(a, func(node map[string]any) { set(node["properties"], "sys:node-dbid", 5) })
			}
		}},
		{want: "alfresco.metadata-dbid", after: func(path, _ string, a *answer) {
			if strings.Contains(path, "/metadata?") {
				a.body = map[string]any{}
			}
		}},
		{want: "alfresco.search-order", after: func(_, sent string, a *answer) {
			if isWholePage(sent) {
				entries := list(a.body, "list", "entries")
				entries[0], entries[len(entries)-1] = entries[len(entries)-1], entries[0]
			}
		}},
		{want: "alfresco.search-exclusive", before: func(body string) string { return behindN.ReplaceAllString(body, "[$1 TO MAX]") }},
		{want: "alfresco.search-range", before: func(body string) string { return fromNToM.ReplaceAllString(body, "<$1 TO MAX]") }},
		{want: "alfresco.search-total", after: func(_, sent string, a *answer) {
			if strings.Contains(sent, `"paging"`) {
				pagination := at(a.body, "list", "pagination")
				set(pagination, "totalItems", at(pagination, "totalItems").(float64)+1000)
			}
		}},
		{want: "alfresco.search-values", after: func(_, sent string, a *answer) {
			if isWholePage(sent) {
				eachEntry(a, func(node map[string]any) { set(node["properties"], "idocs:kpp", "001299999") })
			}
		}},
		{want: "alfresco.forbidden-node", after: func(path, _ string, a *answer) {
			if strings.Contains(path, "/nodes/") && strings.HasSuffix(path, fmt.Sprintf("%x", firstDbid)) {
				a.page(http.StatusForbidden)
			}
		}},
		{want: "alfresco.find-id", after: func(_, sent string, a *answer) {
			if isByID(sent) && !isByChange(sent) {
				nothing(a)
			}
		}},
		{want: "alfresco.find-value", after: func(_, sent string, a *answer) {
			if isByValue(sent) {
				nothing(a)
			}
		}},
		{want: "alfresco.may-write", after: func(_, sent string, a *answer) {
			if strings.Contains(sent, "allowableOperations") {
				eachEntry(a, func(node map[string]any) { delete(node, "allowableOperations") })
			}
		}},
		{want: "alfresco.index-lag", after: func(_, sent string, a *answer) {
			if isByChange(sent) {
				nothing(a)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			s := start(t, alfresco.REST)
			s.alfrescoURL = proxy(t, strings.TrimSuffix(s.alfrescoURL, "/alfresco"), tt.before, tt.after) + "/alfresco"
			require.Equal(t, []string{tt.want}, otherwise(s.check(t, nil)))
		})
	}
}

// The same with the Records API, where it is another request that breaks.
func TestEachBrokenFactOfTheRecordsAPIIsFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		want  string
		after func(path, sent string, a *answer)
	}{
		{"alfresco.missing-node", func(_, sent string, a *answer) {
			if strings.Contains(sent, alfresco.NoNode) {
				for _, r := range list(a.body, "records") {
					set(at(r, "attributes"), "gone", false)
				}
			}
		}},
		{"alfresco.search-order", func(_, _ string, a *answer) {
			if records := list(a.body, "records"); len(records) == 12 {
				records[0], records[11] = records[11], records[0]
			}
		}},
		{"alfresco.may-write", func(_, sent string, a *answer) {
			if strings.Contains(sent, "permissions._has.Write") {
				for _, r := range list(a.body, "records") {
					set(at(r, "attributes"), "rights", false)
				}
			}
		}},
		{"alfresco.index-lag", func(_, sent string, a *answer) {
			if strings.Contains(sent, "cm:modified") && strings.Contains(sent, `"page"`) {
				a.body = map[string]any{"version": 1, "records": []any{}, "totalCount": 0, "hasMore": false, "messages": []any{}}
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			s := start(t, alfresco.Records)
			s.alfrescoURL = proxy(t, strings.TrimSuffix(s.alfrescoURL, "/alfresco"), nil, tt.after) + "/alfresco"
			require.Equal(t, []string{tt.want}, otherwise(s.check(t, nil)))
		})
	}
}

// Each case breaks one fact of Kontur.Focus's.
func TestEachBrokenFactOfKonturIsFound(t *testing.T) {
	t.Parallel()
	tests := []struct {
		want  string
		after func(path string, a *answer)
	}{
		{"kontur.stat", func(path string, a *answer) {
			if strings.Contains(path, "/stat") {
				set(a.body.([]any)[0], "methodName", "api3/req")
			}
		}},
		{"kontur.clock", func(_ string, a *answer) { a.header.Set("Date", now.Add(-600e9).Format(http.TimeFormat)) }},
		{"kontur.batch egrDetails", func(path string, a *answer) {
			if strings.Contains(path, "/egrDetails") {
				a.body = append(a.body.([]any), map[string]any{"inn": "0012345673", "ogrn": "1000000000010"})
			}
		}},
		{"kontur.identifiers req", func(path string, a *answer) {
			if strings.Contains(path, "/req") {
				delete(a.body.([]any)[0].(map[string]any), "ogrn")
			}
		}},
		{"kontur.several req", func(path string, a *answer) {
			if strings.Contains(path, "/req") {
				a.body = append(a.body.([]any), a.body.([]any)[0])
			}
		}},
		{"kontur.nulls egrDetails", func(path string, a *answer) {
			if strings.Contains(path, "/egrDetails") {
				set(a.body.([]any)[0], "IP", nil)
			}
		}},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			s := start(t, alfresco.REST)
			s.konturURL = proxy(t, s.konturURL, nil, func(path, _ string, a *answer) { tt.after(path, a) })
			require.Equal(t, []string{tt.want}, otherwise(s.check(t, nil)))
		})
	}
}
