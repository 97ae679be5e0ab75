package alfresco_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/secret"
)

func withTicket(o *alfresco.Options) { o.Auth = alfresco.Ticket }

func TestBasicWithAWrongPasswordFailsAtOnce(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 20)
		c := v.client(t, s, func(o *alfresco.Options) { o.Password, o.Concurrency = secret.New("wrong"), 1 })
		_, err := c.Update(t.Context(), ids, wanted, setKPP("1"))
		require.NotEmpty(t, requireKind(t, alfresco.BadCredentials, err).Hint)
		require.Len(t, s.Requests(), 1, "many tries may lock the account")
	})
}

func TestTicketIsSentInPlaceOfThePassword(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		addNodes(s, 1)
		_, err := v.client(t, s, withTicket).NextPage(t.Context(), page(0, 1))
		require.NoError(t, err)
		requests := s.Requests()
		require.Equal(t, alfrescotest.Ticket, requests[0].Operation)
		require.Empty(t, requests[0].Header.Get("Authorization"))
		for _, r := range requests[1:] {
			decoded, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(r.Header.Get("Authorization"), "Basic "))
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(string(decoded), "ROLE_TICKET:TICKET_"))
			require.Empty(t, r.Header.Get("Cookie"))
			require.NotContains(t, r.Query, "ticket")
		}
	})
}

func TestTicketWithAWrongPasswordFails(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		c := v.client(t, s, func(o *alfresco.Options) { o.Auth, o.Password = alfresco.Ticket, secret.New("wrong") })
		_, err := c.NextPage(t.Context(), page(0, 1))
		require.Equal(t, "ticket", requireKind(t, alfresco.BadCredentials, err).Operation)
		require.Len(t, s.Requests(), 1)
	})
}

func TestTicketThatEndedIsRenewedOnceForAllRequests(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		now, mu := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), sync.Mutex{}
		clock := func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			return now
		}
		s := v.server(t, alfrescotest.WithClock(clock), alfrescotest.WithLatency(alfrescotest.Latency{Get: time.Millisecond}))
		ids := addNodes(s, 30)
		c := v.client(t, s, withTicket)
		_, err := c.Update(t.Context(), ids, wanted, setKPP("1"))
		require.NoError(t, err)
		require.Equal(t, 1, s.Count(alfrescotest.Ticket), "one login for all that began at once")
		mu.Lock()
		now = now.Add(2 * time.Hour)
		mu.Unlock()
		updates, err := c.Update(t.Context(), ids, wanted, setKPP("2"))
		require.NoError(t, err)
		require.Len(t, updates, 30)
		require.Len(t, s.Writes(), 60)
		require.Equal(t, 2, s.Count(alfrescotest.Ticket))
	})
}

func TestTicketThatEndsBeforeAWriteIsRenewed(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		ids := addNodes(s, 1)
		var once sync.Once
		s.OnRequest(func(op alfrescotest.Operation, _ *http.Request) {
			if op == v.write {
				once.Do(s.ExpireTickets)
			}
		})
		updates, err := v.client(t, s, withTicket).Update(t.Context(), ids, wanted, setKPP("1"))
		require.NoError(t, err)
		require.True(t, updates[0].Written)
		require.Len(t, s.Writes(), 1)
	})
}

func TestTicketIsRenewedOnlyOncePerRequest(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		s := v.server(t)
		s.Inject(alfrescotest.Fault{Operation: v.search, Status: 401, HTML: true})
		_, err := v.client(t, s, withTicket).NextPage(t.Context(), page(0, 1))
		requireKind(t, alfresco.BadCredentials, err)
		require.Equal(t, 2, s.Count(alfrescotest.Ticket))
		require.Equal(t, 2, s.Count(v.search))
	})
}

func TestTicketTroubleHasItsKind(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		tests := []struct {
			name string
			give alfrescotest.Fault
			want alfresco.Kind
		}{
			{"unavailable", alfrescotest.Fault{Status: 503, HTML: true}, alfresco.Unavailable},
			{"a page", alfrescotest.Fault{HTML: true}, alfresco.BadResponse},
			{"no ticket", alfrescotest.Fault{Status: 201, Body: `{"entry":{}}`}, alfresco.BadResponse},
			{"refused by SAML", alfrescotest.Fault{Status: 501}, alfresco.BadRequest},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s := v.server(t)
				tt.give.Operation = alfrescotest.Ticket
				s.Inject(tt.give)
				_, err := v.client(t, s, withTicket).NextPage(t.Context(), page(0, 1))
				requireKind(t, tt.want, err)
			})
		}
	})
}
