package alfresco_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/secret"
)

// eachLogin tests a rule with both APIs and both ways to log in.
func eachLogin(t *testing.T, test func(t *testing.T, v via, login func(*alfresco.Options))) {
	t.Helper()
	eachAPI(t, func(t *testing.T, v via) {
		for _, auth := range []alfresco.Auth{alfresco.Basic, alfresco.Ticket} {
			t.Run(string(auth), func(t *testing.T) {
				t.Parallel()
				test(t, v, func(o *alfresco.Options) { o.Auth = auth })
			})
		}
	})
}

// A directory that restarts at night refuses each login for a while. That ends by itself.
func TestRefusedLoginThatWentThroughBeforeIsAnOutage(t *testing.T) {
	eachLogin(t, func(t *testing.T, v via, login func(*alfresco.Options)) {
		s := v.server(t)
		ids := addNodes(s, 40)
		c := v.client(t, s, login)
		_, err := c.NextPage(t.Context(), page(0, 1))
		require.NoError(t, err)

		s.SetDirectoryDown(true)
		s.ExpireTickets()
		_, err = c.Update(t.Context(), ids, wanted, setKPP("1"))
		e := requireKind(t, alfresco.Unavailable, err)
		require.Contains(t, e.Error(), "the login of ALFRESCO_USER is refused")
		require.Contains(t, e.Hint, "directory")
		require.Contains(t, e.Hint, "ALFRESCO_PASSWORD")
		require.LessOrEqual(t, s.RefusedPasswords(), alfresco.DefaultConcurrency, "those that were in flight")

		for range 3 { // the tries of a pass
			s.Forget()
			_, err = c.Update(t.Context(), ids, wanted, setKPP("1"))
			require.Equal(t, e, requireKind(t, alfresco.Unavailable, err))
			require.Equal(t, 1, s.MaxConcurrent(), "one request at a time tries the login")
		}
		s.SetDirectoryDown(false)
		updates, err := c.Update(t.Context(), ids, wanted, setKPP("1"))
		require.NoError(t, err)
		require.Len(t, updates, 40)
		require.Len(t, s.Writes(), 40)
	})
}

// A login with which nothing ever went through is wrong, and an outage of another kind is no proof of the contrary.
func TestLoginThatNeverWentThroughIsWrongAtOnce(t *testing.T) {
	eachLogin(t, func(t *testing.T, v via, login func(*alfresco.Options)) {
		s := v.server(t)
		ids := addNodes(s, 20)
		s.Inject(alfrescotest.Fault{Status: http.StatusBadGateway, HTML: true})
		c := v.client(t, s, func(o *alfresco.Options) {
			login(o)
			o.Password = secret.New("wrong")
		})
		_, err := c.NextPage(t.Context(), page(0, 1))
		requireKind(t, alfresco.Unavailable, err)
		s.ClearFaults()
		for range 2 {
			_, err = c.Update(t.Context(), ids, wanted, setKPP("1"))
			requireKind(t, alfresco.BadCredentials, err)
		}
	})
}

// What says nothing about the login leaves it in doubt.
func TestTryOfALoginThatGetsNoWordLeavesItInDoubt(t *testing.T) {
	eachLogin(t, func(t *testing.T, v via, login func(*alfresco.Options)) {
		s := v.server(t)
		ids := addNodes(s, 20)
		c := v.client(t, s, login)
		_, err := c.NextPage(t.Context(), page(0, 1))
		require.NoError(t, err)
		s.SetDirectoryDown(true)
		s.ExpireTickets()
		_, err = c.NextPage(t.Context(), page(0, 1))
		requireKind(t, alfresco.Unavailable, err)
		s.Forget()
		s.Inject(alfrescotest.Fault{Status: http.StatusBadGateway, HTML: true})
		_, err = c.Update(t.Context(), ids, wanted, setKPP("1"))
		requireKind(t, alfresco.Unavailable, err)
		require.Equal(t, 1, s.MaxConcurrent(), "one at a time")
		s.ClearFaults()
		s.SetDirectoryDown(false)
		_, err = c.Update(t.Context(), ids, wanted, setKPP("1"))
		require.NoError(t, err)
	})
}

// A login that fails is nobody's own trouble, however often it takes until one goes through.
func TestFailingLoginIsBlamedOnNoNode(t *testing.T) {
	eachAPI(t, func(t *testing.T, v via) {
		for times := 1; times < 10; times++ {
			s := v.server(t)
			ids := addNodes(s, 8)
			s.Inject(alfrescotest.Fault{Operation: alfrescotest.Ticket, Status: http.StatusInternalServerError, Times: times})
			c := v.client(t, s, func(o *alfresco.Options) { o.Auth, o.Concurrency = alfresco.Ticket, 1 })
			updates, err := c.Update(t.Context(), ids, wanted, setKPP("002202002"))
			require.Error(t, err, "%d times", times)
			for _, u := range updates {
				require.Nil(t, u.Refusal, "%d times", times)
				require.NoError(t, u.Open)
			}
			require.False(t, alfresco.MayBeOne(err))
		}
	})
}
