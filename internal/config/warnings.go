package config

import (
	"net"
	"net/url"
	"strings"
)

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
