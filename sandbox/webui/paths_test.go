package webui_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// Pages of the UI.
const (
	namespacePath = "/namespaces/default"
	workflowsPath = namespacePath + "/workflows"
	schedulesPath = namespacePath + "/schedules"
)

// Tabs of a workflow's page.
const (
	timelineTab = "/timeline"
	historyTab  = "/history"
	relatedTab  = "/relationships"
	detailsTab  = "/user-metadata"
	memoTab     = "/memo"
	attrsTab    = "/search-attributes"
)

// listPath is the list of workflows that a query finds.
func listPath(query string) string { return workflowsPath + "?query=" + url.QueryEscape(query) }

// workflowPath is the page of a workflow.
func workflowPath(workflowID, runID string) string {
	return workflowsPath + "/" + url.PathEscape(workflowID) + "/" + runID
}

// passID is the workflow id of the latest pass of a site.
func (w *world) passID(t *testing.T, site string) string {
	t.Helper()
	status, err := w.sites[site].status()
	require.NoError(t, err)
	require.NotNil(t, status.Pass)
	return status.Pass.WorkflowID
}

// passPath is the page of the latest pass of a site.
func (w *world) passPath(t *testing.T, site string) string {
	t.Helper()
	status, err := w.sites[site].status()
	require.NoError(t, err)
	require.NotNil(t, status.Pass)
	return workflowPath(status.Pass.WorkflowID, status.Pass.RunID)
}
