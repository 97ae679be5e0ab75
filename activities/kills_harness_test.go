package activities_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/pass"
)

// errKilled is what a process that was killed would see if it could see anything.
var errKilled = errors.New("killed")

// chance is the world of one seed: a repository and a Temporal in which anything may happen at any step.
type chance struct {
	mu   sync.Mutex
	rand *rand.Rand
	// killAt is how many steps are left until the worker is killed, negative if it is not.
	killAt int
	killed bool
	// trouble is how often, of 100 steps, something goes wrong that passes.
	trouble int
	// people is how often, of 100 steps, a person edits a node.
	people int

	nodes  map[string]map[string]any
	order  []string
	wrote  []counterparty.NodeOutcome // what the repository saw
	told   *written                   // the last heartbeat that Temporal took
	edited int
	// comparing: a node was read and is about to be written.
	comparing bool
}

// step is a point at which the worker may be killed, and people may edit. Expects the lock.
//
// Between a read and the write that comes of it nobody edits: that is the residue, and what was is not known then.
func (c *chance) step() error {
	if !c.comparing && c.people > 0 && c.rand.IntN(100) < c.people {
		c.edit()
	}
	if !c.killed && c.killAt == 0 {
		c.killed = true
	}
	c.killAt--
	if c.killed {
		return errKilled
	}
	return nil
}

// edit is what a person does: a value that nobody else would write.
func (c *chance) edit() {
	id := c.order[c.rand.IntN(len(c.order))]
	c.edited++
	c.nodes[id][[]string{"idocs:okpo", "idocs:kpp"}[c.rand.IntN(2)]] = fmt.Sprintf("by hand %d", c.edited)
}

func (c *chance) fails() bool { return c.trouble > 0 && c.rand.IntN(100) < c.trouble }

// heartbeat is Temporal.
func (c *chance) heartbeat(h written) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step(); err != nil {
		return serviceerror.NewNotFound("killed: nobody hears it")
	}
	if c.fails() {
		return serviceerror.NewUnavailable("restarts")
	}
	c.told = &h
	if err := c.step(); err != nil {
		return serviceerror.NewNotFound("killed: nobody hears it")
	}
	if c.fails() {
		return serviceerror.NewDeadlineExceeded("taken, and the answer got lost")
	}
	return nil
}

const twoAttributes = `{
	"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:none"]},
	"attributes": [
		{"attribute": "idocs:okpo", "source": "req", "value": ".UL.okpo", "write": "always"},
		{"attribute": "idocs:kpp", "source": "req", "value": ".UL.kpp", "write": "WRITE"}
	]
}`

func twoAttributesWith(policy string) string {
	return strings.Replace(twoAttributes, "WRITE", policy, 1)
}

// batchOf is a request about nodes of companies, made without any simulator, and the repository that has them. What the register
// says of the companies goes through edit, which may be nil.
func batchOf(t *testing.T, w *world, c *chance, n int, edit func(counterparty.Projection)) pass.DiffAndUpdateRequest {
	t.Helper()
	request := pass.DiffAndUpdateRequest{By: counterparty.INN, Attributes: []string{"idocs:inn"}}
	var said []counterparty.Projection
	c.nodes = map[string]map[string]any{}
	for i := range n {
		company := company(i + 1)
		id := fmt.Sprintf("node-%02d", i)
		c.order = append(c.order, id)
		c.nodes[id] = properties{"idocs:inn": company.INN, "idocs:okpo": "old"}
		if i%4 == 0 {
			c.nodes[id]["idocs:okpo"], c.nodes[id]["idocs:kpp"] = company.OKPO, company.KPP
		}
		request.Nodes = append(request.Nodes, pass.NodeRef{ID: id, Key: company.INN})
		said = append(said, counterparty.Projection{INN: company.INN, OGRN: company.OGRN,
			Company: &counterparty.Company{KPP: company.KPP}, Values: map[string]any{"idocs:okpo": company.OKPO, "idocs:kpp": company.KPP}})
	}
	for i := range said {
		if edit != nil {
			edit(said[i])
		}
	}
	w.said = nil // one segment, one batch
	request.Answers = []pass.Answer{w.answers(t, "req", said)}
	return request
}

// toTheEnd runs DiffAndUpdate as Temporal and the workflow do, whatever happens, until it has a result.
func toTheEnd(t *testing.T, w *world, c *chance, request pass.DiffAndUpdateRequest, kills int) pass.DiffAndUpdateResult {
	t.Helper()
	for range 1000 {
		c.mu.Lock()
		c.killed, c.comparing, c.killAt = false, false, -1
		if kills > 0 {
			kills--
			c.killAt = c.rand.IntN(40)
		}
		w.temporal = &heartbeats{take: c.heartbeat}
		told := c.told
		c.mu.Unlock()
		env := w.environment()
		if told != nil {
			env.SetHeartbeatDetails(*told)
		}
		result, err := execute[pass.DiffAndUpdateResult](env, string(pass.DiffAndUpdate), request)
		c.mu.Lock()
		killed := c.killed
		if !killed && c.rand.IntN(100) < c.trouble {
			killed = true // it ended, and Temporal never heard of it
		}
		if !killed && err == nil {
			c.mu.Unlock()
			return result
		}
		var failed *temporal.ApplicationError
		if !killed && errors.As(err, &failed) && failed.NonRetryable() {
			var details pass.FailureDetails
			require.NoError(t, failed.Details(&details))
			if len(details.Written) > 0 {
				request.Written = details.Written
			}
			c.told = nil // the next try is another activity
		}
		c.mu.Unlock()
	}
	require.FailNow(t, "no end")
	return pass.DiffAndUpdateResult{}
}

// writesOf are the writes that a result tells, in the words of the repository.
func writesOf(result pass.DiffAndUpdateResult) (sure, unsure []string) {
	for _, o := range slices.Concat(result.Earlier, result.Nodes) {
		if o.Outcome != counterparty.Updated {
			continue
		}
		text := wordsOf(o)
		if o.Unsure {
			unsure = append(unsure, text)
		} else {
			sure = append(sure, text)
		}
	}
	return sure, unsure
}

func wordsOf(o counterparty.NodeOutcome) string {
	text := o.NodeID
	for _, c := range o.Changes {
		text += fmt.Sprintf(" %s: %v→%v", c.Attribute, c.Was, c.Became)
	}
	return text
}

func wordsOfAll(writes []counterparty.NodeOutcome) []string {
	list := make([]string, len(writes))
	for i, o := range writes {
		list[i] = wordsOf(o)
	}
	return list
}
