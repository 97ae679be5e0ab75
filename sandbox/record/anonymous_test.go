package record_test

import (
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// requireAnonymous: a recording tells nothing about the machine on which it was made, and no secret.
func requireAnonymous(t *testing.T, s *stage, h history) {
	t.Helper()
	here, err := filepath.Abs(root)
	require.NoError(t, err)
	secrets := []string{
		"127.0.0.1", "localhost", "::1", here, os.TempDir() + "/", s.kontur.Key(), "simulator-key",
		// Payloads are text here, but one in a payload, such as a memo's, would not be.
		s.server.FrontendAddress(), s.alfresco.URL(), s.kontur.URL(),
	}
	for _, url := range []string{s.server.FrontendAddress(), s.alfresco.URL(), s.kontur.URL()} {
		secrets = append(secrets, url[strings.LastIndex(url, ":"):]+"/")
	}
	if name, err := os.Hostname(); err == nil {
		secrets = append(secrets, "@"+name, name+":", name+"/")
	}
	if u, err := user.Current(); err == nil && len(u.HomeDir) > 1 {
		secrets = append(secrets, u.HomeDir+"/")
	}
	for _, secret := range secrets {
		if i := strings.Index(h.text, secret); i >= 0 {
			require.Fail(t, "the recording is not anonymous", "%s %s has %q: …%s…", s.id, h.part, secret, h.text[max(0, i-200):min(len(h.text), i+100)])
		}
	}
}

// outline is what a person needs to see of histories that don't show what they should.
func outline(histories []history) string {
	var b strings.Builder
	for _, h := range histories {
		fmt.Fprintf(&b, "%s %s\n", h.workflowID, h.part)
		for _, e := range h.Events {
			fmt.Fprintf(&b, "  %d %s %s %s\n", e.GetEventId(), e.GetEventType(), e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName(), summary(e))
		}
	}
	return b.String()
}
