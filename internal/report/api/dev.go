package api

import (
	"net/http"
	"strconv"
	"time"

	"counterparty-sync/internal/report/callers"
	"counterparty-sync/internal/report/desk"
)

// maxAge is the longest that a token is computed for, in seconds: ten years.
const maxAge = 10 * 365 * 24 * 60 * 60

// pong says that requests come through. Times are in milliseconds of Unix: when the request came, and when it was answered.
type pong struct {
	Value string `json:"value"`
	In    int64  `json:"in"`
	Out   int64  `json:"out"`
	Delay int64  `json:"delay"`
}

// ping gives back what was sent.
func (a *api) ping(w http.ResponseWriter, r *http.Request) error {
	in := a.Now().UnixMilli()
	value := r.URL.Query().Get("value")
	out := a.Now().UnixMilli()
	return write(w, http.StatusOK, pong{value, in, out, out - in})
}

// tokenObject shows how a token is computed, step by step, for those who write a client.
type tokenObject struct {
	User string `json:"user"`
	// Pass is never the password: it would stand in logs of answers, too.
	Pass     string     `json:"pass"`
	PassHash string     `json:"pass_hash"`
	Date     desk.Stamp `json:"date"`
	Stamp    int64      `json:"stamp"`
	Age      int64      `json:"age"`
	callers.Computed
	Header string `json:"header"`
}

// token computes a token. It looks nobody up: the token is as good as the password that was sent.
func (a *api) token(w http.ResponseWriter, r *http.Request) error {
	q := newQuery(r)
	user, pass := q.values.Get("user"), q.values.Get("pass")
	if user == "" {
		q.refuse("user", "a user, or user@domain")
	}
	hash := callers.Hash(pass)
	if q.boolean("is_hash") {
		hash = pass
	}
	if pass == "" || !callers.IsHash(hash) {
		q.refuse("pass", "a password, or with is_hash=true the base64 of its MD5")
	}
	at, age := a.Now(), int64(60)
	if text := q.values.Get("date"); text != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, text); err != nil || at.Unix() < 0 {
			q.refuse("date", "a time such as 2026-01-02T03:04:05Z")
		}
	}
	if text := q.values.Get("age"); text != "" {
		var err error
		if age, err = strconv.ParseInt(text, 10, 64); err != nil || age < 1 || age > maxAge {
			q.refuse("age", "a whole number of seconds from 1 to "+strconv.Itoa(maxAge))
		}
	}
	if q.problem != nil {
		return q.problem
	}
	computed := callers.Compute(user, hash, at, age)
	return write(w, http.StatusOK, tokenObject{
		User: user, Pass: "***", PassHash: hash, Date: desk.Stamp(at), Stamp: at.Unix(), Age: age, Computed: computed, Header: "AR-REST " + computed.Token,
	})
}
