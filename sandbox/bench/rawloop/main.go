// Command rawloop is what a pass is measured against: the same work written without any durability. It walks the
// counterparties of Alfresco, asks Kontur.Focus about each batch, reads the batch once more, compares, and counts what
// differs. Stages run side by side within the limits; what is lost when it dies is lost. It is plain net/http and
// encoding/json, and shares no code with the client that it is compared with.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	nodeType  = "idocs:contractor"
	batchSize = 100
	publicAPI = "/api/-default-/public/"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "rawloop:", err)
		os.Exit(1)
	}
}

func run(args []string, out io.Writer) error {
	l := loop{}
	flags := flag.NewFlagSet("rawloop", flag.ContinueOnError)
	flags.StringVar(&l.alfresco, "alfresco", "", "address up to and with /alfresco")
	flags.StringVar(&l.user, "user", "", "account at Alfresco")
	flags.StringVar(&l.password, "password", "", "its password")
	flags.StringVar(&l.kontur, "kontur", "", "address of Kontur.Focus")
	flags.StringVar(&l.key, "key", "", "its key")
	flags.StringVar(&l.reread, "reread", "get", "how a batch is read once more: get, a request for each node, or search, one for the batch")
	atAlfresco := flags.Int("alfresco-concurrency", 8, "requests to Alfresco at once")
	atKontur := flags.Int("kontur-concurrency", 1, "requests to Kontur.Focus at once")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if l.reread != "get" && l.reread != "search" {
		return fmt.Errorf("--reread %s: get or search", l.reread)
	}
	l.atAlfresco, l.atKontur = make(chan struct{}, *atAlfresco), make(chan struct{}, *atKontur)
	l.http.Transport = &http.Transport{MaxIdleConnsPerHost: *atAlfresco + *atKontur}

	began := time.Now()
	nodes, differ, err := l.all()
	took := time.Since(began)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "nodes %d, differ %d, seconds %.3f, nodes/s %.1f\n", nodes, differ, took.Seconds(), float64(nodes)/took.Seconds())
	return err
}

// loop is the one walk. The channels are the slots of requests at once.
type loop struct {
	alfresco, user, password string
	kontur, key              string
	reread                   string
	atAlfresco, atKontur     chan struct{}
	http                     http.Client
}

// node is a counterparty as Alfresco shows it. Properties that have no value are missing.
type node struct {
	ID         string         `json:"id"`
	Properties map[string]any `json:"properties"`
}

func (n node) text(property string) string {
	text, _ := n.Properties["idocs:"+property].(string)
	return text
}

// batch are nodes whose dbids are beyond after, up to last.
type batch struct {
	after, last int64
	nodes       []node
}

// all walks the nodes, and carries out so many batches at once that both systems always have something to do.
func (l *loop) all() (nodes, differ int64, err error) {
	var batches sync.WaitGroup
	var failed atomic.Pointer[error]
	inFlight := make(chan struct{}, 2*(cap(l.atKontur)+cap(l.atAlfresco)))
	for after := int64(0); failed.Load() == nil; {
		b, err := l.next(after)
		if err != nil {
			failed.Store(&err)
			break
		}
		if len(b.nodes) == 0 {
			break
		}
		nodes, after = nodes+int64(len(b.nodes)), b.last
		inFlight <- struct{}{}
		batches.Go(func() {
			defer func() { <-inFlight }()
			n, err := l.carryOut(b)
			if err != nil {
				failed.Store(&err)
			}
			atomic.AddInt64(&differ, n)
		})
	}
	batches.Wait()
	if failed := failed.Load(); failed != nil {
		return 0, 0, *failed
	}
	return nodes, differ, nil
}

// next is the batch behind a dbid.
func (l *loop) next(after int64) (batch, error) {
	nodes, err := l.search(fmt.Sprintf("<%d TO MAX]", after))
	if err != nil || len(nodes) == 0 {
		return batch{}, err
	}
	// The REST API shows the dbid nowhere.
	var shown struct {
		Properties struct {
			Dbid int64 `json:"sys:node-dbid"`
		} `json:"properties"`
	}
	query := url.Values{"nodeRef": {"workspace://SpacesStore/" + nodes[len(nodes)-1].ID}, "shortQNames": {"true"}}
	if err := l.ofAlfresco(http.MethodGet, "/service/api/metadata?"+query.Encode(), nil, &shown); err != nil {
		return batch{}, err
	}
	if shown.Properties.Dbid <= after {
		return batch{}, errors.New("the metadata web script tells no dbid")
	}
	return batch{after: after, last: shown.Properties.Dbid, nodes: nodes}, nil
}

// search finds the nodes of a range of dbids.
func (l *loop) search(dbids string) ([]node, error) {
	type object = map[string]any
	question, err := json.Marshal(object{
		"query":   object{"language": "afts", "query": fmt.Sprintf(`TYPE:"%s" AND sys:node\-dbid:%s`, nodeType, dbids)},
		"include": []string{"properties"},
		"paging":  object{"maxItems": batchSize, "skipCount": 0},
		"sort":    []object{{"type": "FIELD", "field": "sys:node-dbid", "ascending": true}},
	})
	if err != nil {
		return nil, err
	}
	var found struct {
		List struct {
			Entries []struct {
				Entry node `json:"entry"`
			} `json:"entries"`
		} `json:"list"`
	}
	if err := l.ofAlfresco(http.MethodPost, publicAPI+"search/versions/1/search", question, &found); err != nil {
		return nil, err
	}
	nodes := make([]node, len(found.List.Entries))
	for i, e := range found.List.Entries {
		nodes[i] = e.Entry
	}
	return nodes, nil
}

// company is what of an answer of req is compared.
type company struct {
	INN  string `json:"inn"`
	OGRN string `json:"ogrn"`
	UL   struct {
		KPP       string `json:"kpp"`
		OKPO      string `json:"okpo"`
		LegalName struct {
			Full  string `json:"full"`
			Short string `json:"short"`
		} `json:"legalName"`
		LegalAddress struct {
			Parsed struct {
				Line string `json:"oneLineFormatOfAddress"`
			} `json:"parsedAddressRF"`
		} `json:"legalAddress"`
	} `json:"UL"`
}

// carryOut asks about a batch, reads it once more, and counts the nodes that differ.
func (l *loop) carryOut(b batch) (differ int64, err error) {
	inns := make([]string, len(b.nodes))
	for i, n := range b.nodes {
		inns[i] = n.text("inn")
	}
	companies, err := l.ask(inns)
	if err != nil {
		return 0, err
	}
	byINN := make(map[string]company, len(companies))
	for _, c := range companies {
		byINN[c.INN] = c
	}
	nodes, err := l.again(b)
	for _, n := range nodes {
		c := byINN[n.text("inn")]
		if n.text("ogrn") != c.OGRN || n.text("kpp") != c.UL.KPP || n.text("okpo") != c.UL.OKPO ||
			n.text("fullOrganizationName") != c.UL.LegalName.Full || n.text("shortOrganizationName") != c.UL.LegalName.Short ||
			n.text("juridicalAddress") != c.UL.LegalAddress.Parsed.Line {
			differ++
		}
	}
	return differ, err
}

// ask asks Kontur.Focus about companies.
func (l *loop) ask(inns []string) (companies []company, err error) {
	l.atKontur <- struct{}{}
	defer func() { <-l.atKontur }()
	query := url.Values{"key": {l.key}, "inn": {strings.Join(inns, ",")}}
	request, err := http.NewRequest(http.MethodGet, l.kontur+"/api3/req?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	return companies, l.do(request, &companies)
}

// again reads a batch once more.
func (l *loop) again(b batch) ([]node, error) {
	if l.reread == "search" {
		return l.search(fmt.Sprintf("<%d TO %d]", b.after, b.last))
	}
	nodes, errs := make([]node, len(b.nodes)), make([]error, len(b.nodes))
	var reads sync.WaitGroup
	for i, n := range b.nodes {
		reads.Go(func() {
			var shown struct {
				Entry node `json:"entry"`
			}
			errs[i] = l.ofAlfresco(http.MethodGet, publicAPI+"alfresco/versions/1/nodes/"+n.ID, nil, &shown)
			nodes[i] = shown.Entry
		})
	}
	reads.Wait()
	return nodes, errors.Join(errs...)
}

// ofAlfresco asks Alfresco in a slot.
func (l *loop) ofAlfresco(method, path string, body []byte, into any) error {
	l.atAlfresco <- struct{}{}
	defer func() { <-l.atAlfresco }()
	request, err := http.NewRequest(method, l.alfresco+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.SetBasicAuth(l.user, l.password)
	request.Header.Set("Content-Type", "application/json")
	return l.do(request, into)
}

// do sends a request and decodes the answer.
func (l *loop) do(request *http.Request, into any) error {
	answer, err := l.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s", request.Method, request.URL.Path, answer.Status)
	}
	return json.Unmarshal(body, into)
}
