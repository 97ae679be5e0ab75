// Package client stands in for the one of Temporal's module that starts and ends workers in somebody's cloud as the load
// wants it. The server asks it about each version of a worker; here no version has such a thing, and none can be given
// one. Its own is not wanted: it brings the clients of Kubernetes and of two clouds, a quarter of all that the sandbox
// compiles, and the sandbox's workers are started by hand.
package client

import (
	"context"

	"go.temporal.io/api/deployment/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/server/common/namespace"
	"go.uber.org/fx"

	"go.temporal.io/auto-scaled-workers/wci/workflow/iface"
)

// Module gives the server its client.
var Module = fx.Provide(func() Client { return none{} })

// Client is what the server asks.
type Client interface {
	DescribeWorkerControllerInstance(context.Context, *namespace.Namespace, *deployment.WorkerDeploymentVersion) (
		*iface.QueryDescribeWorkerControllerInstanceResponse, []byte, error)
	UpdateWorkerControllerInstance(ctx context.Context, ns *namespace.Namespace, version *deployment.WorkerDeploymentVersion,
		conflictToken []byte, identity string, upsert map[string]iface.ScalingGroupSpecUpdate, remove []string,
	) (*iface.UpdateWorkerControllerInstanceResponse, error)
	ValidateWorkerControllerInstanceSpec(ctx context.Context, ns *namespace.Namespace, version *deployment.WorkerDeploymentVersion,
		identity string, upsert map[string]iface.ScalingGroupSpecUpdate, remove []string) error
	DeleteWorkerControllerInstance(ctx context.Context, ns *namespace.Namespace, version *deployment.WorkerDeploymentVersion, identity string) error
}

// none is the client where workers are started by hand.
type none struct{}

func (none) DescribeWorkerControllerInstance(context.Context, *namespace.Namespace, *deployment.WorkerDeploymentVersion) (
	*iface.QueryDescribeWorkerControllerInstanceResponse, []byte, error,
) {
	return nil, nil, serviceerror.NewNotFound("workers are started by hand")
}

func (none) UpdateWorkerControllerInstance(context.Context, *namespace.Namespace, *deployment.WorkerDeploymentVersion,
	[]byte, string, map[string]iface.ScalingGroupSpecUpdate, []string,
) (*iface.UpdateWorkerControllerInstanceResponse, error) {
	return nil, unsupported()
}

func (none) ValidateWorkerControllerInstanceSpec(context.Context, *namespace.Namespace, *deployment.WorkerDeploymentVersion,
	string, map[string]iface.ScalingGroupSpecUpdate, []string,
) error {
	return unsupported()
}

// DeleteWorkerControllerInstance has nothing to do: the server calls it for every version that goes.
func (none) DeleteWorkerControllerInstance(context.Context, *namespace.Namespace, *deployment.WorkerDeploymentVersion, string) error {
	return nil
}

// unsupported is an InvalidArgument, which the server does not try again.
func unsupported() error {
	return serviceerror.NewInvalidArgument("this server starts no workers; start them by hand")
}
