package konturtest

func renderDetails(c *Company) object {
	o := object{}
	o.put("okpo", c.OKPO)
	if c.soleProprietor() {
		o.put("okato", c.OKATO)
		if c.Address != nil {
			o.put("shortenedAddress", c.Address.shortenedAddress())
		}
	}
	d := c.Details
	activities := object{}
	activities.putFilled("principalActivity", d.Activity.render())
	activities.put("complementaryActivities", each(d.OtherActivities, Activity.render))
	if len(activities) > 0 && !d.OldOKVED {
		activities["okvedVersion"] = "2"
	}
	o.put("activities", activities)

	o.put("regInfo", fields("ogrnDate", d.OGRNDate))
	office := d.TaxOffice.render()
	if len(office) > 0 && !c.soleProprietor() {
		office.put("kpp", c.KPP)
	}
	o.putFilled("nalogRegBody", office)
	o.putFilled("regBody", d.RegistrationBody.render())
	o.put("egrRecords", each(d.Records, func(r Record) object { return fields("grn", r.GRN, "date", r.Date, "name", r.Name) }))
	if c.soleProprietor() {
		return object{"IP": o}
	}
	o.put("statedCapital", d.Capital.render())
	for _, f := range d.Founders {
		key := "foundersFL"
		if f.OGRN != "" {
			key = "foundersUL"
		}
		list, _ := o[key].([]object)
		o.put(key, append(list, f.render()))
	}
	o.put("history", fields("statedCapitals", each(c.History.StatedCapital, Capital.render)))
	return object{"UL": o}
}

func (a Activity) render() object { return fields("code", a.Code, "text", a.Text, "date", a.Date) }

func (c Capital) render() object { return fields("sum", c.Sum, "date", c.Date) }

func (t TaxOffice) render() object {
	return fields("nalogCode", t.Code, "nalogName", t.Name, "nalogRegDate", t.Since, "date", t.Date)
}

func (f Founder) render() object {
	o := fields("date", f.Date, "firstDate", f.Date, "share", fields("sum", f.Share))
	if f.OGRN == "" {
		o.merge(fields("fio", f.Name, "innfl", f.INN))
	} else {
		o.merge(fields("ogrn", f.OGRN, "inn", f.INN, "fullName", f.Name))
	}
	return o
}
