package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/config"
)

func TestQuoted(t *testing.T) {
	t.Parallel()
	const inQuotes = " has a value in quotes, and they are part of it: docker's --env-file keeps what a shell takes off"
	require.Equal(t, []string{
		"ALFRESCO_PASSWORD" + inQuotes, "ALFRESCO_USER" + inQuotes, "KONTUR_KEY_ACME_FILE" + inQuotes, "KONTUR_RPS_ACME" + inQuotes, "TEMPORAL_NAMESPACE" + inQuotes,
	}, config.Quoted([]string{
		`ALFRESCO_PASSWORD="s3cr3t"`, `ALFRESCO_USER='sync'`, `KONTUR_KEY=s3"c"r3t`, `KONTUR_KEY_ACME_FILE="/run/key" `, `KONTUR_RPS_ACME="5"`, `TEMPORAL_NAMESPACE="accounts"`,
		`KONTUR_URL="`, `MAPPING_FILE="a'`, `PS1="$ "`, "LOG_LEVEL=", "HOME", "",
	}))
	require.Empty(t, config.Quoted(nil))
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	const alfresco = "ALFRESCO_URL is http, and not on this machine: password and nodes can be read and changed on the way; use https"
	const kontur = "KONTUR_URL is http, and not on this machine: key and answers can be read and changed on the way; use https"
	for _, tt := range []struct {
		name, alfresco, kontur string
		want                   []string
	}{
		{"https", "https://ecm.example.org/alfresco", "", nil},
		{"this machine", "http://localhost:8080/alfresco", "http://127.0.0.2:8082", nil},
		{"this machine, in other words", "HTTP://[::1]/alfresco", "http://Kontur.Localhost.:80", nil},
		{"Alfresco elsewhere", "http://ecm.example.org/alfresco", "https://focus-api.kontur.ru", []string{alfresco}},
		{"both elsewhere", "http://10.0.0.1/alfresco", "HTTP://focus-api.kontur.ru", []string{alfresco, kontur}},
		{"names that only look like it", "http://localhost.example.org/alfresco", "http://127.0.0.1.example.org", []string{alfresco, kontur}},
		{"everywhere is not loopback", "https://ecm.example.org/alfresco", "http://0.0.0.0", []string{kontur}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			environment := need()
			environment["ALFRESCO_URL"], environment["KONTUR_URL"] = tt.alfresco, tt.kontur
			w, err := loadWorker(environment, nil)
			require.NoError(t, err)
			require.Equal(t, tt.want, w.Warnings())
		})
	}
	require.Empty(t, config.Worker{}.Warnings())
}
