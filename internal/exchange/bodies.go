package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// dbidFields hold a sys:node-dbid.
var dbidFields = []string{"sys:node-dbid", "dbid"}

// plainFields of Alfresco's answers hold words of the model or of the server, and no value of a node.
var plainFields = []string{
	"nodeType", "type", "aspectNames", "aspects", "mimeType", "mimetype", "mimeTypeName", "location", "allowableOperations", "level",
	"edition", "major", "minor", "patch", "hotfix", "label", "display", "sys:store-protocol", "sys:store-identifier", "sys:locale",
}

// saying are fields of what goes wrong, in the server's words.
var saying = []string{"errorKey", "briefSummary", "msg", "message", "stackTrace", "descriptionURL"}

// plainPaths answer with the content model, or with the contract.
var plainPaths = []string{"/api/-default-/public/alfresco/versions/1/types/", "/api/-default-/public/alfresco/versions/1/aspects", "/api3/stat"}

// path masks the id in the path of a node.
func (m *Masker) path(path string) string {
	before, id, ok := strings.Cut(path, "/nodes/")
	if !ok {
		return path
	}
	return before + "/nodes/" + m.Text(id)
}

// identifying are the parameters that name a node or a company.
var identifying = []string{"nodeRef", "inn", "ogrn"}

// secretParameters let a request in. The recorder stands before the transport that adds the first one.
var secretParameters = []string{"key", "alf_ticket"}

// query masks what a query names.
func (m *Masker) query(raw string) string {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return ""
	}
	for _, name := range secretParameters {
		values.Del(name)
	}
	for name, all := range values {
		for i, value := range all {
			if slices.Contains(identifying, name) {
				all[i] = m.Text(value)
			}
		}
	}
	return values.Encode()
}

// request masks a body that was sent.
func (m *Masker) request(path string, body []byte) Body {
	var value any
	switch body = withoutLogin(path, body); {
	case len(body) == 0:
		return nil
	case unmarshal(body, &value) != nil:
		return Body("{}")
	}
	return marshal(m.asked("", value))
}

// withoutLogin leaves out the body of a login, which holds a password.
func withoutLogin(path string, body []byte) []byte {
	if strings.HasSuffix(path, "/tickets") {
		return []byte("{}")
	}
	return body
}

// asked masks what is looked for in a request, and leaves the words of its language.
func (m *Masker) asked(field string, value any) any {
	switch value := value.(type) {
	case map[string]any:
		if attribute, ok := value["att"].(string); ok {
			value["val"] = m.compared(attribute, value["val"])
			return value
		}
		for name, inner := range value {
			value[name] = m.asked(name, inner)
		}
	case []any:
		for i, inner := range value {
			value[i] = m.asked(field, inner)
		}
	case string:
		switch field {
		case "query":
			return m.condition(value)
		case "records":
			return m.Text(value)
		}
	}
	return value
}

// compared masks what a predicate of the Records API compares an attribute with.
func (m *Masker) compared(attribute string, value any) any {
	switch value := value.(type) {
	case []any:
		for i, inner := range value {
			value[i] = m.compared(attribute, inner)
		}
	case json.Number:
		if slices.Contains(dbidFields, attribute) {
			return m.dbidOf(value)
		}
		return json.Number(m.Number(value.String()))
	case string:
		if attribute != "TYPE" {
			return m.Text(value)
		}
	}
	return value
}

var (
	phrasePattern = regexp.MustCompile(`([\w:@\\-]+):"((?:[^"\\]|\\.)*)"`)
	rangePattern  = regexp.MustCompile(`(node\\?-dbid:[\[<])(-?\d+|MIN) TO (-?\d+|MAX)([\]>])`)
	escapePattern = regexp.MustCompile(`\\(.)`)
	phraseEscape  = strings.NewReplacer(`\`, `\\`, `"`, `\"`)
)

// condition masks the phrases and dbids of a condition in AFTS.
func (m *Masker) condition(afts string) string {
	afts = replace(phrasePattern, afts, func(part []string) string {
		if strings.HasSuffix(part[1], "TYPE") {
			return part[0]
		}
		return part[1] + `:"` + phraseEscape.Replace(m.Text(escapePattern.ReplaceAllString(part[2], "$1"))) + `"`
	})
	return replace(rangePattern, afts, func(part []string) string {
		return part[1] + m.bound(part[2]) + " TO " + m.bound(part[3]) + part[4]
	})
}

func replace(pattern *regexp.Regexp, text string, with func(part []string) string) string {
	return pattern.ReplaceAllStringFunc(text, func(match string) string { return with(pattern.FindStringSubmatch(match)) })
}

func (m *Masker) bound(text string) string {
	dbid, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return text
	}
	return strconv.FormatInt(m.Dbid(dbid), 10)
}

func (m *Masker) dbidOf(value any) any {
	number, ok := value.(json.Number)
	if !ok {
		return value
	}
	dbid, err := strconv.ParseInt(strings.TrimSuffix(number.String(), ".0"), 10, 64)
	if err != nil {
		return value
	}
	return m.Dbid(dbid)
}

// answer masks a body that came back.
func (m *Masker) answer(system, path string, status int, body []byte) Body {
	var value any
	switch {
	case len(body) == 0:
		return nil
	case unmarshal(body, &value) != nil:
		return Body(m.unread(string(body)))
	case status == http.StatusOK && slices.ContainsFunc(plainPaths, func(plain string) bool { return strings.HasPrefix(path, plain) }):
		return marshal(value)
	case system == Kontur && status == http.StatusOK:
		return marshal(m.item(value, m.Text))
	case system == Kontur:
		return marshal(m.item(value, m.said))
	}
	return marshal(m.shown("", false, value))
}

// unread masks a text that is no JSON. What should have been JSON holds values, and not a server's words.
func (m *Masker) unread(text string) string {
	if isObject([]byte(text)) {
		return m.Text(text)
	}
	return m.said(text)
}

// shown masks an answer of Alfresco's. Whatever is within an attribute is a value.
func (m *Masker) shown(field string, within bool, value any) any {
	within = within || strings.Contains(field, ":")
	switch value := value.(type) {
	case map[string]any:
		return m.fields(value, func(name string, inner any) any { return m.shown(name, within, inner) })
	case []any:
		for i, inner := range value {
			value[i] = m.shown(field, within, inner)
		}
	case json.Number:
		switch {
		case slices.Contains(dbidFields, field):
			return m.dbidOf(value)
		case within: // all else counts something
			return json.Number(m.Number(value.String()))
		}
	case string:
		switch plain := !within || strings.Contains(field, ":"); {
		case plain && slices.Contains(plainFields, field):
		case plain && slices.Contains(saying, field):
			return m.said(value)
		case strings.HasPrefix(value, "TICKET_"):
			return "TICKET_masked"
		default:
			return m.Text(value)
		}
	}
	return value
}

// fields masks what is in an object, and those of its names that are values.
func (m *Masker) fields(object map[string]any, mask func(name string, inner any) any) map[string]any {
	masked := make(map[string]any, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) {
		inner := mask(name, object[name])
		if !namePattern.MatchString(name) {
			name = m.Text(name)
		}
		masked[name] = inner
	}
	return masked
}

// namePattern fits the names that programs give to fields.
var namePattern = regexp.MustCompile(`^[A-Za-z_-]+(?:\d{0,4}[:.]?[A-Za-z_-]+)*\d{0,4}$`)

// item masks an answer of Kontur.Focus: all that it says about a company, or what went wrong.
func (m *Masker) item(value any, text func(string) string) any {
	switch value := value.(type) {
	case map[string]any:
		return m.fields(value, func(_ string, inner any) any { return m.item(inner, text) })
	case []any:
		for i, inner := range value {
			value[i] = m.item(inner, text)
		}
	case json.Number:
		if id := value.String(); validID(id) && m.digits(id)[0] == '0' {
			return m.digits(id) // which is joined by value with the one that was asked for, and no number begins so
		}
		return json.Number(m.Number(value.String()))
	case string:
		return text(value)
	}
	return value
}

// unmarshal keeps numbers as they are written. JSON with something behind it is none.
func unmarshal(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errFormat
	}
	return nil
}

func marshal(value any) Body {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return Body("{}") // what was decoded can be encoded
	}
	return bytes.TrimSpace(b.Bytes())
}
