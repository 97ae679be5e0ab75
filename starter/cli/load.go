package cli

import (
	"bytes"
	"errors"
	"io"
	"io/fs"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/schedule"
)

// load reads and checks a sync before anything is asked of a server.
func (a *app) load(file string) (pass.Sync, schedule.Spec, error) {
	if file == "" {
		return pass.Sync{}, schedule.Spec{}, flagError("--file", "", "the sync's YAML file, or - for standard input")
	}
	name, data, err := a.content("--file", file)
	if err != nil {
		return pass.Sync{}, schedule.Spec{}, err
	}
	var problems invalid.List
	sync, err := config.LoadSync(bytes.NewReader(data), name)
	problems.Join(err)
	spec, err := schedule.Parse(sync.Cron, sync.TimeZone)
	problems.Join(err)
	if err == nil && sync.Cron != "" && len(spec.Next(a.Now(), 1)) == 0 {
		problems.Add("cron", sync.Cron, "a time in the future: this one never comes again")
	}
	return sync, spec, problems.Err()
}

// content is what a file has, or standard input where its name is -, and what to call it.
func (a *app) content(flag, file string) (name string, data []byte, err error) {
	switch file {
	case "-":
		name = "standard input"
		data, err = io.ReadAll(a.In)
	default:
		name = file
		data, err = a.ReadFile(file)
	}
	if err != nil {
		if path, ok := errors.AsType[*fs.PathError](err); ok {
			err = path.Err // the name of the file is said already
		}
		return "", nil, flagError(flag, file, "a file that can be read; "+err.Error())
	}
	return name, data, nil
}
