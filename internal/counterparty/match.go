package counterparty

// Candidate is a company that an answer names.
type Candidate struct {
	INN     string
	OGRN    string // or OGRNIP
	Company Company
}

// Unit is the part of a company that a node stands for.
type Unit int

// The units.
const (
	// HeadOffice is the company itself.
	HeadOffice Unit = iota + 1
	// Branch is one of the branches that the answer lists, found by its KPP.
	Branch
	// OtherUnit has a KPP that is neither the head office's nor a listed branch's, as separate subdivisions and the
	// largest taxpayers have: its KPP and address are nobody's business but the node's.
	OtherUnit
)

// Choice is the company that a node means, or why there is none.
type Choice struct {
	// Index is the position among the candidates. It means nothing if there is an Outcome.
	Index int
	// Unit is zero if there is an Outcome.
	Unit Unit
	// Outcome is empty if a company was chosen, else NotFound or Ambiguous.
	Outcome Outcome
	// Reason says why nothing was chosen, for people; empty if there is no need.
	Reason string
}
