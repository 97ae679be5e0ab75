package activities

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/jq"
	"counterparty-sync/internal/kontur"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
)

// askReportSource asks one source about one company and cuts the answer down to the content that the type wants.
type askReportSource struct {
	register Register
	reserve  *reserve
}

func (a *askReportSource) execute(ctx context.Context, request report.AskRequest) (report.AskResult, error) {
	within := time.Duration(cmp.Or(request.Within, request.Source.TimeLimit, pass.Duration(report.DefaultTimeLimit)))
	ctx = kontur.WithClass(ctx, kontur.ForReport)
	done, err := a.reserve.admit(ctx, request.Source.Method)
	if err != nil {
		return report.AskResult{}, err
	}
	defer done()
	allowance := kontur.NewAllowance(within)
	result, err := a.ask(kontur.WithAllowance(ctx, allowance), request)
	if err == nil {
		return result, nil
	}
	if ctx.Err() == nil && allowance.Late() {
		err = late(request.Source.Method, within)
	}
	return report.AskResult{}, &attempt{err: err, took: allowance.Spent()}
}

func (a *askReportSource) ask(ctx context.Context, request report.AskRequest) (report.AskResult, error) {
	var none report.AskResult
	// What is in the history counts, not what the file says by now.
	content, err := jq.Compile(cmp.Or(request.Source.Content, "."), jq.Definitions{})
	if err != nil {
		return none, badContent(request.Source.ID, err)
	}
	var items []answered
	kept := 0
	_, err = a.register.Query(ctx, request.Source.Method, counterparty.Askable(request.By, []string{request.ID}), func(item kontur.Item) error {
		some := read(request, content, item)
		if kept += len(some.content) + itemBytes; kept > maxKept {
			return largeContent(request.Source.ID, kept, request.MaxBytes)
		}
		items = append(items, some)
		return nil
	})
	if err != nil {
		return none, err
	}
	choose := chooseItem
	if request.Source.TellsCompany() {
		choose = chooseCompany
	}
	item, why, err := choose(request, items)
	if item == nil || err != nil {
		return report.AskResult{Reason: excerpt.Runes(why, maxErrorText)}, err
	}
	result := report.AskResult{Data: item.content, INN: item.INN, OGRN: item.OGRN}
	if item.company != nil {
		result.Company = &report.Company{Kind: report.Kind(item.company.Kind), INN: item.INN, OGRN: item.OGRN}
	}
	return result, item.wrong
}

// maxKept bounds the contents of all companies with one identifier, until it is known which of them is meant.
const maxKept = 8 * report.MaxContentBytes

// itemBytes is about what an item takes beside its content: an answer may have millions that have none.
const itemBytes = 512

// answered is an item of an answer without its object, which may be large.
type answered struct {
	kontur.Item
	// company is what distinguishes it from others, where the source does; broken is why the object does not say.
	company *counterparty.Company
	broken  error
	// said is the hash of the object, by which those that say the same are known.
	said [sha256.Size]byte
	// content is what the report shows of it, wrong why it can't.
	content json.RawMessage
	wrong   error
}

// read takes out of an item what the report may need.
func read(request report.AskRequest, content *jq.Expression, item kontur.Item) answered {
	object := item.Object
	item.Object = nil
	a := answered{Item: item}
	if object == nil {
		a.broken = errors.New(tooLargeToRead(request.Source.Method, item))
		a.wrong = brokenItem(request.Source.Method, item.OGRN, a.broken)
		return a
	}
	hash := sha256.New()
	// An object that was decoded can be encoded, with its keys in order.
	_ = json.NewEncoder(hash).Encode(object)
	a.said = [sha256.Size]byte(hash.Sum(nil))
	if request.Source.TellsCompany() {
		a.company, a.broken = mapping.CompanyOf(object)
	}
	a.content, a.wrong = cut(request, content, object)
	return a
}

// chooseCompany finds the company that is meant among those that req names. Without one it says why.
func chooseCompany(request report.AskRequest, items []answered) (item *answered, why string, err error) {
	candidates := make([]counterparty.Candidate, 0, len(items))
	for _, item := range items {
		if item.broken != nil {
			// It may be the very one that is meant.
			return nil, "", brokenItem(request.Source.Method, item.OGRN, item.broken)
		}
		candidates = append(candidates, counterparty.Candidate{INN: item.INN, OGRN: item.OGRN, Company: *item.company})
	}
	node := counterparty.Identity{INN: request.ID}
	if request.By == counterparty.OGRN {
		node = counterparty.Identity{OGRN: request.ID}
	}
	choice := counterparty.Choose(node, request.By, candidates)
	switch choice.Outcome {
	case "":
	case counterparty.Ambiguous:
		return nil, severalCompanies(request, items), nil
	default:
		return nil, nobody(request), nil
	}
	item = &items[choice.Index]
	if item.OGRN != "" && differ(items, item) {
		return nil, "the answer contradicts itself about OGRN " + item.OGRN, nil
	}
	return item, "", nil
}

// chooseItem finds the item of the company in the answer of any other source, which can't distinguish companies. Without an
// OGRN an item may be about any company of its INN.
func chooseItem(request report.AskRequest, items []answered) (item *answered, why string, err error) {
	var possible []answered
	nameless := false
	for _, item := range items {
		switch {
		case request.By == counterparty.OGRN && item.OGRN != request.ID, request.By == counterparty.INN && item.INN != request.ID:
		case counterparty.Contradict(item.OGRN, request.OGRN):
		case item.OGRN == "":
			nameless = true
		default:
			possible = append(possible, item)
		}
	}
	switch {
	case nameless && (len(possible) == 0 || request.OGRN == ""):
		return nil, "an item of the answer has no OGRN, so it is not known which company of INN " + request.ID + " it is about", nil
	case len(possible) == 0:
		return nil, nobody(request), nil
	case len(ogrnsOf(possible)) > 1:
		return nil, severalCompanies(request, possible) + "; let the source need ogrn", nil
	case differ(possible, &possible[0]):
		return nil, "the answer contradicts itself about OGRN " + possible[0].OGRN, nil
	}
	return &possible[0], "", nil
}

// differ reports whether there is another item about the company that says something else.
func differ(items []answered, item *answered) bool {
	return slices.ContainsFunc(items, func(i answered) bool { return i.OGRN == item.OGRN && (i.INN != item.INN || i.said != item.said) })
}

func nobody(request report.AskRequest) string {
	return fmt.Sprintf("no company is known by %s %s", strings.ToUpper(string(request.By)), request.ID)
}

func severalCompanies(request report.AskRequest, items []answered) string {
	return fmt.Sprintf("several companies have %s %s: OGRN %s", strings.ToUpper(string(request.By)), request.ID, strings.Join(ogrnsOf(items), ", "))
}

// ogrnsOf are the OGRNs of the items, each once.
func ogrnsOf(items []answered) []string {
	ogrns := make([]string, len(items))
	for i, item := range items {
		ogrns[i] = cmp.Or(item.OGRN, "unknown")
	}
	slices.Sort(ogrns)
	return slices.Compact(ogrns)
}

// cut makes the content of an object, nil if the expression gives nothing. It is spelled as it will be in every payload
// that holds it, so that its size is known.
func cut(request report.AskRequest, content *jq.Expression, object map[string]any) (json.RawMessage, error) {
	output, err := content.First(object)
	if err != nil {
		return nil, badContent(request.Source.ID, err)
	}
	if output == nil {
		return nil, nil
	}
	data, err := jq.Encode(output)
	if err == nil {
		data, err = json.Marshal(json.RawMessage(data))
	}
	if err != nil {
		return nil, badContent(request.Source.ID, err)
	}
	if len(data) > request.MaxBytes {
		return nil, largeContent(request.Source.ID, len(data), request.MaxBytes)
	}
	return data, nil
}
