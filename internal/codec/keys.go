package codec

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"regexp"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/strict"
)

const (
	keyBytes  = 32
	keyFields = "id, key, lost"

	allowedKeys = "a list of at least one key {id, key}; starter keys new makes one"
	allowedID   = "1 to 64 of a-z, A-Z, 0-9 and . _ -"
	allowedKey  = "the base64 of 32 random bytes, 44 characters; starter keys new makes one"
	allowedLost = "true, without a key, and not for the first one: it says that the key is gone for good"
	masked      = "***"
)

var idPattern = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,64}$`)

// Keys are keys by their ids. The first one encrypts, any decrypts. Some may be lost: what they encrypted is gone.
type Keys struct {
	list []key
	lost []string
	// isOpen: others than the file's owner and group may read it.
	isOpen bool
}

type key struct {
	id  string
	gcm cipher.AEAD
}

// LoadKeys reads a file of keys.
func LoadKeys(path string) (*Keys, error) {
	keys, err := strict.Load("payload keys", path, ParseKeys)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil {
		keys.isOpen = info.Mode().Perm()&0o007 != 0
	}
	return keys, nil
}

// ParseKeys reads keys from YAML, of which JSON is a part: an object with the field keys, a list of objects with the fields id and
// key, or id and lost: true. Everything that is wrong comes at once, as invalid.Errors. No message shows a value that may be a key.
func ParseKeys(text []byte) (*Keys, error) {
	r := &strict.Reader{Whole: "file", Object: "the fields ", HideUnread: true}
	keys := &Keys{}
	numbers, values := map[string]int{}, map[string]int{}
	for i, node := range r.List("keys", text, allowedKeys) {
		where := fmt.Sprintf("key %d", i+1)
		fields := r.Fields(where, node, keyFields)
		if fields == nil {
			continue
		}
		var id, encoded string
		if r.Need(where+" id", fields["id"], &id, allowedID) && !idPattern.MatchString(id) {
			r.Refuse(where+" id", masked, allowedID)
		}
		if first, twice := numbers[id]; twice {
			r.Refuse(where+" id", id, fmt.Sprintf("each id once; key %d has the same", first))
		}
		numbers[id] = i + 1
		if fields["lost"].IsSet() {
			var lost bool
			if r.Read(where+" lost", fields["lost"], &lost, allowedLost) && (!lost || fields["key"].IsSet() || i == 0) {
				r.Refuse(where+" lost", fmt.Sprint(lost), allowedLost)
			}
			keys.lost = append(keys.lost, id)
			continue
		}
		if !r.Need(where+" key", fields["key"], &encoded, allowedKey) {
			continue
		}
		secret, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err != nil || len(secret) != keyBytes {
			r.Refuse(where+" key", masked, allowedKey)
			continue
		}
		if first, twice := values[encoded]; twice {
			r.Refuse(where+" key", masked, fmt.Sprintf("each key once; key %d is the same", first))
		}
		values[encoded] = i + 1
		keys.list = append(keys.list, newKey(id, secret))
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return keys, nil
}

func newKey(id string, secret []byte) key {
	block, err := aes.NewCipher(secret)
	must(err) // of the length, which is right
	gcm, err := cipher.NewGCM(block)
	must(err)
	return key{id, gcm}
}

// NewKey makes a key, as an item of the list in a file of keys. Its error is an *invalid.Field.
func NewKey(id string) (string, error) {
	if !idPattern.MatchString(id) {
		return "", &invalid.Field{Name: "id", Value: id, Allowed: allowedID}
	}
	secret := make([]byte, keyBytes)
	_, _ = rand.Read(secret) // never fails
	return fmt.Sprintf("- {id: %q, key: %q}", id, base64.StdEncoding.EncodeToString(secret)), nil
}

// Warnings say what is not safe about the file.
func (k *Keys) Warnings() []string {
	if k == nil || !k.isOpen {
		return nil
	}
	return []string{"PAYLOAD_KEYS_FILE can be read by others than its owner; take the right away: chmod o-rwx"}
}

// First is the id of the key that encrypts; empty if there is none.
func (k *Keys) First() string {
	if k == nil {
		return ""
	}
	return k.list[0].id
}

// IDs are the ids of all keys that are not lost, in order.
func (k *Keys) IDs() []string {
	if k == nil {
		return nil
	}
	ids := make([]string, len(k.list))
	for i, each := range k.list {
		ids[i] = each.id
	}
	return ids
}

func (k *Keys) encrypt(payload *commonpb.Payload) (*commonpb.Payload, error) {
	packed, err := proto.Marshal(payload)
	if err != nil {
		return nil, err
	}
	first := k.list[0]
	size := first.gcm.NonceSize()
	sealed := make([]byte, size, size+len(packed)+first.gcm.Overhead())
	_, _ = rand.Read(sealed) // never fails
	return &commonpb.Payload{
		Metadata: map[string][]byte{
			converter.MetadataEncoding: []byte(EncodingEncrypted), metadataCipher: []byte(cipherAES), metadataKeyID: []byte(first.id),
		},
		Data: first.gcm.Seal(sealed, sealed, packed, authenticated(first.id)),
	}, nil
}

// decrypt takes nil for no keys.
func (k *Keys) decrypt(payload *commonpb.Payload) (*commonpb.Payload, error) {
	if name := string(payload.GetMetadata()[metadataCipher]); name != cipherAES {
		return nil, damaged("encrypted with %q, which this release does not know; it knows %s", name, cipherAES)
	}
	id := KeyID(payload)
	if k == nil && payload.GetMetadata()[metadataLost] != nil {
		return nil, &LostKeyError{id}
	}
	if k == nil {
		return nil, &MissingKeyError{id}
	}
	for _, each := range k.list {
		if each.id != id {
			continue
		}
		size, data := each.gcm.NonceSize(), payload.GetData()
		if len(data) < size+each.gcm.Overhead() {
			return nil, damaged("%d bytes, of which the end is missing", len(data))
		}
		packed, err := each.gcm.Open(nil, data[:size], data[size:], authenticated(id))
		if err != nil {
			return nil, damaged("it was changed since, or key %q is not the one that it was encrypted with", id)
		}
		return unpack(packed)
	}
	if slices.Contains(k.lost, id) {
		return nil, &LostKeyError{id}
	}
	return nil, &MissingKeyError{id}
}

// authenticated is what stands beside the data and must not be changed.
func authenticated(id string) []byte {
	return []byte(EncodingEncrypted + "\x00" + cipherAES + "\x00" + id)
}
