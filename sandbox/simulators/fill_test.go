package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/sample"
)

const workersPassword = "pa55-of-the-worker"

func passwordFile(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "alfresco-password")
	require.NoError(t, os.WriteFile(file, []byte(workersPassword+"\n"), 0o600))
	return file
}

// load runs the command against a server and returns its status and what it said.
func load(t *testing.T, a *alfrescotest.Server, flags ...string) (status int, said string) {
	t.Helper()
	var out bytes.Buffer
	status = run(t.Context(), append([]string{"fill", "--alfresco-url", a.URL(), "--user-password-file", passwordFile(t)}, flags...), &out, &out)
	return status, out.String()
}

func fresh(t *testing.T) *alfrescotest.Server {
	t.Helper()
	return alfrescotest.NewServer(t, alfrescotest.WithAdministrator("admin", "admin"))
}

func TestFillsAFreshAlfresco(t *testing.T) {
	t.Parallel()
	a := fresh(t)
	status, said := load(t, a, "--count", "60")
	require.Equal(t, done, status, said)
	require.Equal(t, "60 counterparties created, 0 were there\nthe search finds 60\n", said)

	// They are those of the sandbox, whose companies the simulator of Kontur.Focus knows.
	k := konturtest.NewServer(t)
	other := alfrescotest.NewServer(t)
	sample.Fill(other, k, 60, 1)
	require.Equal(t, inns(other), inns(a))

	// The worker's account can log in, and has its right on the folder.
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL()+"/api/discovery", nil)
	require.NoError(t, err)
	r.SetBasicAuth("sync", workersPassword)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	folder := a.Nodes("cm:folder")
	require.Len(t, folder, 1)
	require.Equal(t, "Counterparties", folder[0].Name)
	var granted []string
	for _, r := range a.Requests() {
		if r.Operation == alfrescotest.Put {
			granted = append(granted, r.Path+" "+string(r.Body))
		}
	}
	require.Len(t, granted, 1)
	require.Contains(t, granted[0], folder[0].ID)
	require.Contains(t, granted[0], `"authorityId":"sync","name":"Editor"`)

	status, said = load(t, a, "--count", "60")
	require.Equal(t, done, status, said)
	require.Equal(t, "0 counterparties created, 60 were there\nthe search finds 60\n", said, "a second run adds nothing")
}

// inns counts the counterparties by their INN.
func inns(a *alfrescotest.Server) map[any]int {
	all := map[any]int{}
	for _, n := range a.Nodes("idocs:contractor") {
		all[n.Properties["idocs:inn"]]++
	}
	return all
}

func TestSaysWhatAlfrescoRefuses(t *testing.T) {
	t.Parallel()
	status, said := load(t, fresh(t), "--admin-password", "wrong")
	require.Equal(t, failed, status)
	require.Equal(t, "POST alfresco/versions/1/people: Alfresco answers 401 Unauthorized\n", said)

	a := fresh(t)
	a.Inject(alfrescotest.Fault{Operation: alfrescotest.Create, Status: http.StatusUnprocessableEntity, Times: 1000, Skip: 0})
	status, said = load(t, a, "--count", "3")
	require.Equal(t, failed, status)
	require.Contains(t, said, "Alfresco answers 422 Unprocessable Entity")
}

func TestWaitsForTheIndexAndGivesUp(t *testing.T) {
	t.Parallel()
	a := alfrescotest.NewServer(t, alfrescotest.WithAdministrator("admin", "admin"), alfrescotest.WithIndexLag())
	status, said := load(t, a, "--count", "3", "--timeout", "3s")
	require.Equal(t, failed, status)
	require.Contains(t, said, "3 counterparties created")
	require.Contains(t, said, "wait for the search index")
	require.Contains(t, said, "0 of 3")
}

func TestFillRefuses(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"now":                           `"now" is not allowed`,
		"--count 0":                     "--count: 0 is not allowed; allowed: a whole number from 1 to 100000",
		"--alfresco-url http://x/share": `--alfresco-url: "http://x/share" is not allowed`,
		"--alfresco-url http://x/alfresco --count 1": "--user-password-file is missing",
	} {
		var out bytes.Buffer
		require.Equal(t, usage, run(t.Context(), append([]string{"fill"}, strings.Fields(give)...), &out, &out), give)
		require.Contains(t, out.String(), want, give)
	}
}
