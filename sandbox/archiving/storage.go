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

// Client would be a connection.
type Client struct{}

// NewClient refuses.
func NewClient(context.Context, ...option.ClientOption) (*Client, error) { return nil, errNone }

// Bucket is one without content.
func (*Client) Bucket(string) *BucketHandle { return &BucketHandle{} }

// BucketHandle, and all that follow, lead to the same refusal.
type BucketHandle struct{}

// Object is one without content.
func (*BucketHandle) Object(string) *ObjectHandle { return &ObjectHandle{} }

// Objects is a list that can't be read.
func (*BucketHandle) Objects(context.Context, *Query) *ObjectIterator { return &ObjectIterator{} }

// Attrs refuses.
func (*BucketHandle) Attrs(context.Context) (*BucketAttrs, error) { return nil, errNone }

// BucketAttrs would describe a bucket.
type BucketAttrs struct{}

// Query would choose objects.
type Query struct{ Prefix string }

// ObjectIterator would list objects.
type ObjectIterator struct{}

// Next refuses.
func (*ObjectIterator) Next() (*ObjectAttrs, error) { return nil, errNone }

// ObjectAttrs would describe an object.
type ObjectAttrs struct{ Name string }

// ObjectHandle would be an object.
type ObjectHandle struct{}

// Attrs refuses.
func (*ObjectHandle) Attrs(context.Context) (*ObjectAttrs, error) { return nil, errNone }

// NewReader refuses.
func (*ObjectHandle) NewReader(context.Context) (*Reader, error) { return nil, errNone }

// NewWriter is one that refuses.
func (*ObjectHandle) NewWriter(context.Context) *Writer { return &Writer{} }

// Reader would read an object.
type Reader struct{}

// Read refuses.
func (*Reader) Read([]byte) (int, error) { return 0, errNone }

// Close has nothing to do.
func (*Reader) Close() error { return nil }

// Writer would write an object.
type Writer struct{}

// Write refuses.
func (*Writer) Write([]byte) (int, error) { return 0, errNone }

// Close refuses, as a write counts once it is closed.
func (*Writer) Close() error { return errNone }

// CloseWithError has nothing to do.
func (*Writer) CloseWithError(error) error { return nil }
