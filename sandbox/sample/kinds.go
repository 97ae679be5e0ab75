package sample

import (
	"strings"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/kontur/konturtest"
)

// kind says how many nodes of a sort there are and makes one group of them.
type kind struct {
	name string
	// perMille is the share of the nodes; 0 makes a single group, whatever the count. The last kind takes what is left.
	perMille int
	outcome  counterparty.Outcome
	make     func(*builder)
}

// kinds are in the order in which they are made. Shares are guesses at a company that has kept counterparties for years:
// seven of ten are ordinary; mistyped, dissolved and shared identifiers are rare but never absent.
func kinds() []kind {
	return []kind{
		{name: "public company", make: (*builder).publicCompanies},
		{name: "sole proprietor", perMille: 120, make: func(b *builder) { b.addListed(b.proprietor()) }},
		{name: "sole proprietor, one OGRNIP of three alive", perMille: 10, make: (*builder).threeOGRNIPs},
		{name: "head office and branches", perMille: 45, make: (*builder).headAndBranches},
		{name: "company of 70 branches", make: (*builder).seventyBranches},
		{name: "foreign branch", perMille: 3, make: (*builder).foreignBranch},
		{name: "unlisted subdivision", perMille: 8, make: (*builder).unlistedSubdivision},
		{name: "former KPP", perMille: 10, make: (*builder).formerKPP},
		{name: "dissolved", perMille: 20, make: (*builder).dissolved},
		{name: "dissolved namesake", perMille: 5, make: (*builder).dissolvedNamesake},
		{name: "all dissolved", perMille: 3, make: (*builder).allDissolved},
		{name: "two alive", perMille: 4, outcome: counterparty.Ambiguous, make: (*builder).twoAlive},
		{name: "contradicting OGRN", perMille: 4, outcome: counterparty.Ambiguous, make: (*builder).contradictingOGRN},
		{name: "unknown INN", perMille: 8, outcome: counterparty.NotFound, make: (*builder).unknownINN},
		{name: "foreign INN", perMille: 4, outcome: counterparty.NotFound, make: (*builder).foreignINN},
		{name: "empty INN", perMille: 8, outcome: counterparty.InvalidID, make: (*builder).emptyINN},
		{name: "malformed INN", perMille: 4, outcome: counterparty.InvalidID, make: (*builder).malformedINN},
		{name: "wrong check digit", perMille: 4, outcome: counterparty.InvalidID, make: (*builder).wrongCheckDigit},
		{name: "lost leading zero", perMille: 3, outcome: counterparty.InvalidID, make: (*builder).lostZero},
		{name: "blanks around the INN", perMille: 4, make: (*builder).blanks},
		{name: "address in parts", perMille: 8, make: (*builder).addressInParts},
		{name: "management company", perMille: 8, make: (*builder).managementCompany},
		{name: "huge name", perMille: 2, make: (*builder).hugeName},
		{name: "one INN on many nodes", perMille: 12, make: (*builder).manyNodes},
		{name: "subtype", perMille: 4, make: func(b *builder) { b.addListed(b.legalEntity()).Type = "idocs:branchOffice" }},
		{name: "locked", perMille: 2, outcome: counterparty.Rejected, make: func(b *builder) { b.differing().Locked = true }},
		{name: "read-only", perMille: 2, outcome: counterparty.Rejected, make: func(b *builder) { b.differing().ReadOnly = true }},
		{name: "legal entity", make: func(b *builder) { b.addListed(b.legalEntity()) }},
	}
}

// threeOGRNIPs: somebody closed down twice and began anew. The INN is the person's and stays.
func (b *builder) threeOGRNIPs() {
	alive := b.proprietor()
	alive.RegistrationDate = "2018-03-14"
	for _, span := range [][2]string{{"2007-05-21", "2011-08-30"}, {"2014-02-03", "2016-12-19"}} {
		gone := alive
		gone.OGRN = konturtest.OGRNIP(b.number())
		dissolve(&gone, span[0], span[1])
		b.register(gone)
	}
	b.addListed(alive)
}

// headAndBranches: three nodes on one INN, each with a KPP of its own.
func (b *builder) headAndBranches() {
	c := b.legalEntity()
	c.Branches = []konturtest.Branch{b.branch(c, 1), b.branch(c, 2), {Name: "ПРЕДСТАВИТЕЛЬСТВО", Date: "2016-04-01", Address: b.address()}}
	b.addListed(c)
	b.addBranch(c, c.Branches[0])
	b.addBranch(c, c.Branches[1])
}

// seventyBranches: as large as the largest of the captured answers; half of the branches tell no KPP there.
func (b *builder) seventyBranches() {
	c := b.legalEntity()
	for i := range 70 {
		branch := b.branch(c, i+1)
		if i%2 == 1 {
			branch.KPP = ""
		}
		c.Branches = append(c.Branches, branch)
	}
	b.addListed(c)
	for i := 0; i < 20; i += 4 {
		b.addBranch(c, c.Branches[i])
	}
}

func (b *builder) foreignBranch() {
	c := b.legalEntity()
	branch := b.branch(c, 1)
	branch.Address, branch.ForeignCountry, branch.ForeignAddress = nil, "ПРИМЕРИЯ", "Test street, 1"
	c.Branches = []konturtest.Branch{branch}
	b.register(c)
	b.addBranch(c, branch)
}

// unlistedSubdivision: the tax office gave a KPP that the register does not show. KPP and address are to stay.
func (b *builder) unlistedSubdivision() {
	c := b.legalEntity()
	c.History.Addresses = nil // or an old address might be all that is outdated, and it is to stay
	node := b.addListed(c)
	node.Properties["idocs:kpp"] = c.KPP[:4] + "45" + "001"
	node.Properties["idocs:juridicalAddress"] = b.address().Line()
}

// formerKPP: the company moved to another tax office; that is a change and no other unit.
func (b *builder) formerKPP() {
	c := b.legalEntity()
	old := officeKPP((atoi(c.KPP[:4]) + 1) % maxOffice)
	c.History.KPPs = []konturtest.FormerKPP{{KPP: old, Date: "2015-06-01"}}
	b.addListed(c).Properties["idocs:kpp"] = old
	b.spoilt()
}

func (b *builder) dissolved() {
	c := b.legalEntity()
	dissolve(&c, "2009-10-05", "2023-04-18")
	b.addListed(c)
}

// dissolvedNamesake: of two companies on one INN the older one lives. Going by the latest registration finds the dead one.
func (b *builder) dissolvedNamesake() {
	c := b.legalEntity()
	c.RegistrationDate = "1994-02-25"
	gone := b.twin(c)
	dissolve(&gone, "2002-06-02", "2006-12-29")
	b.register(gone)
	b.addListed(c)
}

func (b *builder) allDissolved() {
	newest := b.legalEntity()
	dissolve(&newest, "2012-01-20", "2020-11-11")
	older := b.twin(newest)
	dissolve(&older, "2003-07-08", "2012-01-20")
	b.register(older)
	b.addListed(newest)
}

// twoAlive: nothing on the node tells the two apart.
func (b *builder) twoAlive() {
	c := b.legalEntity()
	b.register(c)
	b.register(b.twin(c))
	b.add(map[string]any{"idocs:inn": c.INN, "idocs:fullOrganizationName": c.FullName})
}

// contradictingOGRN: somebody pasted the OGRN of another company.
func (b *builder) contradictingOGRN() {
	c, other := b.legalEntity(), b.legalEntity()
	b.register(c)
	b.register(other)
	b.add(map[string]any{"idocs:inn": c.INN, "idocs:ogrn": other.OGRN, "idocs:fullOrganizationName": c.FullName})
}

func (b *builder) unknownINN() {
	c := b.legalEntity()
	b.addCompany(c).Properties["idocs:inn"] = c.INN
}

// foreignINN: organisations from abroad have 9909 in front; the methods about legal entities don't know them.
func (b *builder) foreignINN() {
	b.add(map[string]any{"idocs:inn": konturtest.ForeignINN(b.number() % 100_000), "idocs:fullOrganizationName": "Sample Trading Ltd. " + b.digits(3)})
}

func (b *builder) emptyINN() {
	properties := map[string]any{"idocs:fullOrganizationName": b.legalEntity().FullName}
	if blank := pick(b, []string{"", " ", "none"}); blank != "none" {
		properties["idocs:inn"] = blank
	}
	b.add(properties)
}

func (b *builder) malformedINN() {
	inn := konturtest.INN(b.number())
	b.mistyped(pick(b, []string{"00000", "нет", inn[:7], inn[:5] + "-" + inn[5:], inn + "/" + officeKPP(12), inn[:9] + "О", "0000000000"}))
}

func (b *builder) wrongCheckDigit() {
	inn := konturtest.INN(b.number())
	b.mistyped(inn[:9] + string('0'+(inn[9]-'0'+1)%10))
}

// lostZero: a spreadsheet took the INN for a number.
func (b *builder) lostZero() {
	c := b.legalEntity()
	b.register(c)
	b.mistyped(c.INN[1:])
}

func (b *builder) mistyped(inn string) {
	b.add(map[string]any{"idocs:inn": inn, "idocs:fullOrganizationName": b.legalEntity().FullName})
}

func (b *builder) blanks() {
	c := b.legalEntity()
	b.addListed(c).Properties["idocs:inn"] = strings.Replace(pick(b, []string{" #", "# ", " #\t", "#\n"}), "#", c.INN, 1)
}

// addressInParts: under an old contract an address has no line that says all.
func (b *builder) addressInParts() {
	c := b.legalEntity()
	c.Address.NoOneLine = true
	b.addListed(c)
	b.spoilt()
}

func (b *builder) managementCompany() {
	manager, c := b.legalEntity(), b.legalEntity()
	c.Heads = nil
	c.ManagementCompanies = []konturtest.ManagementCompany{{Name: manager.ShortName, INN: manager.INN, OGRN: manager.OGRN, Date: "2021-02-01"}}
	b.register(manager)
	b.addListed(c)
}

// hugeName: institutions are named after everything that they belong to.
func (b *builder) hugeName() {
	c := b.legalEntity()
	c.FullName = "ФЕДЕРАЛЬНОЕ ГОСУДАРСТВЕННОЕ БЮДЖЕТНОЕ УЧРЕЖДЕНИЕ «НАУЧНО-ИССЛЕДОВАТЕЛЬСКИЙ ИНСТИТУТ «" + strings.ToUpper(b.name()) + "»" +
		strings.Repeat(" ИМЕНИ ОБРАЗЦОВОГО ПРИМЕРА, ОТДЕЛЕНИЕ «ИСПЫТАНИЯ \"ПЕСОЧНИЦА\"» №"+b.digits(2), 12) + "»"
	c.ShortName = "ФГБУ «НИИ «" + strings.ToUpper(b.name()) + "»»"
	b.addListed(c)
}

// manyNodes: each department made a node of its own.
func (b *builder) manyNodes() {
	c := b.legalEntity()
	b.register(c)
	for range 6 {
		b.addCompany(c)
	}
}

// differing adds a node that a pass would write, were it not for what keeps it from that.
func (b *builder) differing() *alfrescotest.Node {
	c := b.legalEntity()
	b.register(c)
	return b.add(map[string]any{"idocs:inn": c.INN})
}
