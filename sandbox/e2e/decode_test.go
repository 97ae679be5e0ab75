package e2e_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

var base64Data = regexp.MustCompile(`"data":\s*"([A-Za-z0-9+/=]+)"`)

// decoded is a message as JSON, with its payloads as the text that people see in the Web UI.
func decoded(t *testing.T, message proto.Message) []byte {
	t.Helper()
	data, err := protojson.Marshal(message)
	require.NoError(t, err)
	return base64Data.ReplaceAllFunc(data, func(match []byte) []byte {
		text, err := base64.StdEncoding.DecodeString(string(base64Data.FindSubmatch(match)[1]))
		if err != nil {
			return match
		}
		return text
	})
}

func bodyOf(t *testing.T, response *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(data)
}
