package config

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"counterparty-sync/internal/pass"
)

// Unknown returns a warning for each variable of the environment that looks like a setting and is none: a misspelt name
// would otherwise be a default that nobody wanted. It takes os.Environ() or bare names; values are not shown.
func Unknown(environment []string) []string {
	known := []string{"PAYLOAD_KEYS_FILE", "PAYLOAD_COMPRESSION"} // of package connect
	var warnings []string
	for _, s := range Settings() {
		known = append(known, s.names()...)
	}
	variables := make([]string, len(environment))
	for i, entry := range environment {
		variables[i], _, _ = strings.Cut(entry, "=")
	}
	for _, name := range variables {
		if slices.Contains(known, name) || strings.HasPrefix(name, keyPrefix) { // what is no key is refused, and not shown
			continue
		}
		if key, ok := limitOfKey(name); ok {
			if !slices.Contains(variables, key.Setting()) && !slices.Contains(variables, key.Setting()+fileSuffix) {
				warnings = append(warnings, fmt.Sprintf("%s has no effect: there is no %s", name, key.Setting()))
			}
			continue
		}
		meant := nearest(name, known)
		switch capitals := strings.ToUpper(name); {
		case meant != "":
			warnings = append(warnings, fmt.Sprintf("%s is not a setting and has no effect; did you mean %s?", name, meant))
		case strings.HasPrefix(capitals, "ALFRESCO_") || strings.HasPrefix(capitals, "KONTUR_") || strings.HasPrefix(capitals, "PAYLOAD_"):
			warnings = append(warnings, name+" is not a setting and has no effect")
		}
	}
	slices.Sort(warnings)
	return slices.Compact(warnings)
}

// Quoted returns a warning for each variable whose value stands in quotes: they are part of it. It takes os.Environ(); values
// are not shown.
func Quoted(environment []string) []string {
	var known, warnings []string
	for _, s := range Settings() {
		known = append(known, s.names()...)
	}
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		_, isLimit := limitOfKey(name)
		isOurs := isLimit || slices.Contains(known, name) || strings.HasPrefix(name, keyPrefix) || strings.HasPrefix(name, "TEMPORAL_")
		if value = strings.TrimSpace(value); isOurs && inQuotes.MatchString(value) {
			warnings = append(warnings, name+" has a value in quotes, and they are part of it: docker's --env-file keeps what a shell takes off")
		}
	}
	slices.Sort(warnings)
	return warnings
}

var inQuotes = regexp.MustCompile(`^(".*"|'.*')$`)

// limitOfKey is the further key that a variable limits; ok is false if it limits none.
func limitOfKey(variable string) (key pass.KeyName, ok bool) {
	for _, s := range Settings() {
		family, _, _ := strings.Cut(s.Name, namePlace)
		if name, found := strings.CutPrefix(variable, family); found && s.setKey != nil && pass.KeyName(name).Valid() {
			return pass.KeyName(name), true
		}
	}
	return "", false
}

// names are the variables of a setting: its own and that of its file.
func (s Setting) names() []string {
	if s.Secret {
		return []string{s.Name, s.FileName()}
	}
	return []string{s.Name}
}

// fallback words what happens if the setting is not set.
func (s Setting) fallback() string {
	switch {
	case s.Required:
		return "required"
	case s.Default == "":
		return "not set"
	}
	return "default " + s.Default
}

// temporalNote points to the variables that the Temporal SDK reads by itself.
const temporalNote = "TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS_…, TEMPORAL_PROFILE and TEMPORAL_CONFIG_FILE " +
	"are those of Temporal's own tools.\nPAYLOAD_KEYS_FILE and PAYLOAD_COMPRESSION say how what Temporal keeps is encoded, see docs/payloads.md."

// Usage is the text about the environment for --help.
func Usage() string {
	var b strings.Builder
	b.WriteString("Environment:\n")
	for _, s := range Settings() {
		fmt.Fprintf(&b, "  %s (%s)\n", strings.Join(s.names(), " or "), s.fallback())
		fmt.Fprintf(&b, "      %s\n", s.Description)
		fmt.Fprintf(&b, "      allowed: %s\n", s.Allowed)
	}
	b.WriteString("\n" + temporalNote + "\n")
	return b.String()
}

// Warnings tell what is allowed and not safe, a line each. Values are not shown.
func (w Worker) Warnings() []string {
	var warnings []string
	if isReadable(w.AlfrescoURL) {
		warnings = append(warnings, "ALFRESCO_URL is http, and not on this machine: password and nodes can be read and changed on the way; use https")
	}
	if isReadable(w.KonturURL) {
		warnings = append(warnings, "KONTUR_URL is http, and not on this machine: key and answers can be read and changed on the way; use https")
	}
	return warnings
}

// isReadable reports whether an address is plain HTTP to somewhere beyond this machine.
func isReadable(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "http" && !isLoopback(u.Hostname())
}

// isLoopback takes no name but localhost for this machine (RFC 6761): it asks nobody.
func isLoopback(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
