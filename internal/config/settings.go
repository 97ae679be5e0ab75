package config

import (
	"net/url"
	"path"
	"strings"
	"time"

	"counterparty-sync/internal/charset"
	"counterparty-sync/internal/secret"
)

// Off is the value of HTTP_ADDR and REPORTS_ADDR that turns the listener off, and of intervals that turns what they
// repeat off.
const Off = "off"

// Values of VERSIONING_BEHAVIOR.
const (
	AutoUpgrade = "auto-upgrade"
	Pinned      = "pinned"
)

// Setting declares one variable of a worker's environment. Parsing, validation, --help and the table of the
// documentation all come from it.
type Setting struct {
	// Name is the variable: "KONTUR_RPS".
	Name string
	// Default is the value if the variable is not set or empty; empty if there is none.
	Default string
	// Description is half a sentence that says what the setting does.
	Description string
	// Allowed says which values are: "a whole number from 1 to 64".
	Allowed string
	// Required settings must be set; they have no default.
	Required bool
	// Secret settings hold a secret, which no message shows. Name_FILE may name a file with it instead.
	Secret bool

	// set parses a value into the field of the worker; false if it is not allowed.
	set func(w *Worker, value string) bool
	// setKey is set for one of the further keys: then Name holds its name as <NAME>, and there may be any number of them.
	setKey func(k *KonturKey, value string) bool
	// requiredBy says whether the settings before it require this one; nil: Required holds.
	requiredBy func(w Worker) bool
	// mistake says what is wrong with a secret that set refuses: no message shows it. What can't be seen is refused before.
	mistake string
	// hide takes out of a wrong value what may be a secret; nil if there can be none in it.
	hide func(value string) string
}

// FileName is the variable that names a file with the secret, or "" if the setting is none.
func (s Setting) FileName() string {
	if !s.Secret {
		return ""
	}
	return s.Name + "_FILE"
}

// Settings are all the settings of a worker, in the order in which people read them.
func Settings() []Setting {
	return []Setting{
		taskQueue(),
		{Name: "ALFRESCO_URL", Required: true, Description: "address of Alfresco, up to and with /alfresco",
			Allowed: "an http or https address that ends with /alfresco, such as https://ecm.example.org/alfresco, without user, password and query",
			set: func(w *Worker, v string) bool {
				ok := setURL(&w.AlfrescoURL, v)
				u, err := url.Parse(w.AlfrescoURL)
				return ok && err == nil && path.Base(u.EscapedPath()) == "alfresco"
			},
			hide: hideInURL},
		{Name: "ALFRESCO_USER", Required: true, Description: "user who may read and write the nodes",
			Allowed: "a user name on one line, without a colon",
			set: func(w *Worker, v string) bool {
				w.AlfrescoUser = v
				// Basic authentication ends the name at the first colon (RFC 7617).
				return !strings.Contains(v, ":") && charset.Flaw(v) == ""
			},
			hide: hideAfterColon},
		{Name: "ALFRESCO_PASSWORD", Required: true, Secret: true, Description: "password of ALFRESCO_USER",
			Allowed: "a password on one line",
			set:     func(w *Worker, v string) bool { w.AlfrescoPassword = secret.New(v); return true }},
		{Name: "ALFRESCO_AUTH", Default: "basic", Description: "how to log in: with user and password in each request, or once for a ticket",
			Allowed: "basic or ticket",
			set:     func(w *Worker, v string) bool { return setOneOf(&w.AlfrescoAuth, v, "basic", "ticket") }},
		{Name: "ALFRESCO_API", Default: "rest", Description: "which API of Alfresco to use: every Alfresco has rest; records is Citeck's, and writes a batch in one request",
			Allowed: "rest or records",
			set:     func(w *Worker, v string) bool { return setOneOf(&w.AlfrescoAPI, v, "rest", "records") }},
		// Alfresco's index has a text in the language of its node alone. Contractors are typed in a Russian browser; a server in a
		// container has English.
		{Name: "ALFRESCO_LANGUAGES", Default: "ru,en", Description: "languages in which nodes are looked for by INN or OGRN: those in which people typed them; texts for many languages are read and written in the first one",
			Allowed: "language tags separated by commas, each once and 8 at most, such as ru,en",
			set:     func(w *Worker, v string) bool { return setLanguages(&w.AlfrescoLanguages, v) }},
		// At most far below the 200 request threads that Tomcat has by default: people use them too.
		{Name: "ALFRESCO_CONCURRENCY", Default: "8", Description: "requests to Alfresco at once, from this worker",
			Allowed: "a whole number from 1 to 64",
			set:     func(w *Worker, v string) bool { return setWhole(&w.AlfrescoConcurrency, v, 1, 64) }},
		{Name: "KONTUR_URL", Default: "https://focus-api.kontur.ru", Description: "address of Kontur.Focus, up to and without /api3",
			Allowed: "an http or https address such as https://focus-api.kontur.ru, without /api3, user, password and query",
			set:     func(w *Worker, v string) bool { return setURL(&w.KonturURL, v) && path.Base(w.KonturURL) != "api3" },
			hide:    hideInURL},
		{Name: "KONTUR_KEY", Required: true, Secret: true, Description: "key of the API of Kontur.Focus",
			Allowed: "a key on one line",
			set:     func(w *Worker, v string) bool { w.KonturKey = secret.New(v); return true }},
		{Name: "KONTUR_RPS", Default: "5", Description: "requests to Kontur.Focus per second, all workers together",
			Allowed: "a number from 0.1 to 1000",
			set:     func(w *Worker, v string) bool { return setDecimal(&w.KonturRequestsPerSecond, v, 0.1, 1000) }},
		{Name: "KONTUR_CONCURRENCY", Default: "1", Description: "requests to Kontur.Focus at once, from this worker",
			Allowed: "a whole number from 1 to 64",
			set:     func(w *Worker, v string) bool { return setWhole(&w.KonturConcurrency, v, 1, 64) }},
		{Name: "KONTUR_KEY_<NAME>", Secret: true, Description: "a further key, for the syncs and report types that name it: konturKey: NAME",
			Allowed: "a key on one line that no other name has; NAME is 1 to 30 of A to Z, 0 to 9 and _, and does not end in FILE",
			setKey:  func(k *KonturKey, v string) bool { k.Key = secret.New(v); return true }},
		{Name: "KONTUR_RPS_<NAME>", Default: "that of KONTUR_RPS", Description: "the same as KONTUR_RPS for that key",
			Allowed: "a number from 0.1 to 1000",
			setKey:  func(k *KonturKey, v string) bool { return setDecimal(&k.RequestsPerSecond, v, 0.1, 1000) }},
		{Name: "KONTUR_CONCURRENCY_<NAME>", Default: "that of KONTUR_CONCURRENCY", Description: "the same as KONTUR_CONCURRENCY for that key",
			Allowed: "a whole number from 1 to 64",
			setKey:  func(k *KonturKey, v string) bool { return setWhole(&k.Concurrency, v, 1, 64) }},
		{Name: "KONTUR_MONITORING_DATE", Default: "since", Description: "what Kontur.Focus takes the date to mean when it is asked which companies changed: that day and later, or that day alone",
			Allowed: "since or day",
			set:     func(w *Worker, v string) bool { return setOneOf(&w.KonturMonitoringDate, v, "since", "day") }},
		{Name: "MAPPING_FILE", Description: "file with a mapping in place of the built-in one",
			Allowed: "a path",
			set:     func(w *Worker, v string) bool { w.MappingFile = v; return isPrintable(v) }},
		{Name: "REPORT_TYPES_FILE", Description: "file with report types in place of the built-in ones",
			Allowed: "a path",
			set:     func(w *Worker, v string) bool { w.ReportTypesFile = v; return isPrintable(v) }},
		{Name: "REPORTS_WEBHOOK_HOSTS", Description: "hosts that webhooks may notify of a changed report; none if it is not set",
			Allowed: "host names separated by commas, each with its port unless that is 80 or 443, such as crm.example.org,127.0.0.1:8090",
			set:     func(w *Worker, v string) bool { return setHosts(&w.ReportsWebhookHosts, v) },
			// People paste the whole address, whose query may hold a token.
			hide: hideInURL},
		{Name: "REPORTS_WEBHOOK_SECRET", Secret: true, Description: "secret that calls of webhooks are signed with; required with REPORTS_WEBHOOK_HOSTS",
			Allowed: "a secret of 20 to 512 characters on one line that are not all the same",
			set: func(w *Worker, v string) bool {
				w.ReportsWebhookSecret = secret.New(v)
				return len(v) >= 20 && len(v) <= 512 && !isOneCharacter(v)
			},
			requiredBy: func(w Worker) bool { return len(w.ReportsWebhookHosts) > 0 },
			mistake:    "it is shorter, longer, or a single character repeated"},
		{Name: "REPORTS_WEBHOOK_HTTP", Default: "false", Description: "whether webhooks may be called over plain http too",
			Allowed: "true or false",
			set:     func(w *Worker, v string) bool { return setBool(&w.ReportsWebhookHTTP, v) }},
		// They ask nobody who they are: what lies beyond the machine is the operator's decision.
		{Name: "HTTP_ADDR", Default: "127.0.0.1:8080", Description: "where to serve health, readiness and metrics; off turns it off. The image has :8080",
			Allowed: "host:port such as :8080 or 127.0.0.1:8080, or off",
			set:     func(w *Worker, v string) bool { return setAddress(&w.HTTPAddr, v) }},
		// Half of the minute in which an alert should know; a look costs Temporal three lists.
		{Name: "METRICS_SYNCS_INTERVAL", Default: "30s", Description: "how often the state of all syncs is read from Temporal for the metrics; off turns it off",
			Allowed: "a duration from 5s to 1h such as 30s, or off",
			set: func(w *Worker, v string) bool {
				return setInterval(&w.MetricsSyncsInterval, v, 5*time.Second, time.Hour)
			}},
		// The question costs nothing, but it takes its turn among those of the passes.
		{Name: "METRICS_QUOTA_INTERVAL", Default: "15m", Description: "how often Kontur.Focus is asked, at no cost, how much of the contract is spent, for the metrics; off turns it off",
			Allowed: "a duration from 1m to 24h such as 15m, or off",
			set: func(w *Worker, v string) bool {
				return setInterval(&w.MetricsQuotaInterval, v, time.Minute, 24*time.Hour)
			}},
		{Name: "REPORTS_ADDR", Default: Off, Description: "where to serve reports; off turns it off. It speaks plain HTTP, for a proxy in front of it that ends TLS, unless it has a certificate of its own",
			Allowed: "host:port such as 127.0.0.1:8090, or off",
			set:     func(w *Worker, v string) bool { return setAddress(&w.ReportsAddr, v) }},
		{Name: "REPORTS_TLS_CERT_FILE", Description: "file with the certificate of REPORTS_ADDR, in PEM, those of its issuers behind it; with it reports are served over TLS. It is read again when it changes",
			Allowed: "a path, together with REPORTS_TLS_KEY_FILE",
			set:     func(w *Worker, v string) bool { w.ReportsTLSCertFile = v; return isPrintable(v) }},
		{Name: "REPORTS_TLS_KEY_FILE", Description: "file with the key of REPORTS_TLS_CERT_FILE, in PEM and not encrypted; required with it, and read again with it",
			Allowed:    "a path, together with REPORTS_TLS_CERT_FILE",
			set:        func(w *Worker, v string) bool { w.ReportsTLSKeyFile = v; return isPrintable(v) },
			requiredBy: func(w Worker) bool { return w.ReportsTLSCertFile != "" }},
		{Name: "REPORTS_CALLERS_FILE", Description: "file with callers of REPORTS_ADDR: the hashes of their tokens, or of passwords that they compute tokens from as clients of the SpectrumData B2B API do. It is read again when it changes",
			Allowed: "a path",
			set:     func(w *Worker, v string) bool { w.ReportsCallersFile = v; return isPrintable(v) }},
		{Name: "REPORTS_TOKEN", Secret: true, Description: "one token for all callers of REPORTS_ADDR; required with it, unless there is a REPORTS_CALLERS_FILE, and let in besides those of the file",
			Allowed: "a token of 20 to 512 characters that are not all the same: letters A to Z, digits and - . _ ~ + /, then perhaps =",
			set: func(w *Worker, v string) bool {
				w.ReportsToken = secret.New(v)
				return tokenPattern.MatchString(v) && !isOneCharacter(strings.TrimRight(v, "="))
			},
			requiredBy: func(w Worker) bool { return w.ReportsAddr != "" && w.ReportsCallersFile == "" },
			mistake:    "it is shorter, longer, a single character repeated, or has other characters"},
		{Name: "REPORTS_DIALECT", Default: "entity", Description: "which dialect of source states REPORTS_ADDR answers in where a request names none: the client avtocod/b2b-api-php reads only vehicle",
			Allowed: "entity or vehicle",
			set:     func(w *Worker, v string) bool { return setOneOf(&w.ReportsDialect, v, "entity", "vehicle") }},
		{Name: "REPORTS_SHARE", Default: "50%", Description: "the share of requests to Kontur.Focus that reports get while passes wait, too; if only one of them waits, it gets all",
			Allowed: "a share from 1% to 99% such as 25%",
			set:     func(w *Worker, v string) bool { return setPercent(&w.ReportsPercent, v) }},
		{Name: "REPORTS_RATE", Default: "50", Description: "requests per second that REPORTS_ADDR answers, all callers together; twice as many at once after a silence",
			Allowed: "a whole number from 1 to 10000",
			set:     func(w *Worker, v string) bool { return setWhole(&w.ReportsRate, v, 1, 10_000) }},
		// Half of REPORTS_RATE, so that one caller leaves room for another.
		{Name: "REPORTS_CALLER_RATE", Default: "25", Description: "requests per second that REPORTS_ADDR answers to one caller; those with REPORTS_TOKEN are one",
			Allowed: "a whole number from 1 to 10000",
			set:     func(w *Worker, v string) bool { return setWhole(&w.ReportsCallerRate, v, 1, 10_000) }},
		{Name: "REPORTS_MAX_RUNNING", Default: "100", Description: "how many reports may be under way before REPORTS_ADDR turns new ones away",
			Allowed: "a whole number from 1 to 10000",
			set:     func(w *Worker, v string) bool { return setWhole(&w.ReportsMaxRunning, v, 1, 10_000) }},
		{Name: "REPORTS_QUOTA_RESERVE", Default: Off, Description: "how much of each quota of Kontur.Focus reports leave untouched, as quotaReserve of a sync says for passes; off ignores the quotas",
			Allowed: "a number such as 500, a share below 100% such as 5%, or off",
			set:     func(w *Worker, v string) bool { return setReserve(&w.ReportsQuotaReserve, v) }},
		{Name: "CODEC_ADDR", Default: Off, Description: "where to decode what Temporal keeps for its Web UI, temporal and tctl; off turns it off. It speaks plain HTTP: put a proxy that terminates TLS in front of it",
			Allowed: "host:port such as 127.0.0.1:8091, or off",
			set:     func(w *Worker, v string) bool { return setAddress(&w.CodecAddr, v) }},
		{Name: "CODEC_ORIGINS", Description: "origins of the Web UIs whose pages may ask CODEC_ADDR; none if it is not set",
			Allowed: "origins separated by commas, each with http or https and without a path, such as http://127.0.0.1:8233",
			set:     func(w *Worker, v string) bool { return setOrigins(&w.CodecOrigins, v) },
			hide:    hideInURL},
		{Name: "CODEC_ACCESS_TOKENS", Default: "false", Description: "whether CODEC_ADDR answers whom Temporal lets read the namespace by an access token, such as the one that the Web UI passes on; Temporal has to refuse those without one",
			Allowed: "true or false",
			set:     func(w *Worker, v string) bool { return setBool(&w.CodecAccessTokens, v) }},
		{Name: "CODEC_TOKEN", Secret: true, Description: "token that callers of CODEC_ADDR may show; required where it is not on loopback, unless CODEC_ACCESS_TOKENS is true",
			Allowed: "a token of 20 to 512 characters that are not all the same: letters A to Z, digits and - . _ ~ + /, then perhaps =",
			set: func(w *Worker, v string) bool {
				w.CodecToken = secret.New(v)
				return tokenPattern.MatchString(v) && !isOneCharacter(strings.TrimRight(v, "="))
			},
			requiredBy: func(w Worker) bool {
				return w.CodecAddr != "" && !w.CodecAccessTokens && !isLoopback(hostOf(w.CodecAddr))
			},
			mistake: "it is shorter, longer, a single character repeated, or has other characters"},
		{Name: "LOG_LEVEL", Default: "info", Description: "the lowest level that is logged",
			Allowed: "debug, info, warn or error",
			set:     func(w *Worker, v string) bool { return setOneOf(&w.LogLevel, v, "debug", "info", "warn", "error") }},
		{Name: "LOG_FORMAT", Default: "json", Description: "the format of the log: for machines or for people",
			Allowed: "json or console",
			set:     func(w *Worker, v string) bool { return setOneOf(&w.LogFormat, v, "json", "console") }},
		{Name: "AUDIT_VALUES", Default: "false", Description: "whether the log line of each change shows the old and the new value; they include names of persons",
			Allowed: "true or false",
			set:     func(w *Worker, v string) bool { return setBool(&w.AuditValues, v) }},
		// Long enough for a batch that is being written; with the 3 s that a worker takes to hand back what it cut, below the
		// 30 s that Kubernetes grants by default.
		{Name: "STOP_TIMEOUT", Default: "25s", Description: "how long activities may go on after the worker was asked to stop",
			Allowed: "a duration from 1s to 1h such as 30s",
			set:     func(w *Worker, v string) bool { return setDuration(&w.StopTimeout, v, time.Second, time.Hour) }},
		// The names of these two are those that Temporal's worker controller for Kubernetes gives to its workers.
		{Name: "TEMPORAL_DEPLOYMENT_NAME", Description: "worker deployment that this worker belongs to; it turns Temporal's worker versioning on",
			Allowed: "1 to 200 printable characters without blanks, dots and colons, which don't begin with __",
			set: func(w *Worker, v string) bool {
				// Dot and colon are what Temporal puts between name and build (server 1.32, worker_versioning).
				return setName(&w.DeploymentName, v) && !strings.ContainsAny(v, ".:") && !strings.HasPrefix(v, "__")
			}},
		{Name: "TEMPORAL_WORKER_BUILD_ID", Description: "build of this worker within TEMPORAL_DEPLOYMENT_NAME, required with it: each build of the worker needs its own",
			Allowed:    "1 to 200 printable characters without blanks, which don't begin with __",
			set:        func(w *Worker, v string) bool { return setName(&w.BuildID, v) && !strings.HasPrefix(v, "__") },
			requiredBy: func(w Worker) bool { return w.DeploymentName != "" }},
		{Name: "VERSIONING_BEHAVIOR", Default: AutoUpgrade, Description: "with TEMPORAL_DEPLOYMENT_NAME: whether a workflow in progress moves to the build that becomes current, or stays on its own until it ends",
			Allowed: AutoUpgrade + " or " + Pinned,
			set:     func(w *Worker, v string) bool { return setOneOf(&w.VersioningBehavior, v, AutoUpgrade, Pinned) }},
	}
}
