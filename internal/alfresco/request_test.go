package alfresco

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What encoding/json would replace without a word is trouble: with it texts would differ, or be the same, that are not.
func TestDecodeRefusesWhatIsNoCharacter(t *testing.T) {
	t.Parallel()
	for give, want := range map[string]string{
		"\"\xcf\xf0\xe8\"": "the answer has bytes that are not UTF-8",
		`"\ud83d"`:         `the answer has half of a surrogate pair, such as \ud83d alone`,
		"<html>\xcf":       "the answer is a web page and not JSON",
		"\ufeff":           "the answer is empty",
	} {
		var text string
		err := decode(opSearch, answer{status: 200, body: []byte(give)}, &text)
		require.EqualError(t, err, "alfresco search: status 200: "+want)
	}
	var text string
	require.NoError(t, decode(opSearch, answer{status: 200, body: []byte("\ufeff\"\\ud83d\\ude00\"")}, &text))
	require.Equal(t, "\U0001f600", text)
}
