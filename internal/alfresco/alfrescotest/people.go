package alfrescotest

import (
	"encoding/json"
	"net/http"
)

// WithAdministrator adds an account that may create people. No account may without it.
func WithAdministrator(name, password string) Option {
	return func(o *options) {
		WithUser(name, password)(o)
		o.administrator = name
	}
}

// person is the body of a request for a new person, or for a change of one.
type person struct {
	ID        string `json:"id"`
	FirstName string `json:"firstName"`
	Email     string `json:"email"`
	Password  string `json:"password"`
}

// addPerson creates an account.
func (s *Server) addPerson(r request) *reply {
	var p person
	switch err := json.Unmarshal(r.body, &p); {
	case err != nil || p.ID == "" || p.FirstName == "" || p.Email == "":
		return invalid("id, firstName and email are expected")
	case r.user != s.options.administrator:
		return denied()
	case !s.tickets.addUser(p.ID, p.Password, false):
		return refusal(http.StatusConflict, keyDefault, "Person '"+p.ID+"' already exists.")
	}
	return entry(http.StatusCreated, object{"id": p.ID, "firstName": p.FirstName, "email": p.Email, "enabled": true})
}

// changePerson sets a password. The other properties of people matter to nobody here.
func (s *Server) changePerson(r request) *reply {
	var p person
	id := r.PathValue("id")
	switch err := json.Unmarshal(r.body, &p); {
	case err != nil:
		return invalid(unreadable)
	case r.user != s.options.administrator:
		return denied()
	case !s.tickets.addUser(id, p.Password, true):
		return notFound(id)
	}
	return entry(http.StatusOK, object{"id": id, "enabled": true})
}

// addUser sets the password of an account that is there, or is not, as the caller expects; false otherwise.
func (t *tickets) addUser(name, password string, there bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.users[name]; known != there {
		return false
	}
	t.users[name] = password
	return true
}
