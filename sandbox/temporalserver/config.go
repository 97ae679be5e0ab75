package temporalserver

import (
	"time"

	"github.com/google/uuid"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/temporal"
)

const clusterName = "active"

// maxQueueReads is how often the shard may read each of its queues in a second: more than one processor can manage.
const maxQueueReads = 5000

// clusterID is written into a new database and compared with at each later start, so it never changes.
var clusterID = uuid.NewSHA1(uuid.NameSpaceDNS, []byte("counterparty-sync.sandbox")).String()

func serverOptions(o Options, db *database, p *ports) []temporal.ServerOption {
	hosts := map[primitives.ServiceName]static.Hosts{}
	for _, service := range temporal.DefaultServices {
		hosts[primitives.ServiceName(service)] = static.SingleLocalHost(address(p.of[service]))
	}
	return []temporal.ServerOption{
		temporal.WithConfig(serverConfig(db.config, p)),
		temporal.ForServices(temporal.DefaultServices),
		// Fixed hosts: the membership protocol would need a port more for each service, and time to find itself.
		temporal.WithStaticHosts(hosts),
		temporal.WithLogger(serverLogger(o.Log)),
		temporal.WithDynamicConfigClient(dynamicConfig(o)),
	}
}

func serverConfig(db *config.SQL, p *ports) *config.Config {
	services := map[string]config.Service{}
	for _, service := range temporal.DefaultServices {
		services[service] = config.Service{RPC: config.RPC{GRPCPort: p.of[service], BindOnIP: host}}
	}
	return &config.Config{
		Global: config.Global{
			Membership: config.Membership{MaxJoinDuration: 30 * time.Second, BroadcastAddress: host},
		},
		Persistence: config.Persistence{
			DefaultStore:     sqlite.PluginName,
			VisibilityStore:  sqlite.PluginName,
			NumHistoryShards: 1,
			DataStores:       map[string]config.DataStore{sqlite.PluginName: {SQL: db}},
		},
		ClusterMetadata: &cluster.Config{
			FailoverVersionIncrement: 10,
			MasterClusterName:        clusterName,
			CurrentClusterName:       clusterName,
			ClusterInformation: map[string]cluster.ClusterInformation{clusterName: {
				Enabled:                true,
				InitialFailoverVersion: 1,
				RPCAddress:             address(p.of[frontendService]),
				ClusterID:              clusterID,
			}},
		},
		Services:     services,
		PublicClient: config.PublicClient{HostPort: address(p.of[frontendService])},
	}
}

// dynamicConfig is where this server differs from the defaults of the release.
func dynamicConfig(o Options) dynamicconfig.StaticClient {
	values := dynamicconfig.StaticClient{
		// New search attributes can be used at once, not after the cache's minute.
		dynamicconfig.MakeKey("system.forceSearchAttributesCacheRefreshOnRead"): true,
		// One person's status --watch and a test suite ask more often than the 10 times a second that are the default.
		dynamicconfig.MakeKey("frontend.namespaceRPS.visibility"): 100,
	}
	if !o.Untuned {
		tune(values)
	}
	if o.SuggestContinueAsNew > 0 {
		values[dynamicconfig.MakeKey("limit.historyCount.suggestContinueAsNew")] = o.SuggestContinueAsNew
	}
	if o.StuckAfter > 0 {
		values[dynamicconfig.MakeKey("system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute")] = o.StuckAfter
	}
	if o.CHASMSchedules {
		values[dynamicconfig.MakeKey("history.enableCHASMSchedulerCreation")] = true
		values[dynamicconfig.MakeKey("history.chasmSchedulerCreationRolloutPercent")] = 100
	}
	return values
}

// tune makes a server of one shard quick.
func tune(values dynamicconfig.StaticClient) {
	// One partition instead of four: the rate limit of a task queue is divided among its partitions, and a queue
	// with little to do waits for the partition that has the task.
	values[dynamicconfig.MakeKey("matching.numTaskqueueReadPartitions")] = 1
	values[dynamicconfig.MakeKey("matching.numTaskqueueWritePartitions")] = 1
	// Each shard reads its queues 20 times a second at most. A cluster has hundreds of shards and never notices; with
	// one shard it makes every step of every workflow 50 ms long.
	for _, queue := range []string{"transfer", "timer", "visibility"} {
		values[dynamicconfig.MakeKey("history."+queue+"ProcessorMaxPollRPS")] = maxQueueReads
	}
}
