package pass

// MaxOpen bounds how many nodes of a pass are open at once. Beyond it writing is taken for broken.
const MaxOpen = 100

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
