package api

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/report/desk"
)

// madeObject is the answer to a make or a refresh.
type madeObject struct {
	UID               string     `json:"uid"`
	IsNew             bool       `json:"isnew"`
	ProcessRequestUID string     `json:"process_request_uid,omitempty"` // new ones only
	SuggestGet        desk.Stamp `json:"suggest_get"`
}

// make makes a report, or finds the one that there is.
func (a *api) make(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody[makeBody](r)
	if err != nil {
		return err
	}
	typeUID := r.PathValue("type")
	reportType, err := a.typeOf(typeUID)
	if err != nil {
		return err
	}
	request, field, err := body.request(reportType.ID)
	if err != nil {
		return err
	}
	if err := a.checkWebhook(request.Webhook); err != nil {
		return err
	}
	made, err := a.Reports.Make(r.Context(), request)
	if err == nil && !made.IsNew && bool(body.Options.fields.Force) {
		made, err = a.Reports.Refresh(r.Context(), made.UID, request.Webhook)
	}
	if !invalid.Is(err) && !errors.Is(err, desk.ErrUnknownType) {
		a.audit(r, asksMake, request.UID()) // what could not be made was asked for all the same
	}
	switch {
	case errors.Is(err, desk.ErrUnknownType):
		return &absent{"Report_Type", excerpt.Bytes(typeUID, maxShown)}
	case err != nil:
		return asWritten(err, field)
	}
	return a.made(w, made)
}

// refresh makes a report anew.
func (a *api) refresh(w http.ResponseWriter, r *http.Request) error {
	body, err := readBody[refreshBody](r)
	if err != nil {
		return err
	}
	uid := r.PathValue("uid")
	if err := a.checkWebhook(body.webhook()); err != nil {
		return err
	}
	made, err := a.Reports.Refresh(r.Context(), uid, body.webhook())
	if !invalid.Is(err) && !errors.Is(err, desk.ErrUnknown) {
		a.audit(r, asksRefresh, uid)
	}
	switch {
	case errors.Is(err, desk.ErrUnknown):
		return &absent{"Report", excerpt.Bytes(uid, maxShown)}
	case err != nil:
		return asWritten(err, "uid")
	}
	return a.made(w, made)
}

// checkWebhook refuses what would silently never be called. Addresses may hold a token, so none is repeated.
func (a *api) checkWebhook(hook *report.Webhook) error {
	if hook == nil || a.CheckWebhook == nil {
		return nil
	}
	for _, address := range []struct{ field, value string }{{"on_update", hook.OnUpdate}, {"on_complete", hook.OnComplete}} {
		if address.value == "" {
			continue
		}
		if err := a.CheckWebhook(address.value); err != nil {
			return &invalid.Field{Name: "options.webhook." + address.field, Value: "***", Allowed: "an address that this service calls; " + err.Error()}
		}
	}
	return nil
}

func (a *api) made(w http.ResponseWriter, made desk.Made) error {
	object := madeObject{UID: made.UID, IsNew: made.IsNew, SuggestGet: desk.Stamp(made.StartedAt)}
	if made.IsNew {
		object.SuggestGet = desk.Stamp(made.StartedAt.Add(time.Second))
		object.ProcessRequestUID = processUID(made)
	}
	return ok(a, w, envelope{Version: version}, []madeObject{object})
}

// processUID names the run: the uid with the run id, 32 hexadecimal digits, before the domain.
func processUID(made desk.Made) string {
	name, domain, _ := strings.Cut(made.UID, "@")
	return name + "_" + strings.ReplaceAll(made.RunID, "-", "") + "@" + domain
}

// typeOf is the id of a type whose uid may come with its domain or without.
func (a *api) typeOf(uid string) (report.Type, error) {
	id := strings.TrimSuffix(uid, "@"+report.Domain)
	types := a.Types()
	if i := slices.IndexFunc(types, func(t report.Type) bool { return t.ID == id }); i >= 0 {
		return types[i], nil
	}
	return report.Type{}, &absent{"Report_Type", excerpt.Bytes(uid, maxShown)}
}

// request is what the body asks for, and the field that has the identifier.
func (b makeBody) request(typeID string) (r report.Request, field string, err error) {
	field = "query"
	r = report.Request{Type: typeID, ID: b.Query.trimmed(), IdempotenceKey: string(b.IdempotenceKey), Webhook: b.Options.fields.webhook()}
	switch strings.ToUpper(strings.TrimSpace(b.QueryType)) {
	case "INN":
		r.By = counterparty.INN
	case "OGRN", "OGRNIP":
		r.By = counterparty.OGRN
	case "AUTO", "AUTODETECT":
		identified, err := desk.Identify(typeID, r.ID)
		if err != nil {
			return report.Request{}, "", asWritten(err, field)
		}
		r.By = identified.By
	case "MULTIPART":
		data := b.Data.fields
		field, r.By, r.ID = "data.inn", counterparty.INN, data.INN.trimmed()
		if data.OGRN.trimmed() != "" {
			// Of the two it is the one that only one company has.
			field, r.By, r.ID = "data.ogrn", counterparty.OGRN, data.OGRN.trimmed()
		}
		if r.ID == "" {
			return report.Request{}, "", &invalid.Field{Name: field, Allowed: "an INN, or an OGRN in data.ogrn"}
		}
	default:
		return report.Request{}, "", &invalid.Field{Name: "queryType", Value: excerpt.Bytes(b.QueryType, maxShown),
			Allowed: "INN, OGRN, OGRNIP, AUTO or AUTODETECT, or MULTIPART with data.inn or data.ogrn"}
	}
	return r, field, nil
}

// written are the fields of a request as its body and path call them.
var written = map[string]string{
	"type": "report_type_uid", "by": "queryType",
	"webhook on_update": "options.webhook.on_update", "webhook on_complete": "options.webhook.on_complete",
}

// asWritten gives the fields of an invalid request the names that the caller wrote; id is that of the identifier.
func asWritten(err error, id string) error {
	if !invalid.Is(err) {
		return err
	}
	problems, several := errors.AsType[invalid.Errors](err)
	if !several {
		problems = invalid.Errors{err}
	}
	var l invalid.List
	for _, problem := range problems {
		if field, ok := errors.AsType[*invalid.Field](problem); ok {
			name := cmp.Or(written[field.Name], field.Name)
			if name == "id" {
				name = id
			}
			problem = &invalid.Field{Name: name, Value: field.Value, Allowed: field.Allowed}
		}
		l.Join(problem)
	}
	return l.Err()
}

// maxShown is how many bytes of what came an answer repeats.
const maxShown = 80
