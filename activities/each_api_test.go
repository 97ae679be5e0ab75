package activities_test

import (
	"net/http"
	"testing"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// via is an API of Alfresco and the operations in which it does its work. What a pass does to nodes is tested with both.
type via struct {
	api         alfresco.API
	read, write alfrescotest.Operation
	// refused is an answer that says that a node breaks the content model.
	refused alfrescotest.Fault
}

func eachAPI(t *testing.T, test func(t *testing.T, v via)) {
	t.Helper()
	t.Parallel()
	const text = "Integrity failure: idocs:email does not match the regular expression"
	for _, v := range []via{
		{alfresco.REST, alfrescotest.Get, alfrescotest.Put, alfrescotest.Fault{Status: http.StatusUnprocessableEntity, Summary: text}},
		{alfresco.Records, alfrescotest.Query, alfrescotest.Mutate, alfrescotest.Fault{
			Body: `{"records":[],"messages":[{"level":"ERROR","type":"t","msg":{"type":"IntegrityException","msg":"` + text + `"}}]}`}},
	} {
		t.Run(string(v.api), func(t *testing.T) {
			t.Parallel()
			test(t, v)
		})
	}
}

// world is a new world in which the activities speak the API.
func (v via) world(t *testing.T, opts ...alfrescotest.Option) *world {
	t.Helper()
	w := newWorld(t, append(opts, alfrescotest.WithRecords(alfrescotest.Unsure{}))...)
	w.repository = alfrescoClient(t, w.alfresco.URL(), alfrescotest.DefaultPassword, v.api)
	return w
}
