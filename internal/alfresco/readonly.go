package alfresco

import (
	"context"
	"fmt"
	"net/http"
	"slices"
)

// readOnlyKey marks a context.
type readOnlyKey struct{}

// WithoutWriting returns a context in which a client changes nothing: any request that is not known to read only is refused before it
// leaves the process.
func WithoutWriting(ctx context.Context) context.Context {
	return context.WithValue(ctx, readOnlyKey{}, true)
}

// writesNothing reports whether the context is one of WithoutWriting.
func writesNothing(ctx context.Context) bool { return ctx.Value(readOnlyKey{}) != nil }

// readingPosts are the requests that read, or log in, although they are POSTs. The Records API has one address for each of
// query and mutate.
var readingPosts = []string{publicAPI + "/search/versions/1/search", publicAPI + "/authentication/versions/1/tickets", recordsPath + "query"}

// refuseWriting is the gate of a context without writing: what is not known to read is refused.
func refuseWriting(ctx context.Context, k call) error {
	if !writesNothing(ctx) || k.method == http.MethodGet || k.method == http.MethodPost && slices.Contains(readingPosts, k.path) {
		return nil
	}
	return &Error{Operation: k.operation, Kind: BadRequest, Summary: fmt.Sprintf("%s was not sent: nothing may be written here", k.method), Hint: hintBug}
}

// hintBug is for what no setting can mend.
const hintBug = "this is a bug in counterparty-sync: please report it"
