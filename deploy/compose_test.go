package deploy_test

import (
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/stretchr/testify/require"
)

// project is the compose file as docker compose would see it with these profiles, without any variable of the machine.
func project(t *testing.T, profiles ...string) *types.Project {
	t.Helper()
	o, err := cli.NewProjectOptions([]string{"../docker-compose.yml"}, cli.WithProfiles(profiles),
		cli.WithEnv([]string{"ALFRESCO_URL=http://alfresco.example/alfresco", "ALFRESCO_USER=sync"}))
	require.NoError(t, err)
	p, err := o.LoadProject(t.Context())
	require.NoError(t, err)
	return p
}

func TestComposeFileIsValid(t *testing.T) {
	t.Parallel()
	require.Contains(t, project(t).Services, "worker")
}
