package sample

import (
	"maps"
	"strings"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
)

// Condition is how well a node agrees with the register at first.
type Condition string

// The conditions of nodes that mean a company of the register.
const (
	// Equal: nothing to write.
	Equal Condition = "equal"
	// Bare: nothing but the INN, and the KPP where that tells a branch.
	Bare Condition = "bare"
	// Outdated: a former name, a former address or a head who left.
	Outdated Condition = "outdated"
	// OwnPostAddress: outdated, and with a post address that a person typed, which no pass may change.
	OwnPostAddress Condition = "own post address"
)

// Shares of the conditions in percent; the rest is Equal. Most records of a real archive were right on the day when they
// were typed in, so that outdated ones prevail, and bare ones come from imports.
const (
	percentBare           = 25
	percentOutdated       = 30
	percentOwnPostAddress = 15
)

// addCompany adds a node that means a company's head office, in some condition.
func (b *builder) addCompany(c konturtest.Company) *alfrescotest.Node {
	return b.addInDisorder(asRegistered(c), c, map[string]any{"idocs:inn": c.INN})
}

// addListed is addCompany for a company that is yet to come into the register.
func (b *builder) addListed(c konturtest.Company) *alfrescotest.Node {
	b.register(c)
	return b.addCompany(c)
}

// addBranch adds a node that means a branch: the KPP says which.
func (b *builder) addBranch(c konturtest.Company, branch konturtest.Branch) *alfrescotest.Node {
	properties := asRegistered(c)
	properties["idocs:kpp"] = branch.KPP
	address := ""
	if branch.Address != nil {
		address = branch.Address.Line()
	} else if branch.ForeignCountry != "" {
		address = branch.ForeignCountry + ", " + branch.ForeignAddress
	}
	properties["idocs:juridicalAddress"], properties["idocs:postAddress"] = address, address
	return b.addInDisorder(properties, c, map[string]any{"idocs:inn": c.INN, "idocs:kpp": branch.KPP})
}

// addInDisorder adds a node with the right properties, or what is left of them in some condition.
func (b *builder) addInDisorder(right map[string]any, c konturtest.Company, bare map[string]any) *alfrescotest.Node {
	condition := Equal
	switch percent := b.rand.IntN(100); {
	case percent < percentBare:
		condition = Bare
	case percent < percentBare+percentOutdated:
		condition = Outdated
	case percent < percentBare+percentOutdated+percentOwnPostAddress:
		condition = OwnPostAddress
	}
	properties := right
	switch condition {
	case Bare:
		properties = bare
	case Outdated, OwnPostAddress:
		b.outdate(properties, c)
	}
	if condition == OwnPostAddress {
		properties["idocs:postAddress"] = "000" + b.digits(3) + ", г Примерск, а/я " + b.digits(3) + ", с пометкой «в бухгалтерию»"
	}
	if condition != Bare {
		properties["idocs:contractorType"] = []string{pick(b, []string{"customer", "vendor"})}
	}
	node := b.add(properties)
	b.last().condition = condition
	return node
}

// spoilt notes that the kind itself makes the node differ from the register.
func (b *builder) spoilt() {
	if b.last().condition == Equal {
		b.last().condition = Outdated
	}
}

// outdate puts back, one by one, what changed since somebody typed it in: at least one thing, several now and then.
func (b *builder) outdate(properties map[string]any, c konturtest.Company) {
	changes := []map[string]any{{"idocs:okato": "00400000000"}, {"idocs:fullOrganizationName": strings.ToLower(text(properties["idocs:fullOrganizationName"]))}}
	if len(c.History.Names) > 0 {
		changes = append(changes, map[string]any{"idocs:fullOrganizationName": c.History.Names[0].Full, "idocs:shortOrganizationName": c.History.Names[0].Full})
	}
	if len(c.History.Addresses) > 0 {
		old := c.History.Addresses[0].Address.Line()
		changes = append(changes, map[string]any{"idocs:juridicalAddress": old, "idocs:postAddress": old})
	}
	if len(c.Heads) > 0 {
		changes = append(changes, map[string]any{"idocs:CEOname": "Директор, " + b.person()})
	}
	if properties["idocs:okato"] == nil {
		changes = changes[1:]
	}
	b.rand.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
	for _, change := range changes[:1+b.rand.IntN(len(changes))] {
		maps.Copy(properties, change)
	}
}

// asRegistered are a node's properties when nothing is left to write.
func asRegistered(c konturtest.Company) map[string]any {
	p := map[string]any{"idocs:inn": c.INN, "idocs:okpo": c.OKPO, "idocs:okato": c.OKATO}
	if len(c.Phones) > 0 {
		p["idocs:phone"] = c.Phones[0]
	}
	address := ""
	if c.FIO != "" {
		if c.Address != nil {
			address = c.Address.Region.Value + " " + c.Address.Region.Short + ", " + c.Address.City.Short + " " + c.Address.City.Value
		}
		p["idocs:psrnsp"] = c.OGRN
		p["idocs:fullOrganizationName"] = "Индивидуальный предприниматель " + c.FIO
		p["idocs:shortOrganizationName"] = "ИП " + c.FIO
	} else {
		if c.Address != nil {
			address = c.Address.Line()
		}
		p["idocs:ogrn"], p["idocs:kpp"] = c.OGRN, c.KPP
		p["idocs:fullOrganizationName"], p["idocs:shortOrganizationName"] = c.FullName, c.ShortName
	}
	p["idocs:juridicalAddress"], p["idocs:postAddress"] = address, address
	switch {
	case len(c.Heads) > 0:
		p["idocs:CEOname"] = c.Heads[0].Position + ", " + c.Heads[0].FIO
	case len(c.ManagementCompanies) > 0:
		p["idocs:CEOname"] = "Управляющая организация, " + c.ManagementCompanies[0].Name
	}
	maps.DeleteFunc(p, func(_ string, value any) bool { return value == "" })
	return p
}

func text(value any) string {
	s, _ := value.(string)
	return s
}
