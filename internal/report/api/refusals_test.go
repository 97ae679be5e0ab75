package api_test

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"counterparty-sync/internal/report/api"
	"counterparty-sync/internal/report/callers"
	"counterparty-sync/internal/secret"
)

// door is the API with a clock of its own.
type door struct {
	t       *testing.T
	now     time.Time
	counted map[string]int
	logs    *observer.ObservedLogs
	api     http.Handler
}

func newDoor(t *testing.T) *door {
	list, err := callers.Parse([]byte("callers: [{name: crm, passwordHash: ICy5YqxZB1uWSwcVLSNLcA==}]"))
	require.NoError(t, err)
	core, logs := observer.New(zap.DebugLevel)
	d := &door{t: t, now: now, counted: map[string]int{}, logs: logs}
	d.api = api.New(api.Options{
		Reports: fake{}, Types: types, Token: secret.New(token), Callers: func() *callers.Callers { return list }, Now: func() time.Time { return d.now },
		Refused: func(reason string) { d.counted[reason]++ }, Log: zap.New(core),
	})
	return d
}

// knock asks for something with a header Authorization, and returns status and Retry-After.
func (d *door) knock(from, authorization string) (int, string) {
	r := httptest.NewRequest("GET", "/user/report_types", nil)
	r.RemoteAddr = from
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	w := httptest.NewRecorder()
	d.api.ServeHTTP(w, r)
	require.NotContains(d.t, w.Body.String(), token)
	if w.Code == http.StatusTooManyRequests {
		require.Contains(d.t, w.Body.String(), `"exception":"TooManyRequests"`)
		require.Empty(d.t, w.Header().Get("WWW-Authenticate"))
	}
	return w.Code, w.Header().Get("Retry-After")
}

const (
	wrong  = "Bearer t0ken-of-somebody-else"
	right  = "Bearer " + token
	mallet = "192.0.2.1:1000"
)

func TestRefusalsAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, authorization string
		status              int
	}{
		{"none", "", http.StatusUnauthorized}, {"malformed", "Basic dXNlcjpwYXNz", http.StatusBadRequest}, {"wrong", wrong, http.StatusUnauthorized},
		{"untimely", "AR-REST " + computed("crm", "123", now.Add(-time.Hour), 60), http.StatusForbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := newDoor(t)
			for range 10 {
				status, _ := d.knock(mallet, tt.authorization)
				require.Equal(t, tt.status, status)
			}
			for range 1000 {
				status, after := d.knock("192.0.2.1:2000", tt.authorization) // another port, the same address
				require.Equal(t, http.StatusTooManyRequests, status)
				require.Equal(t, "10", after)
				status, _ = d.knock(mallet, right)
				require.Contains(t, []int{http.StatusOK, http.StatusTooManyRequests}, status)
				d.now = d.now.Add(time.Millisecond)
			}
			// One in a thousand addresses shares its limit with this one, so that others are tried, too.
			others, status := 0, http.StatusTooManyRequests
			for ; others < 4 && status == http.StatusTooManyRequests; others++ {
				status, _ = d.knock(fmt.Sprintf("192.0.2.%d:1000", 2+others), tt.authorization)
			}
			require.Equal(t, tt.status, status, "another address")
			require.Equal(t, map[string]int{tt.name: 1010 + others}, d.counted)

			d.now = d.now.Add(10 * time.Second)
			status, _ = d.knock(mallet, tt.authorization)
			require.Equal(t, tt.status, status)
			status, _ = d.knock(mallet, tt.authorization)
			require.Equal(t, http.StatusTooManyRequests, status)
		})
	}
}

// Behind one proxy all callers have one address.
func TestTheTokenIsTakenWhateverOthersShow(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for range 5000 {
		d.knock(mallet, wrong)
	}
	for range 2 * api.DefaultCallerRate {
		status, _ := d.knock(mallet, right)
		require.Equal(t, http.StatusOK, status)
	}
}

func TestRefusalsAreLimitedInAll(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	statuses := map[int]int{}
	last := ""
	for i := range 10_000 {
		status, after := d.knock(netip.AddrPortFrom(netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(i)))), 1).String(), wrong)
		statuses[status]++
		last = after
	}
	require.Equal(t, map[int]int{http.StatusUnauthorized: 100, http.StatusTooManyRequests: 9900}, statuses)
	require.Contains(t, []string{"1", "10"}, last)
	status, _ := d.knock(mallet, right)
	require.Equal(t, http.StatusOK, status)
}

// Who has one address of IPv6 has 2^64 of them.
func TestRefusalsOfOneNetworkAreOfOneCaller(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	for range 10 {
		d.knock("[2001:db8::1]:1000", wrong)
	}
	status, _ := d.knock("[2001:db8::ffff:2%eth0]:1000", wrong)
	require.Equal(t, http.StatusTooManyRequests, status)
	status, _ = d.knock("[2001:db8:0:1::1]:1000", wrong)
	require.Equal(t, http.StatusUnauthorized, status)
	for range 10 {
		d.knock("[::ffff:192.0.2.7]:1000", wrong)
	}
	status, _ = d.knock("192.0.2.7:1000", wrong)
	require.Equal(t, http.StatusTooManyRequests, status)
}

func TestRefusalsAreLoggedOnceAMinute(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDoor(t)
		lines := func() (all []map[string]any) {
			synctest.Wait()
			for _, entry := range d.logs.TakeAll() {
				require.Equal(t, zap.WarnLevel, entry.Level)
				require.Equal(t, "callers without the token of reports were refused", entry.Message)
				all = append(all, entry.ContextMap())
			}
			return all
		}
		for range 500 {
			d.knock(mallet, wrong)
		}
		require.Equal(t, []map[string]any{{"refused": int64(1), "from": "192.0.2.1"}}, lines(), "the first at once")
		time.Sleep(59 * time.Second)
		d.knock("192.0.2.9:1", wrong)
		require.Empty(t, lines())
		time.Sleep(time.Second)
		require.Equal(t, []map[string]any{{"refused": int64(500), "from": "192.0.2.9"}}, lines())
		time.Sleep(time.Hour)
		require.Empty(t, lines(), "nothing happened")
		d.knock(mallet, right)
		require.Empty(t, lines())
		d.knock(mallet, wrong)
		require.Len(t, lines(), 1)
		time.Sleep(time.Minute)
	})
}

// A line of the log and an answer hold nothing of what was shown.
func TestRefusalsRepeatNothing(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	d.knock(mallet, "Bearer almost-"+token)
	for _, entry := range d.logs.All() {
		require.NotContains(t, entry.Message, "almost")
		for _, value := range entry.ContextMap() {
			require.False(t, strings.Contains(stringOf(value), "almost"))
		}
	}
}
