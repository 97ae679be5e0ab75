package preflight_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/deployment/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/mocks"
	"go.temporal.io/sdk/worker"
	"google.golang.org/grpc"

	"counterparty-sync/internal/preflight"
)

// deployments answers for one worker deployment.
type deployments struct {
	service
	routing *deployment.RoutingConfig
	failure error
}

func (d deployments) DescribeWorkerDeployment(_ context.Context, r *workflowservice.DescribeWorkerDeploymentRequest, _ ...grpc.CallOption) (*workflowservice.DescribeWorkerDeploymentResponse, error) {
	if r.Namespace != "default" || r.DeploymentName != "sync" {
		return nil, serviceerror.NewInvalidArgument("asked about something else")
	}
	return &workflowservice.DescribeWorkerDeploymentResponse{WorkerDeploymentInfo: &deployment.WorkerDeploymentInfo{RoutingConfig: d.routing}}, d.failure
}

func TestVersioning(t *testing.T) {
	t.Parallel()
	const command = "temporal worker deployment set-current-version --deployment-name sync --build-id 7"
	version := func(build string) *deployment.WorkerDeploymentVersion {
		return &deployment.WorkerDeploymentVersion{DeploymentName: "sync", BuildId: build}
	}
	tests := []struct {
		name string
		give deployments
		want preflight.Finding
	}{
		{"current", deployments{routing: &deployment.RoutingConfig{CurrentDeploymentVersion: version("7")}},
			preflight.Finding{OK: true, Text: "build 7 of deployment sync is current"}},
		{"ramping", deployments{routing: &deployment.RoutingConfig{CurrentDeploymentVersion: version("6"), RampingDeploymentVersion: version("7"), RampingVersionPercentage: 12.5}},
			preflight.Finding{OK: true, Text: "build 7 of deployment sync is given 12.5 % of what starts"}},
		{"another one current", deployments{routing: &deployment.RoutingConfig{CurrentDeploymentVersion: version("6")}},
			preflight.Finding{OK: true, Text: "build 6 of deployment sync is current, not build 7", Hint: "workers of build 7 are given at most what is pinned to it; to roll it out: " + command}},
		{"none current", deployments{routing: &deployment.RoutingConfig{}},
			preflight.Finding{Text: "no build of deployment sync is current: its workers, build 7 among them, are given nothing to do", Hint: "make it current: " + command}},
		{"not known yet", deployments{failure: serviceerror.NewNotFound("none")},
			preflight.Finding{OK: true, Text: "deployment sync is not known yet: no worker of it has started", Hint: "its workers are given nothing to do until, after their start: " + command}},
		{"Temporal refuses to say", deployments{failure: serviceerror.NewUnimplemented("old server")},
			preflight.Finding{Text: "describe worker deployment sync: old server"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := mocks.NewClient(t)
			c.On("WorkflowService").Return(tt.give)
			c.On("ScheduleClient").Return(scheduleClient{})
			c.On("OperatorService").Return(w.operator)
			w.subject.Temporal = c
			w.subject.Deployment = worker.WorkerDeploymentVersion{DeploymentName: "sync", BuildID: "7"}
			tt.want.Name = "versioning"
			require.Contains(t, preflight.Run(t.Context(), w.subject), tt.want)
		})
	}
}
