package main

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
)

// What the loop is slower or faster for must not be nodes that it leaves out.
func TestWalksAllAndSeesWhatDiffers(t *testing.T) {
	t.Parallel()
	const nodes = 2*batchSize + 50
	a, k := alfrescotest.NewServer(t), konturtest.NewServer(t)
	for n := range nodes {
		c := konturtest.Invented(n + 1)
		k.AddCompany(c)
		a.Add(alfrescotest.Node{Properties: map[string]any{
			"idocs:inn": c.INN, "idocs:ogrn": c.OGRN, "idocs:kpp": c.KPP, "idocs:fullOrganizationName": c.FullName, "idocs:shortOrganizationName": c.ShortName,
		}})
	}
	k.Update(konturtest.OGRN(1), func(c *konturtest.Company) { c.ShortName = "ООО \"Новое\"" })
	k.Update(konturtest.OGRN(nodes), func(c *konturtest.Company) { c.Address = &konturtest.Address{OneLine: "г Примерск"} })

	for reread, requests := range map[string]map[alfrescotest.Operation]int{
		"get":    {alfrescotest.Search: 4, alfrescotest.Metadata: 3, alfrescotest.Get: nodes},
		"search": {alfrescotest.Search: 4 + 3, alfrescotest.Metadata: 3},
	} {
		a.Forget()
		k.Forget()
		var out bytes.Buffer
		require.NoError(t, run([]string{"--alfresco", a.URL(), "--user", alfrescotest.DefaultUser, "--password", alfrescotest.DefaultPassword,
			"--kontur", k.URL(), "--key", k.Key(), "--reread", reread, "--kontur-concurrency", "2"}, &out))
		require.Contains(t, out.String(), fmt.Sprintf("nodes %d, differ 2, ", nodes))
		require.Equal(t, requests, a.Counts())
		require.Equal(t, 3, k.Count("req"))
		require.LessOrEqual(t, a.MaxConcurrent(), 8)
		require.LessOrEqual(t, k.MaxConcurrent(), 2)
	}
}

func TestSaysWhatFails(t *testing.T) {
	t.Parallel()
	a, k := alfrescotest.NewServer(t), konturtest.NewServer(t)
	a.Add(alfrescotest.Node{Properties: map[string]any{"idocs:inn": konturtest.INN(1)}})
	args := []string{"--alfresco", a.URL(), "--user", alfrescotest.DefaultUser, "--password", alfrescotest.DefaultPassword, "--kontur", k.URL(), "--key", "wrong"}
	require.ErrorContains(t, run(args, &bytes.Buffer{}), "GET /api3/req: 403 Forbidden")
	require.ErrorContains(t, run(append(args, "--reread", "never"), &bytes.Buffer{}), "--reread never: get or search")
}
