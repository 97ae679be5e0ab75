package alfresco_test

import (
	"testing"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// via is an API and the operations in which it does its work. A rule that holds with both is tested with both.
type via struct {
	api                 alfresco.API
	search, read, write alfrescotest.Operation
}

func eachAPI(t *testing.T, test func(t *testing.T, v via)) {
	t.Helper()
	t.Parallel()
	for _, v := range []via{
		{alfresco.REST, alfrescotest.Search, alfrescotest.Get, alfrescotest.Put},
		{alfresco.Records, alfrescotest.Query, alfrescotest.Query, alfrescotest.Mutate},
	} {
		t.Run(string(v.api), func(t *testing.T) {
			t.Parallel()
			test(t, v)
		})
	}
}

// server starts a server that has the API.
func (v via) server(t *testing.T, opts ...alfrescotest.Option) *alfrescotest.Server {
	t.Helper()
	if v.api == alfresco.Records {
		opts = append([]alfrescotest.Option{alfrescotest.WithRecords(alfrescotest.Unsure{})}, opts...)
	}
	return alfrescotest.NewServer(t, opts...)
}

// client makes a client that speaks the API; change may be nil.
func (v via) client(t *testing.T, s *alfrescotest.Server, change func(*alfresco.Options)) *alfresco.Client {
	t.Helper()
	return newClient(t, s, func(o *alfresco.Options) {
		o.API = v.api
		if change != nil {
			change(o)
		}
	})
}
