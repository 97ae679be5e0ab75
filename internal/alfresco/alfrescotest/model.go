package alfrescotest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kind is the data type of a property.
type kind int

const (
	text kind = iota + 1
	mltext
	integer
	boolean
	datetime
)

// property is what the content model says about a property.
type property struct {
	kind     kind
	aspect   string // empty: the type's own
	multiple bool
	list     []string       // LIST constraint
	pattern  *regexp.Regexp // REGEX constraint; an empty text passes
	required bool           // enforced
}

// parents is the type hierarchy, child to parent. idocs:branchOffice is a made-up subtype, to have one.
var parents = map[string]string{
	"idocs:branchOffice":       "idocs:contractor",
	"idocs:contractor":         "idocs:abstractContractor",
	"idocs:abstractContractor": "idocs:entity",
	"idocs:entity":             "dl:dataListItem",
	"dl:dataListItem":          "cm:content",
	"cm:content":               "cm:cmobject",
	"cm:folder":                "cm:cmobject",
	"cm:cmobject":              "sys:base",
}

// companions are the mandatory aspects of an aspect: they come with it.
var companions = map[string][]string{"cm:dublincore": {"cm:author"}}

// lineage is a type and all its parents.
func lineage(nodeType string) []string {
	types := []string{nodeType}
	for parent := parents[nodeType]; parent != ""; parent = parents[parent] {
		types = append(types, parent)
	}
	return types
}

var (
	emailPattern    = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	fileNamePattern = regexp.MustCompile(`^[^"*\\><?/:|]*[^"*\\><?/:|. ]$`)
)

// mandatoryAspects come with every contractor.
var mandatoryAspects = []string{
	"cm:auditable", "sys:referenceable", "sys:localized", "idocs:publicRegInfo", "idocs:organizationInfo", "idocs:entityInfo",
	"idocs:hasContactInfo", "idocs:communicationInfo", "idocs:diadocInfo", "idocs:contractorType", "idocs:hasBankAccount",
	"idocs:doNotSendContractsToEdiAspect", "icase:case", "icase:hasCaseStatus",
}

// model is the content model, Citeck's contractor with everything that it inherits.
var model = contentModel()

func contentModel() map[string]property {
	m := map[string]property{
		"cm:name":                          {kind: text, pattern: fileNamePattern, required: true},
		"cm:title":                         {kind: mltext, aspect: "cm:titled"},
		"cm:description":                   {kind: mltext, aspect: "cm:titled"},
		"idocs:CEOname":                    {kind: text},
		"idocs:contractorID":               {kind: integer},
		"idocs:organizationName":           {kind: mltext, aspect: "idocs:organizationInfo"},
		"idocs:email":                      {kind: text, aspect: "idocs:communicationInfo", pattern: emailPattern},
		"idocs:contractorType":             {kind: text, aspect: "idocs:contractorType", multiple: true, list: []string{"customer", "vendor", "employee"}},
		"idocs:currencyEnabled":            {kind: boolean, aspect: "idocs:hasBankAccount"},
		"idocs:doNotSendContractToEdiFlag": {kind: boolean, aspect: "idocs:doNotSendContractsToEdiAspect"},
		"idocs:contractorKind": {kind: text, aspect: "idocs:hasContractorKind",
			list: []string{"legal-entity", "individual", "public-body", "individual-entrepreneur"}},
		"icase:caseStatusAssoc-prop":       {kind: text, aspect: "icase:hasCaseStatus"},
		"icase:caseStatusBeforeAssoc-prop": {kind: text, aspect: "icase:hasCaseStatus"},
		"icase:caseStatusChangedDateTime":  {kind: datetime, aspect: "icase:hasCaseStatus"},
	}
	for name := range strings.FieldsSeq("publisher contributor type identifier dcsource coverage rights subject") {
		m["cm:"+name] = property{kind: text, aspect: "cm:dublincore"}
	}
	for aspect, names := range map[string]string{
		"idocs:publicRegInfo":     "inn kpp ogrn okpo okonh okato bill",
		"idocs:organizationInfo":  "fullOrganizationName shortOrganizationName engOrganizationName",
		"idocs:entityInfo":        "juridicalAddress postAddress code phoneNumber",
		"idocs:hasContactInfo":    "firstName lastName patronymicName",
		"idocs:communicationInfo": "phone fax",
		"idocs:diadocInfo":        "diadocBoxId",
		"idocs:hasBankAccount": "bankTitle bankTitleEng bankId accountNumber corresponentBankTitle correspondentBankId " +
			"corresponentAccountNumber swift",
		"idocs:hasIndividualEntrepreneurInfo": "series number psrnsp",
		"idocs:hasIndividualInfo":             "inila registrationAddress",
		"idocs:hasGln":                        "gln",
		"idocs:declension":                    "nameInGenitiveCase",
	} {
		for name := range strings.FieldsSeq(names) {
			m["idocs:"+name] = property{kind: text, aspect: aspect}
		}
	}
	return m
}

// protected properties can't be set through the REST API.
var protected = []string{"cm:created", "cm:creator", "cm:modified", "cm:modifier", "cm:accessed", "cm:content"}

// convert turns a value of JSON into what the repository stores, or refuses it: unknown or protected properties and
// values of another type with 400, broken constraints with 422, what PostgreSQL can't keep with 500. A nil value stands for
// "unset".
func convert(name string, value any) (any, *reply) {
	if strings.HasPrefix(name, "sys:") || slices.Contains(protected, name) {
		return nil, refusal(http.StatusBadRequest, keyDefault, "Property "+name+" can not be changed")
	}
	p, known := model[name]
	if !known {
		return nil, refusal(http.StatusBadRequest, "", "Unknown property: "+name)
	}
	if value == nil {
		if p.required {
			return nil, refusal(http.StatusUnprocessableEntity, "", "Mandatory property not set: "+name)
		}
		return nil, nil
	}
	list := listOf(value)
	if !p.multiple && len(list) != 1 {
		return nil, refusal(http.StatusBadRequest, "", "Property "+name+" takes one value")
	}
	values := make([]any, len(list))
	for i, item := range list {
		var refused *reply
		if values[i], refused = p.convertOne(name, item); refused != nil {
			return nil, refused
		}
	}
	if p.multiple {
		return values, nil
	}
	return values[0], nil
}

// listOf are the values that a property has or is given: none, one, or those of a list as Go code or JSON writes it.
func listOf(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	case []string:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = item
		}
		return items
	}
	return []any{value}
}

func (p property) convertOne(name string, value any) (any, *reply) {
	asText := scalarText(value)
	switch p.kind {
	case integer:
		n, err := strconv.ParseInt(asText, 10, 32)
		if err != nil {
			return nil, refusal(http.StatusBadRequest, "", fmt.Sprintf("For input string: %q", asText))
		}
		return n, nil
	case boolean:
		return asText == "true", nil // whatever else is false, as Java has it
	case datetime:
		for _, layout := range []string{dateLayout, time.RFC3339, time.DateOnly} {
			if at, err := time.Parse(layout, asText); err == nil {
				return formatDate(at), nil
			}
		}
		return nil, refusal(http.StatusBadRequest, "", "Failed to convert string to date")
	}
	if asText != "" && p.list != nil && !slices.Contains(p.list, asText) {
		return nil, refusal(http.StatusUnprocessableEntity, "", "Integrity failure: "+name+" has a value that is not in the list")
	}
	if p.pattern != nil && (asText != "" || p.required) && !p.pattern.MatchString(asText) {
		return nil, refusal(http.StatusUnprocessableEntity, "", "Integrity failure: "+name+" does not match the regular expression")
	}
	if strings.ContainsRune(asText, 0) {
		return nil, refusal(http.StatusInternalServerError, keyDefault, notForPostgreSQL)
	}
	return asText, nil
}

func scalarText(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return strconv.FormatInt(int64(v), 10)
		}
		return strconv.FormatFloat(v, 'g', -1, 64)
	case json.Number:
		return v.String()
	}
	return fmt.Sprint(value)
}
