package konturtest

import "fmt"

const methodStat = "stat"

// methods render the item of a company, without the identifiers that all items have.
var methods = map[string]func(*Company) object{
	"req":        renderReq,
	"egrDetails": renderDetails,
	"contacts":   func(c *Company) object { return object{"contactPhones": counted("phones", c.Phones)} },
	// It has the shape of contacts; the vendor's own is unconfirmed.
	"contactEmails": func(c *Company) object { return object{"contactEmails": counted("emails", c.Emails)} },
	"sites":         func(c *Company) object { return fields("sites", c.Sites) },
	"licences":      renderLicences,
	"briefReport":   renderBriefReport,
}

// item renders a company for a method.
func (c *Company) item(method string) object {
	o := methods[method](c)
	o["inn"], o["ogrn"] = c.INN, c.OGRN
	o["focusHref"] = "https://focus.kontur.ru/entity?query=" + c.OGRN
	o.merge(c.Extra[""])
	o.merge(c.Extra[method])
	return o
}

// counted is a list that is written even if it is empty, and a count that is not.
func counted(key string, list []string) object {
	o := object{key: append([]string{}, list...)}
	o.put("count", len(list))
	return o
}

// renderLicences writes the key that the vendor writes: the method is licences, the key is licenses.
func renderLicences(c *Company) object {
	return object{"licenses": each(c.Licences, func(l Licence) object {
		return fields("officialNum", l.Number, "issuerName", l.Issuer, "date", l.Date, "dateStart", l.Start, "dateEnd", l.End,
			"statusDescription", l.Status, "activity", l.Activity, "services", l.Services, "addresses", l.Addresses)
	})}
}

// renderBriefReport has a one-off link with a token, which clients must neither log nor store.
func renderBriefReport(c *Company) object {
	return object{"briefReport": object{
		"href":    fmt.Sprintf("https://focus.kontur.ru/report?token=one-off-token-%s", c.OGRN),
		"summary": c.Statements.summary(),
	}}
}
