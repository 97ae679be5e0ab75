package callers

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/secret"
	"counterparty-sync/internal/strict"
)

const (
	callerFields = "name, domain, tokenHashes, passwordHash"

	allowedCallers = "a list of at least one caller {" + callerFields + "}"
	allowedName    = "1 to 100 letters, digits and . _ -"
	allowedTokens  = "a list of one hash or more; without it, a passwordHash"
	allowedToken   = "the SHA-256 of a token, 64 hexadecimal digits in small letters, as starter callers new prints it; each hash once"
	allowedHash    = "the base64 of the MD5 of the password, 24 characters: printf %s \"$password\" | openssl dgst -md5 -binary | base64"
	masked         = "***"
)

var namePattern = regexp.MustCompile(`^[\pL\pN._-]{1,100}$`)

// tokenHashPattern is a SHA-256 in the form of sha256sum.
var tokenHashPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// Load reads the file of callers.
func Load(path string) (*Callers, error) { return loadBy(path, Parse) }

func loadBy(path string, parse func(text []byte) (*Callers, error)) (*Callers, error) {
	loaded, err := strict.Load("callers", path, parse)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil {
		loaded.othersMay = info.Mode().Perm() & 0o007
	}
	return loaded, nil
}

// Warnings say what is not safe about the file.
func (c *Callers) Warnings() []string {
	switch {
	case c == nil:
	case c.othersMay&0o002 != 0:
		return []string{"REPORTS_CALLERS_FILE can be written by others than its owner, who can let themselves in; take the right away: chmod o-rwx"}
	case c.othersMay != 0 && slices.ContainsFunc(c.list, func(caller Caller) bool { return !caller.passwordHash.Empty() }):
		// Of tokens it has hashes that nobody can turn back.
		return []string{"REPORTS_CALLERS_FILE can be read by others than its owner, and its hashes are as good as passwords; take the right away: chmod o-rwx"}
	}
	return nil
}

// Parse reads callers from YAML, of which JSON is a part: an object with the field callers, a list of objects with the
// fields name, domain, tokenHashes and passwordHash and no others. Everything that is wrong comes at once, as invalid.Errors,
// each with the number of the caller. No message shows a value that may be a secret.
func Parse(text []byte) (*Callers, error) {
	p := newParser()
	list := p.file(text)
	if err := p.Err(); err != nil {
		return nil, err
	}
	return &Callers{list: list}, nil
}

// parser collects problems instead of stopping at the first one.
type parser struct {
	strict.Reader
	// seen are the hashes of tokens so far.
	seen map[[sha256.Size]byte]bool
}

func newParser() *parser {
	return &parser{strict.Reader{Whole: "file", Object: "the fields ", HideUnread: true}, map[[sha256.Size]byte]bool{}}
}

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
	hasTokens, hasPassword := fields["tokenHashes"].IsSet(), fields["passwordHash"].IsSet()
	if hasTokens || !hasPassword {
		c.tokens = p.tokens(where+" tokenHashes", fields["tokenHashes"])
	}
	if hasPassword {
		c.passwordHash = p.password(where+" passwordHash", fields["passwordHash"])
	}
	return c, ok
}

func (p *parser) password(field string, node *strict.Node) secret.Value {
	var hash string
	if p.Need(field, node, &hash, allowedHash) {
		switch {
		case !IsHash(hash):
			p.Refuse(field, masked, allowedHash)
		case hash == Hash(""):
			p.Refuse(field, masked, allowedHash+"; this one is of an empty password")
		}
	}
	return secret.New(hash)
}

// tokens reads the hashes of a caller's tokens. One hash belongs to one caller, or it would not be known who asks.
func (p *parser) tokens(field string, node *strict.Node) (tokens [][sha256.Size]byte) {
	var items []*strict.Node
	if !p.Need(field, node, &items, allowedTokens) {
		return nil
	}
	for i, item := range items {
		where := fmt.Sprintf("%s %d", field, i+1)
		var text string
		if !p.Need(where, item, &text, allowedToken) {
			continue
		}
		var token [sha256.Size]byte
		_, err := hex.Decode(token[:], []byte(text[:min(len(text), 2*sha256.Size)]))
		switch {
		case err != nil || !tokenHashPattern.MatchString(text):
			p.Refuse(where, masked, allowedToken)
			continue
		case token == sha256.Sum256(nil):
			p.Refuse(where, masked, allowedToken+"; this one is of an empty token")
			continue
		case p.seen[token]:
			p.Refuse(where, masked, allowedToken+"; this one was there before")
			continue
		}
		p.seen[token] = true
		tokens = append(tokens, token)
	}
	return tokens
}

func (p *parser) name(field string, node *strict.Node, into *string) bool {
	if !p.Need(field, node, into, allowedName) {
		return false
	}
	if strings.HasPrefix(*into, TokenPrefix) {
		p.Refuse(field, masked, allowedName+"; a token is no name")
		return false
	}
	if !isName(*into) {
		p.Refuse(field, excerpt.Runes(*into, 80), allowedName)
		return false
	}
	return true
}

func isName(text string) bool {
	return namePattern.MatchString(text) && !strings.HasPrefix(text, TokenPrefix)
}
