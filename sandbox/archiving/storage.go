// Package storage stands in for the client of Google's object storage, in which the server could archive histories. The
// sandbox archives nothing, and no client can be made here. Its own is not wanted: two hundred packages, an eighth of the
// time that compiling the sandbox takes. The names are those that the server uses.
package storage

import (
	"context"
	"errors"

	"google.golang.org/api/option"
)

// ScopeFullControl is the right that a client would ask for.
const ScopeFullControl = "https://www.googleapis.com/auth/devstorage.full_control"

var errNone = errors.New("this server can't archive in Google's object storage")

// Handle stands for all that a client leads to: whatever is asked of it, it leads to another one, or refuses.
type Handle struct{}

// The types that the server tells apart.
type (
	Client         = Handle
	BucketHandle   = Handle
	ObjectHandle   = Handle
	ObjectIterator = Handle
	Reader         = Handle
	Writer         = Handle
)

// Query would choose objects.
type Query struct{ Prefix string }

// ObjectAttrs would describe an object.
type ObjectAttrs struct{ Name string }

// BucketAttrs would describe a bucket.
type BucketAttrs = ObjectAttrs

// NewClient refuses.
func NewClient(context.Context, ...option.ClientOption) (*Client, error) { return nil, errNone }

// Bucket, and each method that follows, is what the server asks of one of the types: an error wherever it can say one.
func (*Handle) Bucket(string) *BucketHandle                     { return &Handle{} }
func (*Handle) Object(string) *ObjectHandle                     { return &Handle{} }
func (*Handle) Objects(context.Context, *Query) *ObjectIterator { return &Handle{} }
func (*Handle) Attrs(context.Context) (*ObjectAttrs, error)     { return nil, errNone }
func (*Handle) Next() (*ObjectAttrs, error)                     { return nil, errNone }
func (*Handle) NewReader(context.Context) (*Reader, error)      { return nil, errNone }
func (*Handle) NewWriter(context.Context) *Writer               { return &Handle{} }
func (*Handle) Read([]byte) (int, error)                        { return 0, errNone }
func (*Handle) Write([]byte) (int, error)                       { return 0, errNone }
func (*Handle) Close() error                                    { return errNone } // a write counts once it is closed
func (*Handle) CloseWithError(error) error                      { return nil }
