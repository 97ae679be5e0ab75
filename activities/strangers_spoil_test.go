package activities_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"

	"counterparty-sync/internal/kontur/konturtest"
)

// script says how the answers of a batch are spoiled: four bytes are one step.
type script []byte

// randomScript has up to a dozen steps.
func randomScript(r *rand.Rand) script {
	s := make(script, 4*(1+r.IntN(12)))
	for i := range s {
		s[i] = byte(r.IntN(256))
	}
	return s
}

// spoiledFields are what a step may hit, most of all what tells identity. A path leads into objects.
var spoiledFields = [][]string{
	{"ogrn"}, {"inn"}, {"ogrn"}, {"inn"}, {"ogrn"}, {"UL"}, {"IP"}, {"UL", "kpp"}, {"UL", "legalName"}, {"UL", "legalAddress"}, {"UL", "status"},
	{"UL", "registrationDate"}, {"UL", "branches"}, {"IP", "fio"}, {"contactPhones"}, {"contactEmails"},
}

// edit is what the script does to the answers of a source.
func (s script) edit(source string) konturtest.Edit {
	return func(items []map[string]any) []map[string]any {
		for step := range slices.Chunk(s, 4) {
			if len(step) < 4 || len(items) == 0 {
				break
			}
			// Every fourth step hits all sources alike.
			if which := int(step[0]>>4) % (len(spoiledSources) + 1); which < len(spoiledSources) && spoiledSources[which] != source {
				continue
			}
			i, j := int(step[1])%len(items), int(step[2])%len(items)
			field := spoiledFields[int(step[3])%len(spoiledFields)]
			switch step[0] % 8 {
			case 0, 1:
				put(items[i], field, nil, false)
			case 2:
				put(items[i], field, []any{"", " ", nil, json.Number("7"), []any{}}[int(step[2])%5], true)
			case 3: // doubled, and the double spoiled
				double := copied(items[i])
				put(double, field, nil, false)
				items = append(items, double)
			case 4:
				items = append(items, copied(items[i]))
			case 5, 6: // swapped
				a, okA := at(items[i], field)
				b, okB := at(items[j], field)
				put(items[i], field, b, okB)
				put(items[j], field, a, okA)
			case 7: // what one says, the other says too
				b, okB := at(items[j], field)
				put(items[i], field, b, okB)
			}
		}
		return items
	}
}

var spoiledSources = []string{"req", "contacts", "contactEmails", "egrDetails"}

func at(item map[string]any, path []string) (value any, ok bool) {
	for _, name := range path[:len(path)-1] {
		if item, ok = item[name].(map[string]any); !ok {
			return nil, false
		}
	}
	value, ok = item[path[len(path)-1]]
	return value, ok
}

func put(item map[string]any, path []string, value any, there bool) {
	for _, name := range path[:len(path)-1] {
		inner, ok := item[name].(map[string]any)
		if !ok {
			return
		}
		item = inner
	}
	if there {
		item[path[len(path)-1]] = value
	} else {
		delete(item, path[len(path)-1])
	}
}

// copied shares nothing with the item.
func copied(item map[string]any) map[string]any {
	data, err := json.Marshal(item)
	if err != nil {
		panic(err)
	}
	var double map[string]any
	if err := json.Unmarshal(data, &double); err != nil {
		panic(err)
	}
	return double
}
