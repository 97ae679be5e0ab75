package config

import (
	"slices"
	"strings"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/secret"
)

// KonturKey is a further key of Kontur.Focus, with limits of its own.
type KonturKey struct {
	Name              pass.KeyName
	Key               secret.Value
	RequestsPerSecond float64
	Concurrency       int
}

const (
	namePlace  = "<NAME>"
	keyPrefix  = "KONTUR_KEY_"
	fileSuffix = "_FILE"
)

// AllKonturKeys are the key of KONTUR_KEY, which has no name, and the further ones.
func (w Worker) AllKonturKeys() []KonturKey {
	own := KonturKey{Key: w.KonturKey, RequestsPerSecond: w.KonturRequestsPerSecond, Concurrency: w.KonturConcurrency}
	return append([]KonturKey{own}, w.KonturKeys...)
}

// nameKeys notes the names of the further keys that the environment has. The error shows no name that is none: it may be part of
// a key.
func (w *Worker) nameKeys(env Environment) error {
	var problems invalid.List
	for _, entry := range env.Environ() {
		variable, _, _ := strings.Cut(entry, "=")
		name, isKey := strings.CutPrefix(variable, keyPrefix)
		if value, _ := env.LookupEnv(variable); !isKey || name == "FILE" || value == "" {
			continue
		}
		key := pass.KeyName(strings.TrimSuffix(name, fileSuffix))
		switch {
		case !key.Valid():
			problems.Add(keyPrefix+namePlace, pass.Hidden, "a NAME of 1 to 30 of A to Z, 0 to 9 and _, which does not end in FILE")
		case !slices.ContainsFunc(w.KonturKeys, func(k KonturKey) bool { return k.Name == key }):
			w.KonturKeys = append(w.KonturKeys, KonturKey{Name: key})
		}
	}
	slices.SortFunc(w.KonturKeys, func(a, b KonturKey) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return problems.Err()
}

// ofKey is the setting for one of the further keys, whose limits are those of KONTUR_KEY unless it has its own.
func (s Setting) ofKey(i int, w Worker) Setting {
	s.Name = strings.ReplaceAll(s.Name, namePlace, string(w.KonturKeys[i].Name))
	s.Default, s.Required = "", s.Secret // whoever names a key has one
	s.set = func(w *Worker, value string) bool { return s.setKey(&w.KonturKeys[i], value) }
	return s
}

// checkKeys refuses a key with two names, for it would have its limits twice, and gives each the limits that it has not set.
func (w *Worker) checkKeys() error {
	var problems invalid.List
	all := w.AllKonturKeys()
	for i := range w.KonturKeys {
		k := &w.KonturKeys[i]
		if k.RequestsPerSecond == 0 {
			k.RequestsPerSecond = w.KonturRequestsPerSecond
		}
		if k.Concurrency == 0 {
			k.Concurrency = w.KonturConcurrency
		}
		same := slices.IndexFunc(all[:i+1], func(other KonturKey) bool { return !k.Key.Empty() && other.Key.Reveal() == k.Key.Reveal() })
		if same >= 0 {
			problems.Add(k.Name.Setting(), pass.Hidden, "another key than that of "+all[same].Name.Setting())
		}
	}
	return problems.Err()
}
