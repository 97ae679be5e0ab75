package pass

// MaxOpen is how many open nodes, after which others were written, a pass tries once more before it walks on.
const MaxOpen = 50

// MaxUnwritable bounds Result.Unwritable.
const MaxUnwritable = 100

// OpenNode is a node whose write failed while no other write showed whether that was the node's trouble or everybody's: nothing can
// be written just to try. Its batch is done without it. The pass tries it once more when it has walked the nodes.
type OpenNode struct {
	NodeID string `json:"node"`
	// Reason is why the last write failed.
	Reason string `json:"reason"`
	// Tries is how many batches it was left open by.
	Tries int `json:"tries"`
	// Others: a write to another node has gone through since.
	Others bool `json:"others,omitempty"`
}

// Again are the nodes about which another try may come to something else, although their companies do not change.
func (r DiffAndUpdateResult) Again() []string {
	var ids []string
	for _, node := range r.Nodes {
		if node.Again() {
			ids = append(ids, node.NodeID)
		}
	}
	for _, node := range r.Open {
		ids = append(ids, node.NodeID)
	}
	return ids
}
