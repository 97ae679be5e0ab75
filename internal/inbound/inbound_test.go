package inbound_test

import (
	"bufio"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/inbound"
)

// patience bounds what has to happen; nothing depends on how long it takes.
const patience = 20 * time.Second

// limits let few in and never end by time.
func limits(connections int) inbound.Limits {
	return inbound.Limits{Connections: connections, Read: patience, Write: patience, Idle: patience, HeaderBytes: 4 << 10}
}

// serve starts a server whose path /wait answers only when the test lets it.
func serve(t *testing.T, l inbound.Limits) (address string, release chan struct{}) {
	t.Helper()
	release = make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/now", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/body", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	mux.HandleFunc("/late", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = http.NewResponseController(w).Flush()
		<-release
	})
	mux.HandleFunc("/wait", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush() // the header tells the caller that it is being answered
		select {
		case <-release:
		case <-t.Context().Done():
		}
	})
	s, err := inbound.Listen("127.0.0.1:0", mux, l, nil, log.New(io.Discard, "", 0))
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	t.Cleanup(func() {
		_ = s.Close()
		require.NoError(t, <-served)
	})
	return s.Addr().String(), release
}

// caller is a connection of somebody.
type caller struct {
	net.Conn
	t      *testing.T
	answer *bufio.Reader
}

func call(t *testing.T, address string) *caller {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	return &caller{c, t, bufio.NewReader(c)}
}

// ask sends a request and reads the header of its answer, and the rest where that does not wait for the test.
func (c *caller) ask(path string) io.Reader {
	c.t.Helper()
	_, err := io.WriteString(c, "GET "+path+" HTTP/1.1\r\nHost: server\r\n\r\n")
	require.NoError(c.t, err)
	response, err := http.ReadResponse(c.answer, nil)
	require.NoError(c.t, err)
	require.Equal(c.t, http.StatusOK, response.StatusCode)
	if path == "/now" {
		_, err = io.Copy(io.Discard, response.Body)
		require.NoError(c.t, err)
	}
	return response.Body
}

// write sends a part of a request; that the other side has closed by then is no mistake.
func (c *caller) write(text string) { _, _ = io.WriteString(c, text) }

// isClosed waits for the other side to close the connection.
func (c *caller) isClosed() {
	c.t.Helper()
	_, err := c.answer.ReadByte()
	require.Error(c.t, err)
	require.NotErrorIs(c.t, err, os.ErrDeadlineExceeded)
}

func TestNewcomersTakeThePlaceOfWhoIsSilent(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, limits(3))
	mute, first, second := call(t, address), call(t, address), call(t, address)
	first.ask("/now")
	second.ask("/now")
	call(t, address).ask("/now")
	mute.isClosed()
	first.ask("/now")
	second.ask("/now")
}

func TestSlowHeadersAreSilence(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, limits(1))
	slow := call(t, address)
	_, err := io.WriteString(slow, "GET /now HTTP/1.1\r\n")
	require.NoError(t, err)
	call(t, address).ask("/now")
	slow.isClosed()
}

func TestSlowBodiesAreSilence(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/now", "/body"} { // a handler that doesn't read it, and one that does
		address, _ := serve(t, limits(1))
		slow := call(t, address)
		slow.write("POST " + path + " HTTP/1.1\r\nHost: server\r\nContent-Length: 3\r\n\r\n{}")
		call(t, address).ask("/now")
		slow.isClosed()
	}
}

func TestWhoseBodyHasComeKeepsItsPlace(t *testing.T) {
	t.Parallel()
	address, release := serve(t, limits(1))
	c := call(t, address)
	c.write("POST /late HTTP/1.1\r\nHost: server\r\nContent-Length: 3\r\n\r\n{} ")
	response, err := http.ReadResponse(c.answer, nil)
	require.NoError(t, err)
	newcomer := call(t, address)
	release <- struct{}{}
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err, "the whole answer has come")
	newcomer.ask("/now")
}

func TestWhoIsBeingAnsweredKeepsItsPlace(t *testing.T) {
	t.Parallel()
	address, release := serve(t, limits(2))
	first, second := call(t, address), call(t, address)
	rest := []io.Reader{first.ask("/wait"), second.ask("/wait")}
	third := call(t, address) // the operating system takes it; it waits there
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		third.ask("/now")
	}()
	release <- struct{}{}
	<-asked
	close(release)
	for _, r := range rest {
		_, err := io.Copy(io.Discard, r)
		require.NoError(t, err, "the whole answer has come")
	}
}

// An answer is not cut because somebody waits for the place: not even in the moment in which it is complete and unsent.
func TestAnswersAreSentBeforeTheirPlaceIsTaken(t *testing.T) {
	t.Parallel()
	address, release := serve(t, limits(1))
	for range 200 {
		rest := call(t, address).ask("/wait")
		newcomer := call(t, address)
		release <- struct{}{}
		_, err := io.Copy(io.Discard, rest)
		require.NoError(t, err)
		newcomer.ask("/now")
	}
}

func TestEachStepHasItsTime(t *testing.T) {
	t.Parallel()
	const short = 20 * time.Millisecond
	for name, tt := range map[string]struct {
		give func(l *inbound.Limits)
		does func(c *caller)
	}{
		"nothing is asked":      {func(l *inbound.Limits) { l.Read = short }, func(*caller) {}},
		"a header without end":  {func(l *inbound.Limits) { l.Read = short }, func(c *caller) { c.write("GET /now HTTP/1.1\r\n") }},
		"a body without end":    {func(l *inbound.Limits) { l.Read = short }, func(c *caller) { c.write("POST /body HTTP/1.1\r\nHost: server\r\nContent-Length: 3\r\n\r\n{}") }},
		"nothing is asked more": {func(l *inbound.Limits) { l.Idle = short }, func(c *caller) { c.ask("/now") }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := limits(4)
			tt.give(&l)
			address, _ := serve(t, l)
			c := call(t, address)
			tt.does(c)
			_, err := io.Copy(io.Discard, c.answer)
			require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the other side ends it")
		})
	}
}

func TestShutdownFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	s, err := inbound.Listen("127.0.0.1:0", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}), limits(1), nil, log.New(io.Discard, "", 0))
	require.NoError(t, err)
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	answered := make(chan struct{})
	c := call(t, s.Addr().String())
	go func() {
		defer close(answered)
		c.ask("/")
	}()
	<-arrived
	waiting := call(t, s.Addr().String()) // for a place: it must not hold the end up
	down := make(chan struct{})
	go func() {
		defer close(down)
		s.Shutdown(context.Background())
	}()
	require.NoError(t, <-served)
	close(release)
	<-answered
	<-down
	_, err = waiting.answer.ReadByte()
	require.Error(t, err)
}

func TestListenNeedsAFreeAddress(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, limits(1))
	_, err := inbound.Listen(address, http.NotFoundHandler(), limits(1), nil, nil)
	require.ErrorContains(t, err, "address already in use")
}
