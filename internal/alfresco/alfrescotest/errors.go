package alfrescotest

import (
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

type errorBody struct {
	Error errorDetails `json:"error"`
}

type errorDetails struct {
	ErrorKey       string `json:"errorKey"`
	StatusCode     int    `json:"statusCode"`
	BriefSummary   string `json:"briefSummary"`
	StackTrace     string `json:"stackTrace"`
	DescriptionURL string `json:"descriptionURL"`
	LogID          string `json:"logId"`
}

// refusal is the error envelope of the REST API. An empty key stands for the summary itself.
func refusal(status int, key, summary string) reply {
	if key == "" {
		key = summary
	}
	return reply{status: status, body: errorBody{errorDetails{
		ErrorKey:       key,
		StatusCode:     status,
		BriefSummary:   "08250008 " + summary, // exceptions of the platform begin with an 8-digit log number
		StackTrace:     "Stack traces are not shown here.",
		DescriptionURL: "https://api-explorer.alfresco.com",
		LogID:          "00000000-0000-4000-8000-0000000000ff",
	}}}
}

// tomcatPage is the kind of page that comes from before the REST layer.
func tomcatPage(status int) string {
	return fmt.Sprintf("<!doctype html><html><head><title>HTTP Status %d</title></head><body><h1>HTTP Status %d – %s</h1></body></html>",
		status, status, http.StatusText(status))
}

// encode marshals values of this package's own types; they can't fail.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("alfrescotest: encode answer: %v", err))
	}
	return data
}
