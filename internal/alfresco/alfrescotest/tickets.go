package alfrescotest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// tickets are the logins: users with passwords, and tickets that end after a time without a request.
type tickets struct {
	options

	mu     sync.Mutex
	issued int
	active map[string]*ticket
	// down: the directory that knows the passwords is, so that none is right. Tickets hold.
	down    bool
	refused int
}

type ticket struct {
	user     string
	lastUsed time.Time
}

// authenticate knows Basic with a user, with ROLE_TICKET, with the bare ticket, and the alf_ticket parameter.
func (t *tickets) authenticate(r *http.Request) (user string, ok bool) {
	if id := r.URL.Query().Get("alf_ticket"); id != "" {
		return t.use(id)
	}
	encoded, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Basic ")
	if !ok {
		return "", false
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", false
	}
	name, password, found := strings.Cut(string(decoded), ":")
	switch {
	case !found:
		return t.use(name)
	case name == "ROLE_TICKET":
		return t.use(password)
	}
	return name, t.matches(name, password)
}

func (t *tickets) matches(name, password string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	want, known := t.users[name]
	if t.down || !known || want != password {
		t.refused++
		return false
	}
	return true
}

func (t *tickets) use(id string) (user string, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := t.active[id]
	if found == nil {
		return "", false
	}
	now := t.now()
	if now.Sub(found.lastUsed) > t.ticketLife {
		delete(t.active, id)
		return "", false
	}
	found.lastUsed = now
	return found.user, true
}

func (t *tickets) issue(user string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.issued++
	id := fmt.Sprintf("TICKET_%040x", t.issued)
	t.active[id] = &ticket{user: user, lastUsed: t.now()}
	return id
}

func (t *tickets) expireAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.active)
}

// SetDirectoryDown makes each password wrong, as when the directory behind Alfresco is down, or right again. Tickets hold.
func (s *Server) SetDirectoryDown(down bool) {
	s.tickets.mu.Lock()
	defer s.tickets.mu.Unlock()
	s.tickets.down = down
}

// RefusedPasswords is how often a password was refused: a directory locks an account after some of them.
func (s *Server) RefusedPasswords() int {
	s.tickets.mu.Lock()
	defer s.tickets.mu.Unlock()
	return s.tickets.refused
}

func (s *Server) createTicket(r request) *reply {
	var login struct {
		UserID   string `json:"userId"`
		Password string `json:"password"`
	}
	if err := json.Unmarshal(r.body, &login); err != nil || login.UserID == "" || login.Password == "" {
		return invalid("Invalid login details.")
	}
	if !s.tickets.matches(login.UserID, login.Password) {
		return refusal(http.StatusForbidden, keyDenied, "Login failed")
	}
	return entry(http.StatusCreated, object{"id": s.tickets.issue(login.UserID), "userId": login.UserID})
}
