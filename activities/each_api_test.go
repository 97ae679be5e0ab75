package activities_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"counterparty-sync/activities"
	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
)

// via is an API of Alfresco and the operations in which it does its work. What a pass does to nodes is tested with both.
type via struct {
	api         alfresco.API
	read, write alfrescotest.Operation
	// refused is an answer that says that a node breaks the content model.
	refused alfrescotest.Fault
	// many: there are so many nodes that a search looks at them, and the index knows nothing that became of them since they were
	// fetched.
	many bool
}

// name is that of a subtest.
func (v via) name() string {
	if v.many {
		return string(v.api) + ", many nodes"
	}
	return string(v.api)
}

func eachAPI(t *testing.T, test func(t *testing.T, v via)) {
	t.Helper()
	t.Parallel()
	const text = "Integrity failure: idocs:email does not match the regular expression"
	refused := alfrescotest.Fault{Status: http.StatusUnprocessableEntity, Summary: text}
	for _, v := range []via{
		{api: alfresco.REST, read: alfrescotest.Get, write: alfrescotest.Put, refused: refused},
		{api: alfresco.REST, read: alfrescotest.Get, write: alfrescotest.Put, refused: refused, many: true},
		{api: alfresco.Records, read: alfrescotest.Query, write: alfrescotest.Mutate, refused: alfrescotest.Fault{
			Body: `{"records":[],"messages":[{"level":"ERROR","type":"t","msg":{"type":"IntegrityException","msg":"` + text + `"}}]}`}},
	} {
		t.Run(v.name(), func(t *testing.T) {
			t.Parallel()
			test(t, v)
		})
	}
}

// world is a new world in which the activities speak the API.
func (v via) world(t *testing.T, opts ...alfrescotest.Option) *world {
	t.Helper()
	opts = append(opts, alfrescotest.WithRecords(alfrescotest.Unsure{}))
	if v.many {
		opts = append(opts, alfrescotest.WithIndexLag())
	}
	w := newWorld(t, opts...)
	w.repository = alfrescoClient(t, w.alfresco.URL(), alfrescotest.DefaultPassword, v.api)
	if v.many {
		c := crowd{Repository: w.repository}
		for dbid := range int64(3) {
			c.bystanders = append(c.bystanders, w.alfresco.Add(alfrescotest.Node{Type: bystander, Dbid: 1 + dbid, ID: fmt.Sprint("bystander-", dbid)})...)
		}
		w.repository = c
	}
	return w
}

// bystander is a type of which no pass walks the nodes, and from which theirs comes.
const bystander = "cm:content"

// crowd looks at some bystanders along with the nodes of a batch.
type crowd struct {
	activities.Repository
	bystanders []string
}

func (c crowd) Look(ctx context.Context, batch alfresco.Batch, properties []string, decide alfresco.Decide) ([]alfresco.Updated, error) {
	if len(batch.IDs) > 0 {
		batch = alfresco.Batch{IDs: slices.Concat(batch.IDs, c.bystanders), NodeType: bystander, Last: 1 << 40}
	}
	updates, err := c.Repository.Look(ctx, batch, properties, func(n alfresco.Node) map[string]any {
		if slices.Contains(c.bystanders, n.ID) {
			return nil
		}
		return decide(n)
	})
	return slices.DeleteFunc(updates, func(u alfresco.Updated) bool { return slices.Contains(c.bystanders, u.NodeID) }), err
}
