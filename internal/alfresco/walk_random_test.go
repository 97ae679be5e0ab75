package alfresco_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// Whatever lies between them, a walk meets each node that it may see once, in the order of the dbids.
func TestWalkMeetsEachNodeOnce(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		random := rand.New(rand.NewPCG(seed, 1))
		for _, unsure := range []alfrescotest.Unsure{{}, {NoTotals: true}} {
			for _, api := range []alfresco.API{alfresco.REST, alfresco.Records} {
				opts := []alfrescotest.Option{alfrescotest.WithRecords(unsure)}
				if random.IntN(2) == 0 {
					opts = append(opts, alfrescotest.WithReplica())
				}
				if random.IntN(3) == 0 {
					opts = append(opts, alfrescotest.WithCrossLocale())
				}
				s := alfrescotest.NewServer(t, opts...)
				var want, all, broken []string
				dbid := int64(1000)
				for range 1 + random.IntN(40) {
					dbid += 1 + int64(random.IntN(3))*int64(random.IntN(2000))
					node := alfrescotest.Node{Dbid: dbid, Language: []string{"ru", "en"}[random.IntN(2)], Properties: map[string]any{"idocs:inn": "0000000001"}}
					kind := random.IntN(10)
					node.Forbidden = kind < 3
					id := s.Add(node)[0]
					switch {
					case node.Forbidden:
					case kind == 3:
						s.DeleteLeavingGhosts(id)
					case kind == 4:
						s.AddGhosts(contractor, dbid+1, dbid+int64(random.IntN(1500)))
						dbid += 1500
						fallthrough
					default:
						if kind == 5 && len(broken) < 5 {
							broken = append(broken, id)
						}
						if kind > 7 {
							s.ShowTwice(kind == 8, id)
						}
						want = append(want, id)
					}
					all = append(all, id)
				}
				s.BreakAspects(broken...)
				c := newClient(t, s, func(o *alfresco.Options) { o.API = api })
				for _, most := range []int{1, 2, 3, 7, 100} {
					if want == nil {
						want = []string{}
					}
					require.Equal(t, want, walkOnly(t, c, most, nil), "seed %d %s %d %+v", seed, api, most, unsure)
					require.Equal(t, want, walkOnly(t, c, most, byINN), "by inn: seed %d %s %d %+v", seed, api, most, unsure)
					require.Equal(t, want, walkOnly(t, c, most, &alfresco.Only{Nodes: all, Attributes: byINN.Attributes, Values: byINN.Values}), "both: seed %d %s %d %+v", seed, api, most, unsure)
				}
				s.Close()
			}
		}
	}
}
