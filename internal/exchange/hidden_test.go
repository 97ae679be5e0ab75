package exchange_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/exchange"
)

const (
	aNode    = "https://hq/alfresco/api/-default-/public/alfresco/versions/1/nodes/3fa2b0c4-6b1d-4e7a-9c55-1e2f3a4b5c6d"
	aCompany = "https://hq/api3/req?inn=7736050003"
	aStat    = "https://hq/api3/stat"
	aQuery   = "https://hq/alfresco/s/citeck/ecos/records/query"
)

// Systems say values in many a way, and not all of what they say is JSON.
func TestNoValueIsShownHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, system, url string
		status            int
		answer            string
		not               []string
	}{
		{"JSON that breaks off", exchange.Kontur, aCompany, 200, `[{"inn":"7736050003","UL":{"legalName":{"full":"ООО Ромашка","latin":"Daisy LLC","pho`, []string{"Ромашка", "Daisy", "7736050003"}},
		{"JSON with something behind it", exchange.Kontur, aStat, 200, `[{"methodName":"api3/req"}] <!-- Ромашка, proxy7.corp.example -->`, []string{"Ромашка", "proxy7"}},
		{"a name in quotes", exchange.Alfresco, aNode, 500, `{"error":{"briefSummary":"0825 Duplicate child name not allowed: 'Daisy LLC', \"Buttercup\", «Tulip»"}}`, []string{"Daisy", "Buttercup", "Tulip"}},
		{"a name without quotes", exchange.Alfresco, aNode, 500, `{"error":{"briefSummary":"0825 Duplicate child name not allowed: ООО РОМАШКА"}}`, []string{"РОМАШКА"}},
		{"a name in an address", exchange.Alfresco, aNode, 500, `{"error":{"briefSummary":"bad query name=%D0%A0%D0%BE%D0%BC and %d0%a0"}}`, []string{"%D0%A0", "%d0%a0"}},
		{"a number with blanks", exchange.Alfresco, aNode, 500, `{"error":{"briefSummary":"Bad value 7736 050 003 and +7 (495) 123-45-67"}}`, []string{"7736 050 003", "495", "45-67"}},
		{"full-width digits", exchange.Kontur, aCompany, 200, `[{"inn":"７７３６０５０００３","x":"٧٧٣٦"}]`, []string{"７７３６０５０００３", "٧٧٣٦"}},
		{"a header that is echoed", exchange.Alfresco, aNode, 502, "denied: Authorization: Basic c" + "qpAbCdEfGhIj== and Bearer AbCdEfGh", []string{"qpAbCdEf", "AbCdEfGh"}},
		{"a host in capitals", exchange.Alfresco, aNode, 502, "no route to HQ", []string{"HQ"}},
		{"a number that sits deeper", exchange.Alfresco, aNode, 200, `{"entry":{"properties":{"idocs:sum":{"value":987654321}}}}`, []string{"987654321"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			text := line(t, recorded(t, tt.system, "GET", tt.url, "", tt.status, tt.answer))
			for _, hidden := range tt.not {
				require.NotContains(t, text, hidden)
			}
		})
	}
}

func TestWhatIsComparedIsMasked(t *testing.T) {
	t.Parallel()
	text := line(t, recorded(t, exchange.Alfresco, "POST", aQuery, `{"query":{"t":"and","val":[{"t":"in","att":"idocs:inn","val":["7736050003",7736050003]},{"t":"eq","att":"idocs:sum","val":987654321}]}}`, 200, `{"records":[]}`))
	require.NotContains(t, text, "7736050003")
	require.NotContains(t, text, "987654321")
}

func TestAnAccountIsTakenOutOfWords(t *testing.T) {
	t.Parallel()
	r := exchange.NewRecorder(time.Now, nil)
	r.Hide("", "svc-sync")
	_, err := r.Transport(exchange.Alfresco)(roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 403, Body: io.NopCloser(strings.NewReader("Access denied for user SVC-sync"))}, nil
	})).RoundTrip(httptest.NewRequest("GET", aNode, nil))
	require.NoError(t, err)
	require.Equal(t, "Access denied for user account", string(r.Exchanges()[0].Answer))
}

// A simulator that is fed with the recording has to be understood as the system was.
func TestWordsThatTellTheKindOfTroubleStay(t *testing.T) {
	t.Parallel()
	for _, give := range []string{
		"No valid key specified", "Неверный ключ", "No query language available", "The node can't be read, don't try",
		"net.sf.acegisecurity.AccessDeniedException: no", "sun.nio.ch.SomeError", "java.lang.IllegalStateException: status 500 of 12 nodes at 2026-01-02",
	} {
		require.Equal(t, give, string(recorded(t, exchange.Kontur, "GET", aStat, "", 403, give).Answer))
		require.Equal(t, `{"message":"`+give+`"}`, string(recorded(t, exchange.Kontur, "GET", aStat, "", 403, `{"message":"`+give+`"}`).Answer))
		require.Equal(t, `{"message":"`+give+`"}`, string(recorded(t, exchange.Alfresco, "GET", aNode, "", 500, `{"message":"`+give+`"}`).Answer))
	}
}

func TestAnIdInWordsIsMaskedAsEverywhere(t *testing.T) {
	t.Parallel()
	e := recorded(t, exchange.Alfresco, "GET", aNode, "", 404, `{"message":"no 3fa2b0c4-6b1d-4e7a-9c55-1e2f3a4b5c6d, nor cm:name:\"3fa2b0c4-6b1d-4e7a-9c55-1e2f3a4b5c6d\""}`)
	require.Equal(t, 2, strings.Count(string(e.Answer), path.Base(e.Path)), string(e.Answer))
}

func TestALongTextIsMaskedInNoTime(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("слово за словом 12345 ", 20_000)
	start := time.Now()
	require.NotContains(t, string(recorded(t, exchange.Alfresco, "GET", aNode, "", 500, text).Answer), "слово")
	require.Less(t, time.Since(start), 20*time.Second)
}

func TestANumberIsMaskedAsItsText(t *testing.T) {
	t.Parallel()
	m := exchange.NewMasker()
	for _, give := range []string{"1000000000010", "5000000000017", "300000000000015"} {
		require.Equal(t, m.Text(give), m.Number(give))
	}
	n := m.Number("7736050003")
	require.True(t, json.Valid([]byte(n)), n)
	require.NotEqual(t, "5", m.Number("5"))
	require.NotEqual(t, "1", m.Number("1"))
}

func TestAnIdentifierThatIsANumberIsFoundByTheOneThatWasAskedFor(t *testing.T) {
	t.Parallel()
	e := recorded(t, exchange.Kontur, "GET", aCompany+",1000000000010", "", 200, `[{"inn":7736050003,"ogrn":1000000000010}]`)
	inn, ogrn, _ := strings.Cut(strings.TrimPrefix(e.Query, "inn="), "%2C")
	require.JSONEq(t, `[{"inn":"`+inn+`","ogrn":`+ogrn+`}]`, string(e.Answer))
}

func line(t *testing.T, e exchange.Exchange) string {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(e))
	return b.String()
}

// A server may use values for names of fields.
func TestANameOfAFieldThatIsAValueIsMasked(t *testing.T) {
	t.Parallel()
	for _, system := range []string{exchange.Kontur, exchange.Alfresco} {
		text := line(t, recorded(t, system, "GET", aNode, "", 200, `{"7736050003":{"Ромашка":1},"idocs:inn":"x","a1":2,"ns2:some-name_1b":3,"UL":{}}`))
		require.NotContains(t, text, "7736050003")
		require.NotContains(t, text, "Ромашка")
		for _, name := range []string{`"idocs:inn"`, `"a1"`, `"ns2:some-name_1b"`, `"UL"`} {
			require.Contains(t, text, name)
		}
	}
}
