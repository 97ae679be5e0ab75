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
	phones := object{}
	phones.put("count", len(c.Phones))
	o["contactPhones"] = phones
	if n := len(c.Emails); n > 0 {
		o["contactEmails"] = object{"count": n}
	}
	return o
}

func (c *Company) reqUL() object {
	o := object{}
	o.put("kpp", c.KPP)
	c.putCodes(o)
	o.put("legalName", legalName(FormerName{Full: c.FullName, Short: c.ShortName, Date: c.NameDate}))
	if c.Address != nil {
		o.put("legalAddress", legalAddress(FormerAddress{Address: c.Address, Date: c.AddressDate}))
	}
	o.put("branches", each(c.Branches, renderBranch))
	o.put("status", c.Status.render())
	o.put("registrationDate", c.RegistrationDate)
	o.put("dissolutionDate", c.DissolutionDate)
	o.put("heads", each(c.Heads, renderHead))
	o.put("managementCompanies", each(c.ManagementCompanies, func(m ManagementCompany) object {
		o := object{}
		o.put("name", m.Name)
		o.put("inn", m.INN)
		o.put("ogrn", m.OGRN)
		o.put("date", m.Date)
		return o
	}))
	history := object{}
	history.put("kpps", each(c.History.KPPs, func(k FormerKPP) object {
		o := object{"kpp": k.KPP}
		o.put("date", k.Date)
		return o
	}))
	history.put("legalNames", each(c.History.Names, legalName))
	history.put("legalAddresses", each(c.History.Addresses, legalAddress))
	history.put("heads", each(c.History.Heads, renderHead))
	o.put("history", history)
	return o
}

func (c *Company) reqIP() object {
	o := object{}
	o.put("fio", c.FIO)
	o.put("structuredFio", structuredFIO(c.FIO))
	c.putCodes(o)
	o.put("registrationDate", c.RegistrationDate)
	o.put("dissolutionDate", c.DissolutionDate)
	o.put("status", c.Status.render())
	if len(c.History.FIOs) > 0 {
		o.put("historyIP", object{"fios": each(c.History.FIOs, func(n FormerName) object {
			o := object{"fio": n.Full}
			o.put("date", n.Date)
			return o
		})})
	}
	return o
}

func (c *Company) putCodes(o object) {
	o.put("okpo", c.OKPO)
	o.put("okato", c.OKATO)
	o.put("okfs", c.OKFS)
	o.put("oktmo", c.OKTMO)
	o.put("okogu", c.OKOGU)
	o.put("okopf", c.OKOPF)
	o.put("opf", c.OPF)
}

func (s Status) render() object {
	text := s.Text
	if text == "" {
		switch {
		case s.Dissolved:
			text = "Прекратило деятельность"
		case s.Dissolving:
			text = "Находится в стадии ликвидации"
		default:
			text = "Действующее"
		}
	}
	o := object{"statusString": text}
	o.put("reorganizing", s.Reorganizing)
	o.put("bankrupting", s.Bankrupting)
	o.put("dissolving", s.Dissolving)
	o.put("dissolved", s.Dissolved)
	o.put("date", s.Date)
	return o
}

func (s Statements) summary() object {
	o := object{}
	o.put("greenStatements", s.Green)
	o.put("yellowStatements", s.Yellow)
	o.put("redStatements", s.Red)
	return o
}

// legalName is nil without a name.
func legalName(n FormerName) object {
	o := object{}
	o.put("short", n.Short)
	o.put("full", n.Full)
	o.put("date", n.Date)
	if len(o) == 0 {
		return nil
	}
	return o
}

func legalAddress(f FormerAddress) object {
	o := object{}
	if f.Address != nil {
		o.put("parsedAddressRF", f.Address.parsedAddressRF())
		o.put("parsedAddressRFFias", f.Address.parsedAddressRFFias())
	}
	o.put("date", f.Date)
	o.put("firstDate", f.Date)
	return o
}

func renderBranch(b Branch) object {
	o := object{}
	o.put("name", b.Name)
	o.put("kpp", b.KPP)
	if b.ForeignCountry != "" || b.ForeignAddress != "" {
		foreign := object{}
		foreign.put("countryName", b.ForeignCountry)
		foreign.put("addressString", b.ForeignAddress)
		o.put("foreignAddress", foreign)
	}
	if b.Address != nil {
		o.put("parsedAddressRF", b.Address.parsedAddressRF())
		o.put("parsedAddressRFFias", b.Address.parsedAddressRFFias())
	}
	o.put("date", b.Date)
	return o
}

func renderHead(h Head) object {
	o := object{}
	o.put("fio", h.FIO)
	o.put("innfl", h.INN)
	o.put("position", h.Position)
	o.put("date", h.Date)
	o.put("firstDate", h.Date)
	o.put("isInaccuracy", h.Inaccurate)
	o.put("structuredFio", structuredFIO(h.FIO))
	return o
}

// structuredFIO splits a name in three words; nil if there are others than that.
func structuredFIO(fio string) object {
	words := strings.Fields(fio)
	if len(words) != 3 {
		return nil
	}
	return object{"lastName": words[0], "firstName": words[1], "middleName": words[2]}
}
