package alfresco

import (
	"context"
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/sync/singleflight"

	"counterparty-sync/internal/secret"
)

// session gives the Authorization header.
type session struct {
	auth     Auth
	user     string
	password secret.Value

	logins singleflight.Group

	mu     sync.Mutex
	ticket secret.Value // header made of the latest ticket; empty before the first login
}

// header returns the Authorization header to send. stale is one that was refused: with a ticket, a new login follows
// unless another goroutine has done it meanwhile. The caller holds a slot.
func (s *session) header(ctx context.Context, c *Client, stale string) (string, error) {
	if s.auth == Basic {
		return basic(s.user, s.password.Reveal()), nil
	}
	if current := s.current(); current != stale {
		return current, nil
	}
	// One login for all that wait. It outlives the context of the one that happens to be first; c.timeout bounds it.
	detached := context.WithoutCancel(ctx)
	header, err, _ := s.logins.Do(stale, func() (any, error) {
		if current := s.current(); current != stale {
			return current, nil
		}
		header, err := s.login(detached, c)
		if err == nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.ticket = secret.New(header)
		}
		return header, err
	})
	return header.(string), err
}

func (s *session) current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ticket.Reveal()
}

func (s *session) login(ctx context.Context, c *Client) (string, error) {
	a, err := c.send(ctx, call{
		operation: opTicket, method: http.MethodPost, path: publicAPI + "/authentication/versions/1/tickets",
		body: map[string]string{"userId": s.user, "password": s.password.Reveal()},
	}, "")
	if err != nil {
		return "", err
	}
	var body struct {
		Entry struct {
			ID string `json:"id"`
		} `json:"entry"`
	}
	if err := decode(opTicket, a, &body); err != nil {
		return "", err
	}
	if body.Entry.ID == "" {
		return "", badResponse(opTicket, a.status, "the answer has no ticket", hintURL)
	}
	return basic("ROLE_TICKET", body.Entry.ID), nil
}

var ticketPattern = regexp.MustCompile(`TICKET_\w+`)

// redact takes secrets out of a text of Alfresco's: some errors echo the request.
func (s *session) redact(text string) string {
	hidden := []secret.Value{s.password, secret.New(s.user + ":" + s.password.Reveal())}
	if header := s.current(); header != "" {
		hidden = append(hidden, secret.New(strings.TrimRight(strings.TrimPrefix(header, "Basic "), "=")))
	}
	for _, h := range hidden {
		text = h.Redact(text)
	}
	return ticketPattern.ReplaceAllString(text, secret.Value{}.String())
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}
