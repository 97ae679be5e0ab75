package deploy

import (
	"fmt"
	"os"
	"testing"
)

// folder is where the files lie. Tests name them as they are seen from there.
const folder = "../../deploy"

// monitoring is the page that lists the metrics, and the alerts with what to do.
const monitoring = "../docs/monitoring.md"

func TestMain(m *testing.M) {
	if err := os.Chdir(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}
