package strict

import (
	"fmt"
	"os"
)

// Load reads a file by what takes its text apart. Errors begin with what the file is; what is wrong with its text follows on
// lines of its own.
func Load[T any](what, path string, parse func(text []byte) (T, error)) (T, error) {
	var none T
	text, err := os.ReadFile(path)
	if err != nil {
		return none, fmt.Errorf("read %s: %w", what, err)
	}
	loaded, err := parse(text)
	if err != nil {
		return none, fmt.Errorf("%s %s:\n%w", what, path, err)
	}
	return loaded, nil
}
