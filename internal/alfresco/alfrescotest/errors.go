package alfrescotest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
)

// Error keys of the REST API.
const (
	keyNotFound        = "framework.exception.EntityNotFound"
	keyDenied          = "framework.exception.PermissionDenied"
	keyInvalidArgument = "framework.exception.InvalidArgument"
	keyDefault         = "framework.exception.ApiDefault"
)

const (
	readOnlyMode = "Access Denied.  The system is currently in read-only mode."
	unreadable   = "Could not read content from HTTP request body"
	// notForPostgreSQL is what the database says to U+0000, in the words of PostgreSQL 17; what stands around them is inferred.
	notForPostgreSQL = `Transaction didn't commit: ERROR: invalid byte sequence for encoding "UTF8": 0x00`
	// logNumber is the 8-digit number that exceptions of the platform begin with.
	logNumber = "08250008 "
)

// refusal is the error envelope of the REST API. An empty key stands for the summary itself.
func refusal(status int, key, summary string) *reply {
	key = cmp.Or(key, summary)
	return &reply{status: status, key: key, text: summary, body: object{"error": object{
		"errorKey":       key,
		"statusCode":     status,
		"briefSummary":   logNumber + summary,
		"stackTrace":     "Stack traces are not shown here.",
		"descriptionURL": "https://api-explorer.alfresco.com",
		"logId":          "00000000-0000-4000-8000-0000000000ff",
	}}}
}

// atCommit reports whether a refusal is about a value's content, which shows when the transaction ends.
func (r *reply) atCommit() bool { return r.status >= http.StatusUnprocessableEntity }

func invalid(summary string) *reply {
	return refusal(http.StatusBadRequest, keyInvalidArgument, summary)
}

func notFound(id string) *reply {
	return refusal(http.StatusNotFound, keyNotFound, "The entity with id: "+id+" was not found")
}

func denied() *reply { return refusal(http.StatusForbidden, keyDenied, "Permission was denied") }

func duplicate(name string) *reply {
	return refusal(http.StatusConflict, keyDefault, "Duplicate child name not allowed: "+name)
}

// tomcatPage is the kind of page that comes from before the REST layer.
func tomcatPage(status int) *reply {
	return &reply{status: status, html: fmt.Sprintf(
		"<!doctype html><html><head><title>HTTP Status %d</title></head><body><h1>HTTP Status %d – %s</h1></body></html>",
		status, status, http.StatusText(status))}
}

// webScriptPage is how a web script fails that is not of the REST API.
func webScriptPage(status int) *reply {
	return &reply{status: status, html: fmt.Sprintf(
		"<!doctype html><html><head><title>Web Script Status %d - %s</title></head><body><h1>Web Script Status %[1]d - %[2]s</h1></body></html>",
		status, http.StatusText(status))}
}

// encode marshals values of this package's own making; they can't fail.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("alfrescotest: encode answer: %v", err))
	}
	return data
}
