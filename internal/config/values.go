package config

import (
	"math"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"counterparty-sync/internal/pass"
)

// tokenPattern is what may stand in a header Authorization (RFC 9110, token68), and not too short to be guessed.
var tokenPattern = regexp.MustCompile(`^[A-Za-z0-9._~+/-]{20,512}=*$`)

// isOneCharacter reports whether a text is one character, repeated.
func isOneCharacter(text string) bool {
	first, size := utf8.DecodeRuneInString(text)
	return strings.Trim(text[size:], string(first)) == ""
}

func isPrintable(text string) bool { return !strings.ContainsFunc(text, unicode.IsControl) }

func setName(into *string, value string) bool {
	*into = value
	return len(value) <= 200 && !strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) || unicode.IsSpace(r) })
}

func setOneOf(into *string, value string, allowed ...string) bool {
	*into = strings.ToLower(value)
	return slices.Contains(allowed, *into)
}

func setBool(into *bool, value string) bool {
	var word string
	ok := setOneOf(&word, value, "true", "false")
	*into = word == "true"
	return ok
}

func setWhole(into *int, value string, least, most int) bool {
	n, err := strconv.Atoi(value)
	*into = n
	return err == nil && n >= least && n <= most
}

var decimalPattern = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

func setDecimal(into *float64, value string, least, most float64) bool {
	n, err := strconv.ParseFloat(value, 64)
	*into = n
	return err == nil && !math.IsNaN(n) && decimalPattern.MatchString(value) && n >= least && n <= most
}

func setDuration(into *time.Duration, value string, least, most time.Duration) bool {
	d, err := time.ParseDuration(value)
	*into = d
	return err == nil && d >= least && d <= most
}

// setInterval takes a duration; off becomes 0.
func setInterval(into *time.Duration, value string, least, most time.Duration) bool {
	if strings.EqualFold(value, Off) {
		*into = 0
		return true
	}
	return setDuration(into, value, least, most)
}

// setURL takes the address of a server, without a slash at its end.
func setURL(into *string, value string) bool {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.ContainsAny(value, "@?#") || !isPort(u.Port()) && u.Port() != "" {
		return false
	}
	*into = strings.TrimRight(u.String(), "/")
	return true
}

// setAddress takes an address to listen on; off becomes "".
func setAddress(into *string, value string) bool {
	if strings.EqualFold(value, Off) {
		*into = ""
		return true
	}
	host, port, err := net.SplitHostPort(value)
	*into = value
	return err == nil && isPort(port) && !strings.ContainsAny(host, " /")
}

// hostOf is the host of host:port.
func hostOf(address string) string {
	host, _, _ := net.SplitHostPort(address)
	return host
}

// setOrigins takes a list of origins as browsers send them.
func setOrigins(into *[]string, value string) bool {
	var origins []string
	for part := range strings.SplitSeq(value, ",") {
		part = strings.TrimSpace(part)
		u, err := url.Parse(part)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || part != u.Scheme+"://"+strings.ToLower(u.Host) {
			return false
		}
		origins = append(origins, part)
	}
	*into = origins
	return true
}

var hostPattern = regexp.MustCompile(`^([a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])$`)

// setHosts takes a list of hosts, each perhaps with a port, in small letters.
func setHosts(into *[]string, value string) bool {
	var hosts []string
	for part := range strings.SplitSeq(value, ",") {
		part = strings.ToLower(strings.TrimSpace(part))
		name, port := part, ""
		if i := strings.LastIndexByte(part, ':'); i > strings.LastIndexByte(part, ']') {
			name, port = part[:i], part[i+1:]
		}
		if !hostPattern.MatchString(name) || name != part && !isPort(port) {
			return false
		}
		hosts = append(hosts, part)
	}
	*into = hosts
	return true
}

// languagePattern is a language tag as browsers send it (RFC 5646): a language, then script, region and variants.
var languagePattern = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)

// maxLanguages bounds the searches that one by text may take.
const maxLanguages = 8

// setLanguages takes a list of language tags.
func setLanguages(into *[]string, value string) bool {
	var tags []string
	for tag := range strings.SplitSeq(value, ",") {
		tag = strings.TrimSpace(tag)
		same := func(other string) bool { return strings.EqualFold(other, tag) }
		if !languagePattern.MatchString(tag) || slices.ContainsFunc(tags, same) {
			return false
		}
		tags = append(tags, tag)
	}
	*into = tags
	return len(tags) <= maxLanguages
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && strconv.FormatUint(n, 10) == text
}

// hideInURL makes a wrong address fit for a message: it may have a password before an @ or a key behind a ?.
func hideInURL(text string) string {
	if at := strings.LastIndex(text, "@"); at >= 0 {
		scheme := ""
		if i := strings.Index(text, "://"); i >= 0 && i < at {
			scheme = text[:i+len("://")]
		}
		text = scheme + "***" + text[at:]
	}
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		text = text[:i+1] + "***"
	}
	return text
}

// hideAfterColon makes a wrong user name fit for a message: what stands behind a colon may be the password.
func hideAfterColon(text string) string {
	if name, _, found := strings.Cut(text, ":"); found {
		return name + ":***"
	}
	return text
}

// setPercent takes a share of neither nothing nor everything, in whole percent.
func setPercent(into *int, value string) bool {
	number, ok := strings.CutSuffix(value, "%")
	return ok && setWhole(into, number, 1, 99)
}

// setReserve takes what quotaReserve of a sync takes.
func setReserve(into *pass.Reserve, value string) bool {
	*into = pass.Reserve(strings.ToLower(value))
	return into.Valid()
}
