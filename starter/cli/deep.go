package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"counterparty-sync/internal/config"
	"counterparty-sync/internal/deepcheck"
	"counterparty-sync/internal/exchange"
	"counterparty-sync/internal/fact"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/outside"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/secret"
	"counterparty-sync/starter/ui"
)

// deep is what the flags of a deep check say.
type deep struct {
	id, record  string
	identifiers int
}

func (d *deep) flags(flags *pflag.FlagSet) {
	flags.StringVar(&d.id, "deep", "", "try the facts that a sync relies on, on its own systems, by reading: the sync's id")
	flags.IntVar(&d.identifiers, "identifiers", deepcheck.DefaultIdentifiers, "with --deep: how many identifiers each source is asked about at most, 0 to 100")
	flags.StringVar(&d.record, "record", "", "with --deep: a new file for what was exchanged, with all values masked")
}

// check refuses flags that don't fit.
func (d *deep) check(flags *pflag.FlagSet) error {
	var l invalid.List
	for _, name := range []string{"identifiers", "record"} {
		if flags.Changed(name) && d.id == "" {
			l.Join(usage("--%s needs --deep ID", name))
		}
	}
	if flags.Changed("deep") && strings.TrimSpace(d.id) == "" {
		l.Join(usage("--deep: %q is not allowed; allowed: the id of a sync", d.id))
	}
	if d.identifiers < 0 || d.identifiers > deepcheck.MaxIdentifiers {
		l.Add("--identifiers", strconv.Itoa(d.identifiers), "a whole number from 0 to 100")
	}
	return l.Err()
}

// deepCheck tries the facts. The sync is that of the file if there is one, else Temporal's.
func (a *app) deepCheck(ctx context.Context, d deep, file string) error {
	settings, sync, err := a.deepSubject(ctx, d, file)
	if err != nil {
		return err
	}
	var recorder *exchange.Recorder
	var into *os.File
	if d.record != "" {
		secrets := []secret.Value{settings.AlfrescoPassword}
		for _, key := range settings.AllKonturKeys() {
			secrets = append(secrets, key.Key)
		}
		recorder = deepcheck.Recorder(a.Now, secrets...)
		recorder.Hide(settings.AlfrescoUser)
		if into, err = newFile("--record", d.record); err != nil {
			return err
		}
	}
	world, err := outside.Open(settings, deepcheck.Transports(recorder))
	if err != nil {
		return errors.Join(err, discard(into))
	}
	if world.Kontur, err = world.KonturOf(sync.KonturKey); err != nil {
		return &hinted{errors.Join(err, discard(into)), sync.KonturKey.HintMissing()}
	}
	a.remarkOn(settings)
	a.remark("%s", price(d.identifiers, sync.Sources))
	subject := deepcheck.Subject{World: world, Sync: sync, Identifiers: d.identifiers, Now: a.Now}
	at := a.Now().UTC()
	facts, err := deepcheck.Run(ctx, subject)
	if into != nil {
		recording := exchange.Recording{About: exchange.About{At: at, Settings: subject.Settings(settings)}, Exchanges: recorder.Exchanges()}
		if err := errors.Join(recording.Write(into), into.Close()); err != nil {
			return err
		}
		a.remark("%s has %s; values are masked, and it is worth a look before it goes anywhere", d.record, plural(len(recording.Exchanges), "exchange"))
	}
	if err != nil {
		return err
	}
	return a.printFacts(facts)
}

// deepSubject reads settings and sync. All that is wrong comes at once.
func (a *app) deepSubject(ctx context.Context, d deep, file string) (config.Worker, pass.Sync, error) {
	var problems invalid.List
	settings, err := config.LoadWorker(a.Env, a.ReadFile)
	problems.Join(err)
	var sync pass.Sync
	if file != "" {
		sync, _, err = a.load(file)
		problems.Join(err)
		if err == nil && sync.ID != d.id {
			problems.Add("--deep", d.id, sync.ID+", which is the id in "+file)
		}
	}
	if err := problems.Err(); err != nil || file != "" {
		return settings, sync, err
	}
	manager, err := a.manager(ctx)
	if err != nil {
		return settings, sync, err
	}
	sync, err = manager.Sync(ctx, d.id)
	return settings, sync, err
}

// newFile makes a file that only its owner may read, and never writes over one.
func newFile(flag, name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return nil, flagError(flag, name, "a file that is not there yet and can be made; "+path.Err.Error())
	}
	return f, err
}

// discard takes away a file into which nothing was written; nil is none.
func discard(f *os.File) error {
	if f == nil {
		return nil
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// price says what a deep check costs.
func price(identifiers int, sources []string) string {
	if identifiers == 0 {
		return "Kontur.Focus is asked for the contract alone, which is free"
	}
	return "Kontur.Focus is asked about at most " + plural(identifiers, "identifier") + " of nodes, by " + strings.Join(sources, ", ") +
		": what it charges for is what it has not answered in this period yet"
}

// printFacts prints the table.
func (a *app) printFacts(facts []fact.Fact) error {
	err := a.print(facts, func(t *ui.Text) {
		t.Row("FACT", "EXPECTED", "SEEN", "TIME", "FOLLOWS")
		for _, f := range facts {
			name, follows := f.ID, string(f.Verdict)
			if f.About != "" {
				name += " " + f.About
			}
			if f.Follows != "" {
				follows += ": " + f.Follows
			}
			t.Row(name, f.Expected, f.Seen, time.Duration(f.Milliseconds)*time.Millisecond, follows)
		}
	})
	if err == nil && fact.Broken(facts) {
		return errFailed
	}
	return err
}
