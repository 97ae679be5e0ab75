package konturtest

import (
	"slices"
	"sync"
)

// register holds the companies, found by OGRN and by INN at once.
type register struct {
	mu     sync.RWMutex
	byOGRN map[string]*Company
	byINN  map[string][]*Company
}

// AddCompany puts companies into the register. One with the OGRN of an earlier one replaces that. The server keeps the
// slices and maps in it: change them through Update only.
func (s *Server) AddCompany(companies ...Company) {
	s.register.mu.Lock()
	defer s.register.mu.Unlock()
	for _, c := range companies {
		s.register.put(c)
	}
}

// Update changes the company with the OGRN and reports whether there is one. No request is answered meanwhile. An answer
// that differs from then on is a change of today for the monitoring, whatever the key.
func (s *Server) Update(ogrn string, change func(*Company)) bool {
	s.register.mu.Lock()
	defer s.register.mu.Unlock()
	old, ok := s.register.byOGRN[ogrn]
	if !ok {
		return false
	}
	changed := *old
	change(&changed)
	s.register.drop(ogrn)
	s.register.put(changed)
	for _, key := range s.all() {
		key.monitoring.compare(old, &changed, s.now())
	}
	return true
}

// Remove takes the company with the OGRN out and reports whether there was one.
func (s *Server) Remove(ogrn string) bool {
	s.register.mu.Lock()
	defer s.register.mu.Unlock()
	return s.register.drop(ogrn)
}

// Len is the number of companies.
func (s *Server) Len() int {
	s.register.mu.RLock()
	defer s.register.mu.RUnlock()
	return len(s.register.byOGRN)
}

func (r *register) put(c Company) {
	r.drop(c.OGRN)
	r.byOGRN[c.OGRN] = &c
	r.byINN[c.INN] = append(r.byINN[c.INN], &c)
}

func (r *register) drop(ogrn string) bool {
	c, ok := r.byOGRN[ogrn]
	if !ok {
		return false
	}
	delete(r.byOGRN, ogrn)
	left := slices.DeleteFunc(r.byINN[c.INN], func(d *Company) bool { return d == c })
	if r.byINN[c.INN] = left; len(left) == 0 {
		delete(r.byINN, c.INN)
	}
	return true
}

// find returns the companies with these identifiers, each once. The caller holds the lock.
func (r *register) find(inns, ogrns []string) []*Company {
	var found []*Company
	seen := map[*Company]bool{}
	add := func(c *Company) {
		if c != nil && !seen[c] {
			seen[c] = true
			found = append(found, c)
		}
	}
	for _, inn := range inns {
		for _, c := range r.byINN[inn] {
			add(c)
		}
	}
	for _, ogrn := range ogrns {
		add(r.byOGRN[ogrn])
	}
	return found
}
