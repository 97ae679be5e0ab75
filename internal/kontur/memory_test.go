package kontur

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/internal/secret"
)

func TestWeightsSizeTheNextRequest(t *testing.T) {
	t.Parallel()
	type answer struct {
		ids   int
		bytes int64
	}
	tests := []struct {
		name string
		give []answer
		ids  int
		want []int // the calls about so many
	}{
		{"nothing is known", nil, 250, []int{100, 100, 50}},
		{"small ones", []answer{{100, 500_000}}, 100, []int{100}},
		{"as much as there may be", []answer{{100, 1_000_000}}, 100, []int{100}},
		{"large ones, in equal parts", []answer{{100, 1_500_000}}, 100, []int{50, 50}},
		{"larger ones", []answer{{100, 4_000_000}}, 100, []int{25, 25, 25, 25}},
		{"one that is larger than all of it", []answer{{100, 200_000_000}}, 3, []int{1, 1, 1}},
		{"a report about the largest", []answer{{100, 500_000}, {1, 500_000}}, 100, []int{100}},
		{"the last hundred count", []answer{{100, 4_000_000}, {100, 500_000}}, 100, []int{100}},
		{"a few count less", []answer{{100, 500_000}, {50, 1_000_000}}, 100, []int{50, 50}},
		{"nobody is known there", []answer{{100, 2}}, 100, []int{100}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := weights{target: 1_000_000}
			for _, a := range tt.give {
				w.note("egrDetails", a.ids, a.bytes)
			}
			var calls []int
			for left := tt.ids; left > 0; left -= calls[len(calls)-1] {
				calls = append(calls, w.share("egrDetails", left))
			}
			require.Equal(t, tt.want, calls)
			require.Equal(t, 100, w.share("req", 100), "each method by itself")
		})
	}
}

// No answer is thrown away for its size: the one after it is about fewer.
func TestQueryAsksAboutFewerWhereAnswersWeighMuch(t *testing.T) {
	t.Parallel()
	s := konturtest.NewServer(t, konturtest.WithFatItems())
	var inns []string
	for n := range 6 {
		inns = append(inns, konturtest.INN(n+1))
		s.AddCompany(konturtest.Company{INN: konturtest.INN(n + 1), OGRN: konturtest.OGRN(n + 1)})
	}
	c, err := New(Options{BaseURL: s.URL(), Key: secret.New(s.Key()), RequestsPerSecond: 1e6})
	require.NoError(t, err)
	c.weights.target = 150_000
	items := 0
	for _, want := range []int{1, 2} {
		calls, err := c.Query(t.Context(), "egrDetails", counterparty.Askable(counterparty.INN, inns), func(Item) error { items++; return nil })
		require.NoError(t, err)
		require.Equal(t, want, calls)
	}
	require.Equal(t, 12, items)
	var asked []int
	for _, r := range s.Requests() {
		asked = append(asked, len(r.IDs))
	}
	// Six weigh 28 KB for each of a hundred by then, so that three and three are about right.
	require.Equal(t, []int{6, 3, 3}, asked)
}

// stream answers with companies as large as the largest that is known, without holding them.
type stream struct{ items int }

const largeItem = 689_000

func (s stream) RoundTrip(*http.Request) (*http.Response, error) {
	r, w := io.Pipe()
	go func() {
		filler := strings.Repeat(`{"grn":"2000000000001","date":"2019-03-21","name":"Изменение сведений"},`, largeItem/90)
		for i := range s.items {
			mark := ","
			if i == 0 {
				mark = "["
			}
			if _, err := fmt.Fprintf(w, `%s{"UL":{"egrRecords":[%s{}]},"inn":%q,"ogrn":%q}`, mark, filler, konturtest.INN(i+1), konturtest.OGRN(i+1)); err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, "]")
		_ = w.Close()
	}()
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: r, ContentLength: -1}, nil
}

// However many companies an answer is about and however many answers are read at a time, one company is decoded. It is no
// parallel test: what others hold would count.
func TestQueryHoldsOneItemDecoded(t *testing.T) {
	const items, calls = 12, 2
	// Decoded, an item of this kind takes ten times its size.
	const one = 10 * largeItem
	c, err := newClient(Options{BaseURL: "http://focus.test", Key: secret.New("k"), RequestsPerSecond: 1e6, Concurrency: calls}, stream{items})
	require.NoError(t, err)
	ids := make([]string, items)
	for i := range ids {
		ids[i] = konturtest.INN(i + 1)
	}
	live := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := live()
	var most, bytes, decoding int64
	var together atomic.Int64
	var wg sync.WaitGroup
	for range calls {
		wg.Go(func() {
			_, err := c.Query(context.Background(), "egrDetails", counterparty.Askable(counterparty.INN, ids), func(item Item) error {
				decoding = max(decoding, together.Add(1))
				defer together.Add(-1)
				most, bytes = max(most, live()-before), bytes+item.Bytes
				runtime.KeepAlive(item)
				return nil
			})
			require.NoError(t, err)
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, decoding)
	require.Greater(t, bytes, int64(calls*items*largeItem*9/10))
	t.Logf("%d calls about %d companies each: %d MB of text, %.1f MB live at most", calls, items, bytes/1e6, float64(most)/1e6)
	// The item, and of each call the text of one with room to grow.
	require.Less(t, most, int64(2*one+calls*4*largeItem))
}

// A large answer is understood while it is read: what goes wrong in its middle is told as if it had been read before.
func TestQueryOfALargeAnswerThatGoesWrong(t *testing.T) {
	t.Parallel()
	var inns []string
	for n := range 8 {
		inns = append(inns, konturtest.INN(n+1))
	}
	tests := []struct {
		name  string
		fault konturtest.Fault
		kind  Kind
		text  string
	}{
		{"it breaks off", konturtest.Fault{Trouble: konturtest.CutBody}, Unavailable, "the answer broke off: the connection was cut"},
		{"it ends too early", konturtest.Fault{Trouble: konturtest.TruncatedJSON}, BadResponse, "no JSON array: unexpected EOF"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := konturtest.NewServer(t, konturtest.WithFatItems())
			for n := range inns {
				s.AddCompany(konturtest.Company{INN: konturtest.INN(n + 1), OGRN: konturtest.OGRN(n + 1)})
			}
			s.Inject(tt.fault)
			var seen Call
			c, err := New(Options{BaseURL: s.URL(), Key: secret.New(s.Key()), RequestsPerSecond: 1e6, Observe: func(call Call) { seen = call }})
			require.NoError(t, err)
			handed := 0
			_, err = c.Query(t.Context(), "egrDetails", counterparty.Askable(counterparty.INN, inns), func(Item) error { handed++; return nil })
			var e *Error
			require.ErrorAs(t, err, &e)
			require.Equal(t, tt.kind, e.Kind)
			require.Equal(t, tt.text, e.Text)
			require.Equal(t, http.StatusOK, e.Status)
			require.Positive(t, handed, "the caller drops them")
			require.Equal(t, tt.kind, seen.Kind)
			require.Equal(t, handed, seen.Items)
			require.Greater(t, seen.Bytes, int64(smallAnswer))
			require.Empty(t, c.decoding)

			s.ClearFaults()
			ctx, cancel := context.WithCancel(t.Context())
			_, err = c.Query(ctx, "egrDetails", counterparty.Askable(counterparty.INN, inns), func(Item) error { cancel(); return nil })
			require.ErrorIs(t, err, context.Canceled)
			require.NotErrorAs(t, err, &e, "that is not the server's fault")
			_, err = c.Query(t.Context(), "egrDetails", counterparty.Askable(counterparty.INN, inns), forget)
			require.NoError(t, err, "slot and turnstile are free again")
		})
	}
}
