// Package flow is what the workflows of this program have in common: it calls, receives and answers what packages pass and
// report name on the wire, with the types that belong to the names.
//
// It decides nothing: what happens next is the business of the workflows, options are made in their policies.go.
package flow
