package callers_test

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/report/callers"
)

// example has the callers test@test with the password 123, and crm with the password pa55.
const example = `callers:
  - {name: test, domain: test, passwordHash: ICy5YqxZB1uWSwcVLSNLcA==}
  - {name: crm, passwordHash: "pA8s4tq1oCJyAjzdCqZtKw=="}
`

// compute is the client's side.
func compute(user, password string, stamp, age int64) string {
	sum := func(text string) string {
		hash := md5.Sum([]byte(text))
		return base64.StdEncoding.EncodeToString(hash[:])
	}
	head := fmt.Sprintf("%d:%d:", stamp, age)
	return base64.StdEncoding.EncodeToString([]byte(user + ":" + head + sum(head+sum(password))))
}

// A vector that is published with the client.
const vector = "dGVzdEB0ZXN0OjE0ODM2MzQ3MjM6NTpaVGZBTzQramFDdmhWMCs2elk1dWFnPT0="

func TestCheck(t *testing.T) {
	t.Parallel()
	list, err := callers.Parse([]byte(example))
	require.NoError(t, err)
	require.Equal(t, vector, compute("test@test", "123", 1483634723, 5))
	const stamp = 1483634723
	for name, tt := range map[string]struct {
		token string
		now   int64
		want  string // the user
		wrong string // else what is wrong
	}{
		"the published vector":         {vector, stamp, "test@test", ""},
		"without padding":              {strings.TrimRight(vector, "="), stamp + 1, "test@test", ""},
		"a caller without a domain":    {compute("crm", "pa55", stamp, 60), stamp, "crm", ""},
		"dated back, as clients do":    {compute("crm", "pa55", stamp-60, 172860), stamp, "crm", ""},
		"the last second":              {vector, stamp + 4, "test@test", ""},
		"expired":                      {vector, stamp + 5, "", "the token holds from 2017-01-05T16:45:23Z for 5 s"},
		"expired long ago":             {vector, stamp + 1e9, "", "the token holds from 2017-01-05T16:45:23Z for 5 s"},
		"a clock a minute ahead":       {vector, stamp - 60, "test@test", ""},
		"of the future":                {vector, stamp - 61, "", "the token holds from 2017-01-05T16:45:23Z for 5 s"},
		"of the future, for centuries": {compute("crm", "pa55", stamp+61, 9_999_999_999), stamp, "", "the token holds from 2017-01-05T16:46:24Z for 9999999999 s"},
		"no time at all":               {compute("crm", "pa55", stamp, 0), stamp, "", "the token holds from 2017-01-05T16:45:23Z for 0 s"},
		"wrong password":               {compute("crm", "pa56", stamp, 60), stamp, "", "no caller has this token"},
		"wrong password and expired":   {compute("crm", "pa56", stamp, 60), stamp + 1000, "", "no caller has this token"},
		"the hash as the password":     {compute("crm", hashOf("pa55"), stamp, 60), stamp, "", "no caller has this token"},
		"another's password":           {compute("crm", "123", stamp, 60), stamp, "", "no caller has this token"},
		"unknown user":                 {compute("crn", "pa55", stamp, 60), stamp, "", "no caller has this token"},
		"unknown user, no password":    {unknownWithEmptyHash(stamp), stamp, "", "no caller has this token"},
		"wrong domain":                 {compute("test@example", "123", stamp, 60), stamp, "", "no caller has this token"},
		"without the domain":           {compute("test", "123", stamp, 60), stamp, "", "no caller has this token"},
		"a domain too many":            {compute("crm@test", "pa55", stamp, 60), stamp, "", "no caller has this token"},
		"a longer time than was meant": {strings.Replace(decode(t, vector), ":5:", ":50:", 1), stamp, "", "no caller has this token"},
		"negative age":                 {compute("crm", "pa55", stamp, -60), stamp, "", "no caller has this token"},
		"a stamp of milliseconds":      {compute("crm", "pa55", stamp*1000, 60), stamp, "", "no caller has this token"},
		"a plain token":                {"a-random-token-of-your-own", stamp, "", "no caller has this token"},
		"empty":                        {"", stamp, "", "no caller has this token"},
		"no hash":                      {base64.StdEncoding.EncodeToString([]byte("crm:1:1:")), stamp, "", "no caller has this token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := tt.token
			if strings.Contains(token, ":") {
				token = base64.StdEncoding.EncodeToString([]byte(token))
			}
			caller, err := list.Check(token, time.Unix(tt.now, 0))
			if tt.wrong != "" {
				require.EqualError(t, err, tt.wrong)
				require.Empty(t, caller)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.want, caller.User())
		})
	}
	_, err = (*callers.Callers)(nil).Check(vector, time.Unix(stamp, 0))
	require.ErrorIs(t, err, callers.ErrUnknown)
}

func TestCallersAreNotPrinted(t *testing.T) {
	t.Parallel()
	list, err := callers.Parse([]byte(example))
	require.NoError(t, err)
	require.NotContains(t, fmt.Sprintf("%v %+v %#v", list, list, *list), "ICy5YqxZB1uWSwcVLSNLcA")
}

func hashOf(password string) string {
	hash := md5.Sum([]byte(password))
	return base64.StdEncoding.EncodeToString(hash[:])
}

// unknownWithEmptyHash is what an unknown user would show if unknown ones had an empty hash.
func unknownWithEmptyHash(stamp int64) string {
	head := fmt.Sprintf("%d:60:", stamp)
	return base64.StdEncoding.EncodeToString([]byte("nobody:" + head + hashOf(head)))
}

func decode(t *testing.T, token string) string {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(token)
	require.NoError(t, err)
	return string(text)
}
