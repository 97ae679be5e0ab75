package config

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"counterparty-sync/internal/charset"
	"counterparty-sync/internal/excerpt"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/secret"
)

// Worker is the environment of a worker, parsed and valid. Settings says what each field means.
type Worker struct {
	TaskQueue string

	AlfrescoURL         string // without a slash at its end
	AlfrescoUser        string
	AlfrescoPassword    secret.Value
	AlfrescoAuth        string   // "basic" or "ticket"
	AlfrescoAPI         string   // "rest" or "records"
	AlfrescoLanguages   []string // tags
	AlfrescoConcurrency int

	KonturURL               string // without a slash at its end
	KonturKey               secret.Value
	KonturRequestsPerSecond float64
	KonturConcurrency       int
	KonturKeys              []KonturKey // the further ones, by name
	KonturMonitoringDate    string      // "since" or "day"

	MappingFile          string   // empty: the built-in mapping
	ReportTypesFile      string   // empty: the built-in types
	ReportsWebhookHosts  []string // in small letters, perhaps with ports; empty: none
	ReportsWebhookHTTP   bool
	ReportsWebhookSecret secret.Value // set if there are hosts
	CodecAddr            string       // empty: off
	CodecOrigins         []string
	CodecAccessTokens    bool
	CodecToken           secret.Value // may be empty
	ReportsAddr          string       // empty: off
	ReportsTLSCertFile   string       // empty: plain HTTP
	ReportsTLSKeyFile    string       // set if there is a certificate
	ReportsToken         secret.Value // set if there is an address and no file of callers
	ReportsCallersFile   string       // empty: no callers but those with the token
	ReportsDialect       string       // "entity" or "vehicle"
	ReportsPercent       int          // of what Kontur.Focus is asked while passes wait, too: 1 to 99
	ReportsRate          int          // requests per second
	ReportsCallerRate    int          // requests per second
	ReportsMaxRunning    int
	ReportsQuotaReserve  pass.Reserve // pass.NoReserve: off
	HTTPAddr             string       // empty: off
	LogLevel             string       // "debug", "info", "warn" or "error"
	LogFormat            string       // "json" or "console"
	AuditValues          bool
	StopTimeout          time.Duration

	// MetricsSyncsInterval and MetricsQuotaInterval are 0 if they are off.
	MetricsSyncsInterval time.Duration
	MetricsQuotaInterval time.Duration

	DeploymentName     string // empty: no worker versioning, and what follows means nothing
	BuildID            string
	VersioningBehavior string // AutoUpgrade or Pinned
}

// Environment is that of a process, or what takes its place.
type Environment interface {
	LookupEnv(name string) (string, bool)
	Environ() []string
}

// LoadWorker reads the environment, and the files that it names through readFile (os.ReadFile). A variable that is empty counts
// as not set. All problems come at once, as invalid.Errors; none of them shows a secret.
func LoadWorker(env Environment, readFile func(name string) ([]byte, error)) (Worker, error) {
	var w Worker
	var problems invalid.List
	get := func(name string) string {
		value, _ := env.LookupEnv(name)
		return value
	}
	problems.Join(w.nameKeys(env))
	for _, s := range Settings() {
		if s.setKey != nil {
			for i := range w.KonturKeys {
				problems.Join(s.ofKey(i, w).read(&w, get, readFile))
			}
			continue
		}
		if s.requiredBy != nil {
			s.Required = s.requiredBy(w)
		}
		problems.Join(s.read(&w, get, readFile))
	}
	problems.Join(w.checkKeys())
	if w.ReportsTLSKeyFile != "" && w.ReportsTLSCertFile == "" {
		problems.Add("REPORTS_TLS_CERT_FILE", "", "a path, together with REPORTS_TLS_KEY_FILE")
	}
	if err := problems.Err(); err != nil {
		return Worker{}, err
	}
	return w, nil
}

// TaskQueue reads a value of TASK_QUEUE, which is all that most commands need to know of the workers. An empty one counts
// as not set. The error is an *invalid.Field.
func TaskQueue(value string) (string, error) {
	var w Worker
	err := taskQueue().load(&w, func(string) string { return value })
	return w.TaskQueue, err
}

func taskQueue() Setting {
	return Setting{
		Name: "TASK_QUEUE", Default: "counterparty-sync", Description: "task queue of workflows and of Alfresco's activities; those of others have -kontur, -kontur-reports or -webhooks behind it",
		Allowed: "1 to 200 printable characters without blanks",
		set:     func(w *Worker, v string) bool { return setName(&w.TaskQueue, v) },
	}
}

// read reads a setting.
func (s Setting) read(w *Worker, get func(string) string, readFile func(string) ([]byte, error)) error {
	if s.Secret {
		return s.loadSecret(w, get, readFile)
	}
	return s.load(w, get)
}

// load reads a setting that everybody may see.
func (s Setting) load(w *Worker, get func(string) string) error {
	value := strings.TrimSpace(get(s.Name))
	if value == "" {
		value = s.Default
	}
	switch {
	case value == "" && s.Required:
		return &invalid.Field{Name: s.Name, Allowed: s.Allowed}
	case value == "" || s.set(w, value):
		return nil
	}
	allowed := s.Allowed
	if flaw := charset.Flaw(value); flaw != "" {
		allowed += "; " + flaw
	}
	if s.hide != nil {
		value = s.hide(value)
	}
	return &invalid.Field{Name: s.Name, Value: excerpt.Runes(value, maxShown), Allowed: allowed}
}

// loadSecret reads a secret from its variable or from its file. It refuses both, and neither if the setting is required.
func (s Setting) loadSecret(w *Worker, get func(string) string, readFile func(string) ([]byte, error)) error {
	value, file := get(s.Name), strings.TrimSpace(get(s.FileName()))
	if file == "" {
		switch {
		case value == "" && s.Required:
			return &invalid.Field{Name: s.Name, Allowed: s.Allowed + ", here or in a file that " + s.FileName() + " names"}
		case value != "":
			if mistake := s.setSecret(w, value); mistake != "" {
				return &invalid.Field{Name: s.Name, Value: masked, Allowed: s.Allowed + "; " + mistake}
			}
		}
		return nil
	}
	allowed := "either " + s.Name + " or " + s.FileName() + ", not both"
	if value == "" {
		content, err := readFile(file)
		value = strings.TrimSuffix(strings.TrimSuffix(string(charset.Unmarked(content)), "\n"), "\r")
		allowed = "a file with " + s.Allowed + "; "
		switch {
		case err != nil:
			allowed += reason(err)
		case value == "":
			allowed += "it is empty"
		default:
			mistake := s.setSecret(w, value)
			if mistake == "" {
				return nil
			}
			allowed += mistake
		}
	}
	if !pathPattern.MatchString(file) || file == value {
		// Not like a path: it may be the secret itself, in the wrong variable.
		file = masked
	}
	return &invalid.Field{Name: s.FileName(), Value: excerpt.Runes(file, maxShown), Allowed: allowed}
}

// setSecret parses a secret into the field of the worker, or says what is wrong with it without a word of it.
func (s Setting) setSecret(w *Worker, value string) (mistake string) {
	if flaw := charset.Flaw(value); flaw != "" {
		return flaw
	}
	if !s.set(w, value) {
		return s.mistake
	}
	return ""
}

// pathPattern is what the names of most files look like: with a slash or a dot, and with few signs of other kinds. Those
// that don't are not shown.
var pathPattern = regexp.MustCompile(`^[\pL\pN_.:~ /\\-]*[/\\.][\pL\pN_.:~ /\\-]*$`)

// masked stands for a secret in a message.
const masked = "***"

// reason is why a file can't be read, without its name, which the message has already.
func reason(err error) string {
	var pathError *fs.PathError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "there is no such file"
	case errors.Is(err, fs.ErrPermission):
		return "this process may not read it"
	case errors.As(err, &pathError):
		err = pathError.Err
	}
	return fmt.Sprintf("it can't be read: %v", err)
}
