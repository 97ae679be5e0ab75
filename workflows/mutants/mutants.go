// Package mutants proves that the replay of recorded histories bites: it changes the workflow code on purpose, one place at
// a time, and looks whether the replay test refuses what would leave open runs stuck, and lets pass what is safe.
//
// It tests no behaviour: what a change is worth is the business of the tests of package workflows. It has no code of its
// own outside of tests and touches no file; the compiler gets the changed ones as an overlay.
//
// Words: a mutation is a change of commands or of what they are given; a control is a change that open runs don't notice.
package mutants
