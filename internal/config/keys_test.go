package config_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/pass"
)

func TestLoadWorkerReadsFurtherKeys(t *testing.T) {
	t.Parallel()
	environment := need()
	maps.Copy(environment, map[string]string{
		"KONTUR_RPS": "4", "KONTUR_CONCURRENCY": "2", "KONTUR_KEY_B_2": "key of B", "KONTUR_RPS_B_2": "0.5", "KONTUR_KEY_ACME_FILE": "acme.key",
		"KONTUR_CONCURRENCY_ACME": "7", "KONTUR_KEY_NOBODY": "", "KONTUR_RPS_STRANGER": "fast",
	})
	w, err := loadWorker(environment, map[string]string{"acme.key": "key of ACME\n"})
	require.NoError(t, err)
	type shown struct {
		name              pass.KeyName
		key               string
		requestsPerSecond float64
		concurrency       int
	}
	var got []shown
	for _, k := range w.AllKonturKeys() {
		got = append(got, shown{k.Name, k.Key.Reveal(), k.RequestsPerSecond, k.Concurrency})
	}
	require.Equal(t, []shown{{"", key, 4, 2}, {"ACME", "key of ACME", 4, 7}, {"B_2", "key of B", 0.5, 2}}, got)
}

func TestLoadWorkerRefusesFurtherKeysWithoutShowingThem(t *testing.T) {
	t.Parallel()
	const secret = "1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d"
	noName := `KONTUR_KEY_<NAME>: "***" is not allowed; allowed: a NAME of 1 to 30 of A to Z, 0 to 9 and _, which does not end in FILE`
	for _, tt := range []struct {
		name        string
		environment map[string]string
		want        []string
	}{
		{"the key as the name", map[string]string{"KONTUR_KEY_" + secret: "x"}, []string{noName}},
		{"small letters", map[string]string{"KONTUR_KEY_acme": secret}, []string{noName}},
		{"no name", map[string]string{"KONTUR_KEY_": secret, "KONTUR_KEY__FILE": secret}, []string{noName, `KONTUR_KEY_<NAME>: "***" is not allowed; allowed: as above for KONTUR_KEY_<NAME>`}},
		{"a name that ends in FILE", map[string]string{"KONTUR_KEY_A_FILE_FILE": secret, "KONTUR_KEY_PROFILE": secret}, []string{noName, `KONTUR_KEY_<NAME>: "***" is not allowed; allowed: as above for KONTUR_KEY_<NAME>`}},
		{"too long a name", map[string]string{"KONTUR_KEY_" + strings.Repeat("A", 31): secret}, []string{noName}},
		{"both the key and its file", map[string]string{"KONTUR_KEY_A": secret, "KONTUR_KEY_A_FILE": "a.key"},
			[]string{`KONTUR_KEY_A_FILE: "a.key" is not allowed; allowed: either KONTUR_KEY_A or KONTUR_KEY_A_FILE, not both`}},
		{"the key in the variable of its file", map[string]string{"KONTUR_KEY_A_FILE": secret},
			[]string{`KONTUR_KEY_A_FILE: "***" is not allowed; allowed: a file with a key on one line that no other name has; NAME is 1 to 30 of A to Z, 0 to 9 and _, and does not end in FILE; there is no such file`}},
		{"a file without a name", map[string]string{"KONTUR_KEY_A_FILE": " "},
			[]string{`KONTUR_KEY_A is missing; allowed: a key on one line that no other name has; NAME is 1 to 30 of A to Z, 0 to 9 and _, and does not end in FILE, here or in a file that KONTUR_KEY_A_FILE names`}},
		{"limits", map[string]string{"KONTUR_KEY_A": secret, "KONTUR_RPS_A": "fast", "KONTUR_CONCURRENCY_A": "0"}, []string{
			`KONTUR_RPS_A: "fast" is not allowed; allowed: a number from 0.1 to 1000`, `KONTUR_CONCURRENCY_A: "0" is not allowed; allowed: a whole number from 1 to 64`}},
		{"the key of KONTUR_KEY", map[string]string{"KONTUR_KEY_A": key}, []string{`KONTUR_KEY_A: "***" is not allowed; allowed: another key than that of KONTUR_KEY`}},
		{"one key with two names", map[string]string{"KONTUR_KEY_A": secret, "KONTUR_KEY_B": secret},
			[]string{`KONTUR_KEY_B: "***" is not allowed; allowed: another key than that of KONTUR_KEY_A`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			environment := need()
			maps.Copy(environment, tt.environment)
			_, err := loadWorker(environment, nil)
			require.EqualError(t, err, strings.Join(tt.want, "\n"))
			for _, warning := range config.Unknown(mapsEnviron(environment)) {
				require.NotContains(t, warning, secret)
			}
		})
	}
}

func mapsEnviron(environment map[string]string) []string {
	var list []string
	for name, value := range environment {
		list = append(list, name+"="+value)
	}
	return list
}

func TestWorkerNeverPrintsItsFurtherKeys(t *testing.T) {
	t.Parallel()
	environment := need()
	environment["KONTUR_KEY_ACME"] = "another-k3y-of-the-test"
	w, err := loadWorker(environment, nil)
	require.NoError(t, err)
	requireHidden(t, w, "another-k3y-of-the-test")
}
