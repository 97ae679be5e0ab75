package bench

import (
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/kontur/konturtest"
)

// Outside is both simulators in a process of their own, which takes calls at its standard input: what they need of the
// machine is not the worker's, and what a benchmark does meanwhile is not theirs.
type Outside struct {
	alfresco  *alfrescotest.Server
	kontur    *konturtest.Server
	companies *companies
	ogrns     []string
}

// Addresses are where the simulators answer.
type Addresses struct{ Alfresco, Kontur string }

// Latencies are what answers take.
type Latencies struct {
	Alfresco alfrescotest.Latency
	Kontur   time.Duration
}

func (l Latencies) String() string {
	a := l.Alfresco
	return fmt.Sprintf("Kontur.Focus %s, search %s, metadata %s, GET %s, PUT %s", l.Kontur, a.Search, a.Metadata, a.Get, a.Put)
}

// Counts are what was asked since the last call of Forget.
type Counts struct {
	Alfresco map[alfrescotest.Operation]int
	Kontur   map[string]int
	// Companies is how many different ones Kontur.Focus was asked about.
	Companies int
	// AlfrescoAtOnce and KonturAtOnce are the most requests in flight.
	AlfrescoAtOnce, KonturAtOnce int
}

// requests is the number of requests to Alfresco.
func (c Counts) requests() (n int) {
	for _, count := range c.Alfresco {
		n += count
	}
	return n
}

// nothing is the argument or the answer of a call that has none.
type nothing = bool

// Start starts the simulators with so many nodes, which agree with as many companies.
func (o *Outside) Start(nodes int, addresses *Addresses) (err error) {
	// A million requests need not be remembered to be counted.
	if o.alfresco, err = alfrescotest.Start("127.0.0.1:0", alfrescotest.WithRecordLimit(1)); err != nil {
		return err
	}
	o.kontur = konturtest.New()
	o.kontur.RecordLimit = 1
	if err = o.kontur.Listen("127.0.0.1:0", o.kontur); err != nil {
		return err
	}
	o.companies = newCompanies()
	for range nodes {
		company := o.companies.company()
		o.kontur.AddCompany(company)
		o.alfresco.Add(o.companies.node(company))
		o.ogrns = append(o.ogrns, company.OGRN)
	}
	*addresses = Addresses{o.alfresco.URL(), o.kontur.URL()}
	return o.Forget(false, nil)
}

// SetLatencies changes what answers take from now on.
func (o *Outside) SetLatencies(l Latencies, _ *nothing) error {
	o.alfresco.SetLatency(l.Alfresco)
	o.kontur.SetLatency(l.Kontur)
	return nil
}

// Rename gives every company a new name.
func (o *Outside) Rename(nothing, *nothing) error {
	for _, ogrn := range o.ogrns {
		o.kontur.Update(ogrn, func(c *konturtest.Company) { named(c, o.companies.name()) })
	}
	return nil
}

// Forget sets the counts to zero.
func (o *Outside) Forget(nothing, *nothing) error {
	o.alfresco.Forget()
	o.kontur.Forget()
	// What a contract is charged for is the companies.
	o.kontur.SetQuotas(konturtest.QuotaLine{Methods: []string{"req"}, Limit: 10 * len(o.ogrns)})
	return nil
}

// Counted tells the counts.
func (o *Outside) Counted(_ nothing, c *Counts) error {
	*c = Counts{
		Alfresco: o.alfresco.Counts(), Kontur: o.kontur.Counts(), Companies: o.kontur.Spent("req"),
		AlfrescoAtOnce: o.alfresco.MaxConcurrent(), KonturAtOnce: o.kontur.MaxConcurrent(),
	}
	return nil
}

// serveOutside is the process: it ends with the one that started it.
func serveOutside() error {
	server := rpc.NewServer()
	if err := server.Register(&Outside{}); err != nil {
		return err
	}
	server.ServeConn(pipes{os.Stdin, os.Stdout})
	return nil
}

type pipes struct {
	io.Reader
	io.WriteCloser
}

// outside is the process of the simulators, seen from here.
type outside struct {
	Addresses
	client *rpc.Client
}

func startOutside(b *testing.B, nodes int) *outside {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+roleOutside)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(b, err)
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	o := &outside{client: rpc.NewClient(pipes{out, in})}
	b.Cleanup(func() { _ = o.client.Close(); _ = cmd.Wait() })
	o.call(b, "Start", nodes, &o.Addresses)
	return o
}

func (o *outside) call(b *testing.B, method string, argument, answer any) {
	b.Helper()
	require.NoError(b, o.client.Call("Outside."+method, argument, answer))
}

func (o *outside) counts(b *testing.B) (c Counts) {
	o.call(b, "Counted", false, &c)
	return c
}
