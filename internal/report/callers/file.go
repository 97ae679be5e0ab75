package callers

import (
	"fmt"
	"os"
	"regexp"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/secret"
	"counterparty-sync/internal/strict"
)

const (
	callerFields = "name, domain, passwordHash"

	allowedCallers = "a list of at least one caller {" + callerFields + "}"
	allowedName    = "1 to 100 letters, digits and . _ -"
	allowedHash    = "the base64 of the MD5 of the password, 24 characters: printf %s \"$password\" | openssl dgst -md5 -binary | base64"
	masked         = "***"
)

var namePattern = regexp.MustCompile(`^[\pL\pN._-]{1,100}$`)

// Load reads the file of callers.
func Load(path string) (*Callers, error) {
	loaded, err := strict.Load("callers", path, Parse)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil {
		loaded.isOpen = info.Mode().Perm()&0o007 != 0
	}
	return loaded, nil
}

// Warnings say what is not safe about the file.
func (c *Callers) Warnings() []string {
	if c == nil || !c.isOpen {
		return nil
	}
	return []string{"REPORTS_CALLERS_FILE can be read by others than its owner, and its hashes are as good as passwords; take the right away: chmod o-rwx"}
}

// Parse reads callers from YAML, of which JSON is a part: an object with the field callers, a list of objects with the
// fields name, domain and passwordHash and no others. Everything that is wrong comes at once, as invalid.Errors, each with
// the number of the caller. No message shows a value that may be a secret.
func Parse(text []byte) (*Callers, error) {
	p := &parser{strict.Reader{Whole: "file", Object: "the fields ", HideUnread: true}}
	list := p.file(text)
	if err := p.Err(); err != nil {
		return nil, err
	}
	return &Callers{list: list}, nil
}

// parser collects problems instead of stopping at the first one.
type parser struct{ strict.Reader }

func (p *parser) file(text []byte) []Caller {
	var list []Caller
	numbers := map[string]int{}
	for i, node := range p.List("callers", text, allowedCallers) {
		where := fmt.Sprintf("caller %d", i+1)
		caller, ok := p.caller(where, node)
		if !ok {
			continue
		}
		if first, twice := numbers[caller.User()]; twice {
			p.Refuse(where+" name", caller.User(), fmt.Sprintf("each caller once; caller %d is the same", first))
		}
		numbers[caller.User()] = i + 1
		list = append(list, caller)
	}
	return list
}

func (p *parser) caller(where string, node *strict.Node) (c Caller, ok bool) {
	fields := p.Fields(where, node, callerFields)
	if fields == nil {
		return c, false
	}
	ok = p.name(where+" name", fields["name"], &c.Name)
	if fields["domain"].IsSet() {
		ok = p.name(where+" domain", fields["domain"], &c.Domain) && ok
	}
	var hash string
	if p.Need(where+" passwordHash", fields["passwordHash"], &hash, allowedHash) {
		switch {
		case !IsHash(hash):
			p.Refuse(where+" passwordHash", masked, allowedHash)
		case hash == Hash(""):
			p.Refuse(where+" passwordHash", masked, allowedHash+"; this one is of an empty password")
		}
	}
	c.passwordHash = secret.New(hash)
	return c, ok
}

func (p *parser) name(field string, node *strict.Node, into *string) bool {
	if !p.Need(field, node, into, allowedName) {
		return false
	}
	if !namePattern.MatchString(*into) {
		p.Refuse(field, excerpt.Runes(*into, 80), allowedName)
		return false
	}
	return true
}
