package mapping_test

import (
	"encoding/json"
	"fmt"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/mapping"
)

// A mapping is compiled once. Then an item of an answer is cut down to what is mapped, and a node is compared with that.
func ExampleParse() {
	m, err := mapping.Parse([]byte(`{
		"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:kpp"]},
		"attributes": [
			{"attribute": "idocs:fullOrganizationName", "source": "req", "write": "always", "value": ".UL.legalName.full"},
			{"attribute": "idocs:okpo", "source": "req", "write": "ifEmpty", "value": ".UL.okpo"},
			{"attribute": "idocs:kpp", "source": "req", "write": "never", "value": ".UL.kpp"}
		]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	var item map[string]any
	err = json.Unmarshal([]byte(`{"inn": "7736050003", "ogrn": "1027700070518",
		"UL": {"legalName": {"full": "ПАО Ромашка"}, "okpo": "00040778", "kpp": "781401001"}}`), &item)
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := m.Project("req", "7736050003", "1027700070518", item, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	node := map[string]any{"idocs:inn": "7736050003", "idocs:okpo": "typed in by hand", "idocs:kpp": "997250001"}
	diff := m.Diff("a-node", node, counterparty.HeadOffice, "997250001", map[string]counterparty.Projection{"req": answer})
	for _, change := range diff.Changes {
		fmt.Println("written: ", change.Attribute, change.Was, "→", change.Became)
	}
	for _, change := range diff.Reported {
		fmt.Println("reported:", change.Attribute, change.Was, "→", change.Became)
	}
	// Output:
	// written:  idocs:fullOrganizationName <nil> → ПАО Ромашка
	// reported: idocs:kpp 997250001 → 781401001
}

// All that is wrong with a mapping comes at once, with the entry and its attribute.
func ExampleParse_refused() {
	_, err := mapping.Parse([]byte(`{
		"identity": {"inn": ["idocs:inn"], "ogrn": ["idocs:ogrn"], "kpp": ["idocs:kpp"]},
		"attributes": [
			{"attribute": "idocs:okpo", "source": "req", "write": "sometimes", "value": ".UL.okpo"},
			{"attribute": "idocs:phone", "source": "contacts", "write": "always", "value": ".phones["}
		]
	}`))
	fmt.Println(err)
	// Output:
	// entry 1 (idocs:okpo) write: "sometimes" is not allowed; allowed: always, ifEmpty, ifOurs, never
	// entry 2 (idocs:phone) value: unexpected EOF at the end
}
