package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCodecServerSettings(t *testing.T) {
	t.Parallel()
	const token = "0123456789abcdefghijkl"
	for name, tt := range map[string]struct {
		give map[string]string
		want string
	}{
		"off":                           {nil, ""},
		"on loopback":                   {map[string]string{"CODEC_ADDR": "127.0.0.1:8091"}, ""},
		"on loopback, by name":          {map[string]string{"CODEC_ADDR": "localhost:8091"}, ""},
		"elsewhere, with a token":       {map[string]string{"CODEC_ADDR": ":8091", "CODEC_TOKEN": token}, ""},
		"elsewhere, with access tokens": {map[string]string{"CODEC_ADDR": ":8091", "CODEC_ACCESS_TOKENS": "true"}, ""},
		"elsewhere, with neither":       {map[string]string{"CODEC_ADDR": ":8091"}, "CODEC_TOKEN is missing; allowed: a token of 20 to 512 characters"},
		"a short token":                 {map[string]string{"CODEC_TOKEN": "short"}, `CODEC_TOKEN: "***" is not allowed`},
		"origins":                       {map[string]string{"CODEC_ORIGINS": "http://127.0.0.1:8233, https://temporal.example.org"}, ""},
		"an origin with a path":         {map[string]string{"CODEC_ORIGINS": "https://temporal.example.org/"}, `CODEC_ORIGINS: "https://temporal.example.org/" is not allowed; allowed: origins separated by commas`},
		"any origin":                    {map[string]string{"CODEC_ORIGINS": "*"}, `CODEC_ORIGINS: "*" is not allowed`},
		"an origin in capitals":         {map[string]string{"CODEC_ORIGINS": "https://Temporal.example.org"}, "CODEC_ORIGINS"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environment := need()
			for key, value := range tt.give {
				environment[key] = value
			}
			_, err := loadWorker(environment, nil)
			if tt.want != "" {
				require.ErrorContains(t, err, tt.want)
				return
			}
			require.NoError(t, err)

		})
	}
}
