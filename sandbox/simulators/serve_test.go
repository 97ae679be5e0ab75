package main

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/sandbox/rig"
)

// ask returns the status of an answer, 0 without one.
func ask(t *testing.T, url string, change func(*http.Request)) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	change(r)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	_ = response.Body.Close()
	return response.StatusCode
}

func TestBothAnswerAndFitTogether(t *testing.T) {
	t.Parallel()
	a, k := rig.FreeAddress(t), rig.FreeAddress(t)
	args := []string{"--alfresco", a, "--kontur", k, "--count", "10"}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var out, errs bytes.Buffer
	require.Equal(t, failed, run(t.Context(), append(args, "--healthcheck"), &out, &errs), "nothing runs yet")
	require.Contains(t, errs.String(), "no simulator answers")

	go func() { ended <- run(ctx, args, &out, &errs) }()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		require.Equal(c, done, run(t.Context(), append(args, "--healthcheck"), &bytes.Buffer{}, &bytes.Buffer{}))
	}, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, http.StatusOK, ask(t, "http://"+a+"/alfresco/api/discovery", func(r *http.Request) {
		r.SetBasicAuth(alfrescotest.DefaultUser, alfrescotest.DefaultPassword)
	}))
	require.Equal(t, http.StatusOK, ask(t, "http://"+k+"/api3/req?inn=7736050003&key="+konturtest.DefaultKey, func(*http.Request) {}))
	cancel()
	require.Equal(t, done, <-ended)
	require.Contains(t, out.String(), "10 counterparties")
}

func TestKonturAlone(t *testing.T) {
	t.Parallel()
	args := []string{"--alfresco", "off", "--kontur", rig.FreeAddress(t), "--count", "10"}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var out bytes.Buffer
	go func() { ended <- run(ctx, args, &out, &bytes.Buffer{}) }()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		require.Equal(c, done, run(t.Context(), append(args, "--healthcheck"), &bytes.Buffer{}, &bytes.Buffer{}))
	}, 10*time.Second, 10*time.Millisecond)
	cancel()
	require.Equal(t, done, <-ended)
	require.NotContains(t, out.String(), "Alfresco")
	require.Regexp(t, `\n[1-9]\d* companies\n`, out.String())
}

func TestServeRefuses(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"now":        `"now" is not allowed; allowed: flags only; --help lists them`,
		"--count=0":  "--count: 0 is not allowed; allowed: a whole number from 1 to 100000",
		"--kontur=x": "start the simulator of Kontur.Focus",
	} {
		var errs bytes.Buffer
		require.NotEqual(t, done, run(t.Context(), []string{give}, &bytes.Buffer{}, &errs), give)
		require.Contains(t, errs.String(), want, give)
	}
	var errs bytes.Buffer
	require.Equal(t, usage, run(t.Context(), []string{"--alfresco", "off", "--kontur", "off"}, &bytes.Buffer{}, &errs))
	require.Contains(t, errs.String(), "both off")
}
