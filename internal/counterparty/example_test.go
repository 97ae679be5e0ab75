package counterparty_test

import (
	"fmt"

	"counterparty-sync/internal/counterparty"
)

// An identifier is checked before it costs money. That it passes does not mean that anybody has it.
func ExampleParseID() {
	for _, inn := range []string{"7736050003", "7736050004", "736050003"} {
		_, err := counterparty.ParseID(counterparty.INN, inn)
		fmt.Printf("%s: %v\n", inn, err)
	}
	// Output:
	// 7736050003: <nil>
	// 7736050004: has a wrong check digit
	// 736050003: has 9 digits instead of 10 or 12; was a leading zero lost?
}

// Kontur.Focus is asked once about each identifier that is well-formed and Russian, whatever else the nodes hold.
func ExampleAskable() {
	fmt.Println(counterparty.Askable(counterparty.INN, []string{" 7736050003", "7736050003", "9909000001", "", "none"}))
	// Output:
	// [7736050003]
}

// Two companies have had one INN, and one of them is dissolved. A node with an OGRN means that company and no other; without one it
// means the company that is not dissolved, or a branch of it by its KPP. Where two are left nothing is guessed.
func ExampleChoose() {
	const inn = "0000000018"
	dissolved := counterparty.Candidate{INN: inn, OGRN: "1000000000010", Company: counterparty.Company{Kind: counterparty.LegalEntity, Dissolved: true}}
	alive := counterparty.Candidate{INN: inn, OGRN: "1000000000021", Company: counterparty.Company{Kind: counterparty.LegalEntity, BranchKPPs: []string{"540602001"}}}
	another := counterparty.Candidate{INN: inn, OGRN: "1000000000032", Company: counterparty.Company{Kind: counterparty.LegalEntity}}

	choose := func(node counterparty.Identity, candidates ...counterparty.Candidate) {
		choice := counterparty.Choose(node, counterparty.INN, candidates)
		switch {
		case choice.Outcome != "":
			fmt.Println(choice.Outcome, choice.Reason)
		case choice.Unit == counterparty.Branch:
			fmt.Println("a branch of", candidates[choice.Index].OGRN)
		default:
			fmt.Println(candidates[choice.Index].OGRN)
		}
	}
	choose(counterparty.Identity{INN: inn, OGRN: "1000000000010"}, dissolved, alive)
	choose(counterparty.Identity{INN: inn}, dissolved, alive)
	choose(counterparty.Identity{INN: inn, KPP: "540602001"}, dissolved, alive)
	choose(counterparty.Identity{INN: inn}, dissolved, alive, another)
	// Output:
	// 1000000000010
	// 1000000000021
	// a branch of 1000000000021
	// AMBIGUOUS several companies of this INN are not dissolved: OGRN 1000000000021, 1000000000032; fill in the node's OGRN
}
