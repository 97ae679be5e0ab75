package methods_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/sourcestate"
)

// Messages and tables list the methods in this order.
func TestAll_listsEveryMethod(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{"req", "egrDetails", "contacts", "contactEmails", "sites", "licences", "briefReport"}, methods.All())
}

func TestAll_isACopy(t *testing.T) {
	t.Parallel()
	methods.All()[0] = "spoiled"
	require.Equal(t, "req", methods.All()[0])
}

// A pass's report and a report type call one method by one name.
func TestSourceID_isOne(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"req": "kontur.req", "egrDetails": "kontur.egr-details", "contacts": "kontur.contacts", "contactEmails": "kontur.contact-emails",
		"sites": "kontur.sites", "licences": "kontur.licences", "briefReport": "kontur.brief-report",
	}
	for _, method := range methods.All() {
		require.Equal(t, want[method], methods.SourceID(method))
		require.True(t, sourcestate.CheckID(methods.SourceID(method)))
	}
}
