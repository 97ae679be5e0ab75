// Package counterparty is the vocabulary of companies and of the nodes that stand for them: identifiers with their check
// digits, which of several companies a node means, which items of the answers are about it, and what became of a node. It
// is pure and talks to nothing; what is written into which attribute is the business of package mapping.
//
// INN, OGRN and KPP are text, because they may begin with zeros. A company is one record of a register: one INN can have
// several, an OGRN (OGRNIP for sole proprietors) has one. A candidate is a company that an answer names; a unit is the
// part of the company, head office or branch, that a node stands for.
package counterparty
