package journal

import "counterparty-sync/internal/counterparty"

// rejected are the outcomes of nodes that were not brought up to date, with what a person can do. A node that was
// deleted is none of them: there is nothing to do.
var rejected = map[counterparty.Outcome]string{
	counterparty.NotFound:  "check the identifier on the node: the register has no such company",
	counterparty.Ambiguous: "give the node a KPP or an OGRN that identifies the company, or correct the one that it has",
	counterparty.InvalidID: "correct the identifier on the node: it is missing or mistyped",
	counterparty.Rejected:  "see the reason in Alfresco: unlock the node, or give the account the right to edit it",
}

// Rejected reports whether an outcome is that of a node that was not brought up to date and still could be.
func Rejected(o counterparty.Outcome) bool { return rejected[o] != "" }

func hint(outcome counterparty.NodeOutcome) string { return rejected[outcome.Outcome] }
