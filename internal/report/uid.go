package report

import (
	"crypto/md5" // the documented form of the key; nothing secret depends on it
	"encoding/hex"
	"regexp"
	"strings"
)

// Domain is the part of a uid behind the @.
const Domain = "counterparty-sync"

// UID names the report of a request: <type>_<id>[_i_<key>]@<domain>. The key is the MD5 of the idempotence key in the form
// of a UUID version 3 without dashes, as java.util.UUID.nameUUIDFromBytes makes it.
func (r Request) UID() string {
	uid := r.Type + "_" + r.ID
	if r.IdempotenceKey != "" {
		sum := md5.Sum([]byte(r.IdempotenceKey))
		sum[6] = sum[6]&0x0f | 0x30
		sum[8] = sum[8]&0x3f | 0x80
		uid += "_i_" + hex.EncodeToString(sum[:])
	}
	return uid + "@" + Domain
}

// WorkflowID is the workflow id of the report with the uid.
func WorkflowID(uid string) string { return workflowPrefix + uid }

// UIDOfWorkflow takes WorkflowID apart; ok is false for the id of another workflow.
func UIDOfWorkflow(workflowID string) (uid string, ok bool) {
	uid, ok = strings.CutPrefix(workflowID, workflowPrefix)
	return uid, ok && uid != ""
}

// TypeID is what the id of a type may be.
var TypeID = regexp.MustCompile(`^[a-z][a-z0-9-]{0,59}$`)
