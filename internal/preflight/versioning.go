package preflight

import (
	"context"
	"fmt"

	"go.temporal.io/api/deployment/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/worker"

	"counterparty-sync/internal/runs"
)

// makeCurrent is the command that makes a build current.
func makeCurrent(v worker.WorkerDeploymentVersion) string {
	return fmt.Sprintf("temporal worker deployment set-current-version --deployment-name %s --build-id %s", v.DeploymentName, v.BuildID)
}

// checkVersioning reports whether Temporal gives work to workers of this build. A deployment that does not exist yet and
// another build that is current are no mistakes: that is how a build is rolled out.
func (s Subject) checkVersioning(ctx context.Context) (text, hint string, err error) {
	version := s.Deployment
	found, err := s.Temporal.WorkflowService().DescribeWorkerDeployment(ctx, &workflowservice.DescribeWorkerDeploymentRequest{
		Namespace: s.TemporalOptions.Namespace, DeploymentName: version.DeploymentName,
	})
	if runs.IsNotFound(err) {
		return fmt.Sprintf("deployment %s is not known yet: no worker of it has started", version.DeploymentName),
			"its workers are given nothing to do until, after their start: " + makeCurrent(version), nil
	}
	if err != nil {
		return "", "", fmt.Errorf("describe worker deployment %s: %w", version.DeploymentName, err)
	}
	routing := found.GetWorkerDeploymentInfo().GetRoutingConfig()
	current, ramping := routing.GetCurrentDeploymentVersion(), routing.GetRampingDeploymentVersion()
	is := func(v *deployment.WorkerDeploymentVersion) bool { return v.GetBuildId() == version.BuildID }
	switch {
	case current != nil && is(current):
		return fmt.Sprintf("build %s of deployment %s is current", version.BuildID, version.DeploymentName), "", nil
	case ramping != nil && is(ramping):
		return fmt.Sprintf("build %s of deployment %s is given %g %% of what starts", version.BuildID, version.DeploymentName, routing.GetRampingVersionPercentage()), "", nil
	case current == nil:
		return "", "make it current: " + makeCurrent(version),
			fmt.Errorf("no build of deployment %s is current: its workers, build %s among them, are given nothing to do", version.DeploymentName, version.BuildID)
	}
	return fmt.Sprintf("build %s of deployment %s is current, not build %s", current.GetBuildId(), version.DeploymentName, version.BuildID),
		"workers of build " + version.BuildID + " are given at most what is pinned to it; to roll it out: " + makeCurrent(version), nil
}
