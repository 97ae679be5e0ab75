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
	if d.Activity.Code != "" {
		activities.put("principalActivity", d.Activity.render())
	}
	activities.put("complementaryActivities", each(d.OtherActivities, Activity.render))
	if len(activities) > 0 && !d.OldOKVED {
		activities["okvedVersion"] = "2"
	}
	o.put("activities", activities)

	registration := object{}
	registration.put("ogrnDate", d.OGRNDate)
	o.put("regInfo", registration)
	if d.TaxOffice != (TaxOffice{}) {
		office := d.TaxOffice.render()
		if !c.soleProprietor() {
			office.put("kpp", c.KPP)
		}
		o.put("nalogRegBody", office)
	}
	if d.RegistrationBody != (TaxOffice{}) {
		o.put("regBody", d.RegistrationBody.render())
	}
	o.put("egrRecords", each(d.Records, func(r Record) object {
		o := object{}
		o.put("grn", r.GRN)
		o.put("date", r.Date)
		o.put("name", r.Name)
		return o
	}))
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
	history := object{}
	history.put("statedCapitals", each(c.History.StatedCapital, Capital.render))
	o.put("history", history)
	return object{"UL": o}
}

func (a Activity) render() object {
	o := object{}
	o.put("code", a.Code)
	o.put("text", a.Text)
	o.put("date", a.Date)
	return o
}

func (c Capital) render() object {
	o := object{}
	o.put("sum", c.Sum)
	o.put("date", c.Date)
	return o
}

func (t TaxOffice) render() object {
	o := object{}
	o.put("nalogCode", t.Code)
	o.put("nalogName", t.Name)
	o.put("nalogRegDate", t.Since)
	o.put("date", t.Date)
	return o
}

func (f Founder) render() object {
	o := object{}
	if f.OGRN == "" {
		o.put("fio", f.Name)
		o.put("innfl", f.INN)
	} else {
		o.put("ogrn", f.OGRN)
		o.put("inn", f.INN)
		o.put("fullName", f.Name)
	}
	o.put("date", f.Date)
	o.put("firstDate", f.Date)
	share := object{}
	share.put("sum", f.Share)
	o.put("share", share)
	return o
}
