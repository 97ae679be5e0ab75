package activities_test

import (
	"context"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/counterparty"
)

// look is the repository, one node after the other.
func (c *chance) look(_ context.Context, batch alfresco.Batch, _ []string, decide alfresco.Decide) ([]alfresco.Updated, error) {
	var updates []alfresco.Updated
	for _, id := range batch.IDs {
		node, err := c.read(id)
		if err != nil && c.oneOf(2) {
			node, err = c.read(id)
		}
		if err != nil {
			return updates, err
		}
		decide(node)
		c.compared()
		updates = append(updates, alfresco.Updated{NodeID: id})
	}
	return updates, nil
}

// update writes what differs, one node after the other.
func (c *chance) update(ctx context.Context, ids, _ []string, updater alfresco.Updater) ([]alfresco.Updated, error) {
	var updates []alfresco.Updated
	for _, id := range ids {
		update, err := c.updateOne(ctx, id, updater)
		if err != nil && c.oneOf(2) {
			updater.Unseen([]string{id})
			update, err = c.updateOne(ctx, id, updater)
		}
		if err != nil && c.people > 0 && c.oneOf(2) {
			updater.Unseen([]string{id})
			if update, err = c.leaveOpen(id, updater, err); err != nil {
				return updates, err
			}
		}
		if err != nil {
			return updates, err
		}
		updater.Done(update)
		updates = append(updates, update)
	}
	return updates, nil
}

func (c *chance) updateOne(ctx context.Context, id string, updater alfresco.Updater) (alfresco.Updated, error) {
	for {
		node, err := c.read(id)
		if err != nil {
			return alfresco.Updated{}, err
		}
		changes := updater.Decide(node)
		if len(changes) == 0 {
			c.compared()
			return alfresco.Updated{NodeID: id}, nil
		}
		c.mu.Lock()
		err = c.step()
		c.mu.Unlock()
		if err != nil {
			return alfresco.Updated{}, err
		}
		if updater.MaySend([]string{id}) {
			return alfresco.Updated{NodeID: id, Written: true}, c.write(id, changes)
		}
		c.compared()
		if err := updater.Prepare(ctx, []string{id}); err != nil {
			return alfresco.Updated{}, err
		}
	}
}

// oneOf is true once in so many times, and never for who is dead.
func (c *chance) oneOf(n int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.killed && c.rand.IntN(n) == 0
}

// leaveOpen gives a node up whose write failed, unless it stands.
func (c *chance) leaveOpen(id string, updater alfresco.Updater, cause error) (alfresco.Updated, error) {
	node, err := c.read(id)
	if err != nil {
		return alfresco.Updated{}, err
	}
	defer c.compared()
	if len(updater.Decide(node)) == 0 {
		return alfresco.Updated{NodeID: id}, nil
	}
	return alfresco.Updated{NodeID: id, Open: cause}, nil
}

func (c *chance) compared() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.comparing = false
}

func (c *chance) read(id string) (alfresco.Node, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step(); err != nil {
		return alfresco.Node{}, err
	}
	if c.fails() {
		return alfresco.Node{}, &alfresco.Error{Kind: alfresco.Unavailable, Summary: "status 500"}
	}
	c.comparing = true
	shown := properties{}
	for name, value := range c.nodes[id] {
		shown[name] = value
	}
	return alfresco.Node{ID: id, Properties: shown}, nil
}

// write may fail before it took place and after.
func (c *chance) write(id string, changes map[string]any) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.step(); err != nil {
		return err
	}
	if c.fails() {
		return &alfresco.Error{Kind: alfresco.Unavailable, Summary: "no answer"}
	}
	outcome := counterparty.NodeOutcome{NodeID: id}
	for _, name := range []string{"idocs:okpo", "idocs:kpp"} {
		if became, ok := changes[name]; ok {
			outcome.Changes = append(outcome.Changes, counterparty.Change{Attribute: name, Was: c.nodes[id][name], Became: became})
			c.nodes[id][name] = became
		}
	}
	c.wrote = append(c.wrote, outcome)
	c.comparing = false
	if err := c.step(); err != nil {
		return err
	}
	if c.fails() {
		return &alfresco.Error{Kind: alfresco.Unavailable, Summary: "no answer"}
	}
	return nil
}
