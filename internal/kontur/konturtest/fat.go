package konturtest

import (
	"encoding/json"
	"strings"
)

// WithFatItems makes the items of egrDetails and licences as large as the largest that were captured, 474 and 689 KB. A
// register has a few such companies; here all are.
func WithFatItems() Option { return func(s *Server) { s.fat = true } }

// A fat item has as many entries of its longest list as it takes.
const (
	fatDetails  = 474_000
	fatLicences = 689_000

	fatRecord  = `{"date":"2019-03-21","grn":"2000000000001","name":"Внесение изменений в сведения о юридическом лице"}`
	fatLicence = `{"date":"2019-01-01","issuerName":"Служба","officialNum":"Л-001","services":["перевозки","хранение"]}`
)

func fatten(method string, item object) {
	switch method {
	case "egrDetails":
		for _, kind := range []string{"UL", "IP"} {
			if company, ok := item[kind].(object); ok {
				company["egrRecords"] = entries(fatRecord, fatDetails-len(marshal(item)))
			}
		}
	case "licences":
		item["licenses"] = entries(fatLicence, fatLicences-len(marshal(item)))
	}
}

// entries is a list of so many bytes.
func entries(entry string, bytes int) json.RawMessage {
	n := max(1, bytes/(len(entry)+1))
	return json.RawMessage("[" + strings.Repeat(entry+",", n-1) + entry + "]")
}
