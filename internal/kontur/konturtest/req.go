package konturtest

import "strings"

func renderReq(c *Company) object {
	o := object{}
	if c.soleProprietor() {
		o["IP"] = c.reqIP()
	} else {
		o["UL"] = c.reqUL()
	}
	o["briefReport"] = object{"summary": c.Statements.summary()}
	o["contactPhones"] = fields("count", len(c.Phones))
	o.putFilled("contactEmails", fields("count", len(c.Emails)))
	return o
}

func (c *Company) reqUL() object {
	o := fields("kpp", c.KPP, "branches", each(c.Branches, renderBranch), "status", c.Status.render(), "registrationDate", c.RegistrationDate,
		"dissolutionDate", c.DissolutionDate, "heads", each(c.Heads, renderHead), "history", fields(
			"kpps", each(c.History.KPPs, func(k FormerKPP) object { return fields("kpp", k.KPP, "date", k.Date) }),
			"legalNames", each(c.History.Names, legalName),
			"legalAddresses", each(c.History.Addresses, legalAddress),
			"heads", each(c.History.Heads, renderHead),
		),
		"managementCompanies", each(c.ManagementCompanies, func(m ManagementCompany) object {
			return fields("name", m.Name, "inn", m.INN, "ogrn", m.OGRN, "date", m.Date)
		}))
	o.putFilled("legalName", legalName(FormerName{Full: c.FullName, Short: c.ShortName, Date: c.NameDate}))
	c.putCodes(o)
	if c.Address != nil {
		o.put("legalAddress", legalAddress(FormerAddress{Address: c.Address, Date: c.AddressDate}))
	}
	return o
}

func (c *Company) reqIP() object {
	o := fields("fio", c.FIO, "structuredFio", structuredFIO(c.FIO), "registrationDate", c.RegistrationDate,
		"dissolutionDate", c.DissolutionDate, "status", c.Status.render())
	c.putCodes(o)
	o.putFilled("historyIP", fields("fios", each(c.History.FIOs, func(n FormerName) object { return fields("fio", n.Full, "date", n.Date) })))
	return o
}

func (c *Company) putCodes(o object) {
	o.merge(fields("okpo", c.OKPO, "okato", c.OKATO, "okfs", c.OKFS, "oktmo", c.OKTMO, "okogu", c.OKOGU, "okopf", c.OKOPF, "opf", c.OPF))
}

func (s Status) render() object {
	text := "Действующее"
	switch {
	case s.Text != "":
		text = s.Text
	case s.Dissolved:
		text = "Прекратило деятельность"
	case s.Dissolving:
		text = "Находится в стадии ликвидации"
	}
	return fields("statusString", text, "reorganizing", s.Reorganizing, "bankrupting", s.Bankrupting, "dissolving", s.Dissolving,
		"dissolved", s.Dissolved, "date", s.Date)
}

func (s Statements) summary() object {
	return fields("greenStatements", s.Green, "yellowStatements", s.Yellow, "redStatements", s.Red)
}

func legalName(n FormerName) object { return fields("short", n.Short, "full", n.Full, "date", n.Date) }

func legalAddress(f FormerAddress) object {
	o := fields("date", f.Date, "firstDate", f.Date)
	f.Address.putForms(o)
	return o
}

func renderBranch(b Branch) object {
	o := fields("name", b.Name, "kpp", b.KPP, "date", b.Date)
	if b.ForeignCountry != "" || b.ForeignAddress != "" {
		o.put("foreignAddress", fields("countryName", b.ForeignCountry, "addressString", b.ForeignAddress))
	}
	b.Address.putForms(o)
	return o
}

func renderHead(h Head) object {
	return fields("fio", h.FIO, "innfl", h.INN, "position", h.Position, "date", h.Date, "firstDate", h.Date,
		"isInaccuracy", h.Inaccurate, "structuredFio", structuredFIO(h.FIO))
}

// structuredFIO splits a name in three words; nil if there are others than that.
func structuredFIO(fio string) object {
	words := strings.Fields(fio)
	if len(words) != 3 {
		return nil
	}
	return object{"lastName": words[0], "firstName": words[1], "middleName": words[2]}
}
