package sourcestate

import (
	"encoding/json"
	"fmt"
	"strings"

	"counterparty-sync/internal/invalid"
)

// wireSources are Sources in workflow results, memos and answers of queries. Fields are only ever added.
type wireSources struct {
	Sources []Source `json:"sources"`
}

// MarshalJSON implements json.Marshaler: {"sources":[{"id","state","reason"}]}, reason only if there is one. Give
// Sources a field of their own: embedded, this method would stand for the whole struct.
func (r Sources) MarshalJSON() ([]byte, error) {
	return json.Marshal(wireSources{append([]Source{}, r.sources...)}) // a list also if there are none
}

// UnmarshalJSON implements json.Unmarshaler. It refuses what no Sources can be: ids that New refuses, unknown states.
func (r *Sources) UnmarshalJSON(data []byte) error {
	var w wireSources
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	read, err := newSources(w.Sources)
	if err != nil {
		return fmt.Errorf("read report: %w", err)
	}
	*r = read
	return nil
}

// newSources is the one gate to Sources: ids are well-formed and unique, states are known. It keeps the slice.
func newSources(sources []Source) (Sources, error) {
	var l invalid.List
	seen := make(map[string]bool, len(sources))
	for _, s := range sources {
		switch {
		case !CheckID(s.ID):
			l.Add("source id", s.ID, AllowedID)
		case seen[s.ID]:
			l.Add("source id", s.ID, "each source once")
		}
		seen[s.ID] = true
		if !s.State.Known() {
			l.Add("state of source "+s.ID, string(s.State), stateNames())
		}
	}
	if err := l.Err(); err != nil {
		return Sources{}, err
	}
	if len(sources) == 0 {
		return Sources{}, nil // equal to the zero Sources, however it was made
	}
	return Sources{sources: sources}, nil
}

func stateNames() string {
	names := make([]string, len(states))
	for i, f := range states {
		names[i] = string(f.state)
	}
	return strings.Join(names, ", ")
}
