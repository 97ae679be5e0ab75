package webui_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestListSaysWhatRunsWhatWaitsAndWhatFailed(t *testing.T) {
	w := theWorld(t)
	p := w.open(t, workflowsPath)
	all := p.reads("Workflow ID", "Status", "1 FAILED")
	for _, site := range []string{completed, running, waiting, failed, orphaned} {
		require.Contains(t, all, w.passID(t, site))
	}

	for _, tt := range []struct{ query, want string }{
		{`CounterpartySyncStatus = "RETRY_WAITING"`, waiting},
		{`CounterpartySyncStatus = "ERROR"`, failed},
		{`CounterpartySyncStatus = "APPROVAL_WAITING"`, held},
		{`CounterpartySyncStatus = "IN_PROGRESS"`, running},
		{`CounterpartySyncId = "main"`, completed},
	} {
		p.visit(listPath(tt.query))
		found := p.reads(w.passID(t, tt.want))
		for _, other := range []string{completed, running, waiting, failed, held} {
			if other != tt.want {
				require.NotContains(t, found, w.passID(t, other), tt.query)
			}
		}
	}
	// Segments carry the id of their sync too.
	p.reads(w.passID(t, completed) + "/segment-1")
}

func TestScheduleSaysWhenAndWhatItStarts(t *testing.T) {
	w := theWorld(t)
	p := w.open(t, schedulesPath)
	p.reads("counterparty-sync-main", "CounterpartySync")
	p.click("counterparty-sync-main", "Upcoming Runs")
	p.reads("At 02:00 every day", "Europe/Moscow", "Skip", "1 hour", "Контрагенты, ночная сверка", `"cron": "0 0 2 * * *"`, w.passID(t, completed))
	p.click("Upcoming Runs", "2:00:00.00 AM")
	p.click("Recent Runs", w.passID(t, completed))
	p.click(w.passID(t, completed), "Scheduled By", "Timeline", "segment 1: from dbid 0")
}

func TestWaitingPassSaysWhyItWaits(t *testing.T) {
	w := theWorld(t)
	path := w.passPath(t, waiting)
	p := w.open(t, path+timelineTab)
	p.reads("RUNNING", "segment 1: from dbid 0", "retry 1 of 3: ", "retry 2 of 3: ", "503", outage)
	p.click("retry 2 of 3: ", "Start To Fire Timeout", "1 hour")

	p.visit(path + historyTab)
	inOrder(t, p.reads("Timer Started", "retry 2 of 3: "),
		"Timer Started", "1 hour", "retry 2 of 3: ", "segment 2: from dbid ", "retry 1 of 3: ", "segment 1: from dbid 0", "Suppliers")

	p.visit(path + detailsTab)
	p.reads("Suppliers", "RETRY_WAITING – waits until ", "for retry 2 of 3", "What happened: ", outage, "What to do: ",
		"starter retry waiting tries again at once", "processed: 200 nodes of about 300 (66 %)", "kontur.req: DELAYED – ")
}

func TestHeldPassShowsWhatItWouldChange(t *testing.T) {
	w := theWorld(t)
	path := w.passPath(t, held)
	p := w.open(t, path+timelineTab)
	p.reads("RUNNING", "segment 1: from dbid 0", "waits for approval until ")
	p.visit(path + detailsTab)
	p.reads("Landlords", "APPROVAL_WAITING – waits for approval until ", "300 nodes in all would be changed and maxChanged is 250",
		"starter approve held lets the pass go on without a brake", "What would change (hold 1, 100 of 100 nodes of the batch)",
		"idocs:shortOrganizationName: 100 nodes", "(nothing) → ООО", "processed: 200 nodes")
}

func TestFailedPassSaysWhatToDo(t *testing.T) {
	w := theWorld(t)
	path := w.passPath(t, failed)
	p := w.open(t, path+timelineTab)
	p.reads("FAILED", "PassFailed", "No valid key specified", "hint: check KONTUR_KEY", `"status": "ERROR"`)
	p.visit(path + detailsTab)
	p.reads("Customers", "ERROR – gave up", "What to do: check KONTUR", "starter trigger failed starts a pass at once")
}

func TestCompletedPassSaysWhatBecameOfTheNodes(t *testing.T) {
	w := theWorld(t)
	path := w.passPath(t, completed)
	p := w.open(t, path+timelineTab)
	p.reads("COMPLETED", `"ended": "COMPLETED"`, `"countProcessedNodes": 600`)
	p.visit(path + detailsTab)
	p.reads("Контрагенты, ночная сверка", "COMPLETED – every node is walked", "processed: 600 nodes", "579 unchanged", "6 not found",
		"kontur.egr-details: ANSWERED")
}

func TestRunningPassShowsItsSegmentAndWhatIsBeingWritten(t *testing.T) {
	w := theWorld(t)
	path, id := w.passPath(t, running), w.passID(t, running)
	p := w.open(t, path+detailsTab)
	p.reads("Branch offices", "IN_PROGRESS – works on the nodes after dbid ", "processed: 200 nodes of about 400 (50 %)", "expected end: ")

	// Links lead to the segment and back, in tabs of their own.
	segment := p.opens("segment 1")
	segment.reads("Parent Workflow", "Timeline")
	require.Contains(t, segment.location(), id+"/segment-1/")
	segment.click("User Metadata", "Segment 1 of Branch offices", "committed: 200 nodes in 2 batches", "is compared and written")
	parent := segment.opens("pass")
	parent.reads("Scheduled By")
	require.True(t, strings.HasPrefix(parent.location(), path), parent.location())

	p.visit(path + relatedTab)
	p.reads("counterparty-sync-running", "SyncSegment", id+"/segment-1")
	p.click(id+"/segment-1", "FetchBatch • next 100 nodes after dbid 0", "QuerySource • req: 100 ids after dbid 0", "DiffAndUpdate • 100 nodes after dbid 0")
	require.Contains(t, p.location(), id+"/segment-1/")

	p.click("Pending Activities", "DiffAndUpdate", "Attempt", "Heartbeat Details", `"attribute": "idocs:shortOrganizationName"`, "UPDATED")
	p.click("Relationships", "Expand All")
	p.click(id, "Scheduled By")
	require.True(t, strings.HasPrefix(p.location(), path), p.location())
}

func TestReportSaysHowEachSourceStands(t *testing.T) {
	w := theWorld(t)
	p := w.open(t, listPath(`WorkflowType = "CounterpartyReport"`))
	p.click("counterparty-report-requisites_7736050003@counterparty-sync", "COMPLETED", "LoadReportType", "AskReportSource • kontur.req by INN 7736050003", `"uid": "requisites_7736050003@counterparty-sync"`)
	p.click("User Metadata", "Requisites, INN 7736050003", "complete – sources: 1 ok", "kontur.req: ANSWERED")
}

// Whoever looks while no worker runs has the memo, the timeline and the summaries; details need a worker.
func TestWithoutAWorkerStateAndReasonStayReadable(t *testing.T) {
	w := theWorld(t)
	path := w.passPath(t, orphaned)
	p := w.open(t, path+memoTab)
	p.reads(`"status": "RETRY_WAITING"`, `"countProcessedNodes": 100`, `"tryCount": 1`, outage, "hint: ")
	p.visit(path + timelineTab)
	p.reads("retry 1 of 1: ", outage, "segment 1: from dbid 0")
	p.visit(path + attrsTab)
	p.reads(`"CounterpartySyncStatus": "RETRY_WAITING"`, `"CounterpartySyncId": "orphaned"`)
}

// Names are shown as they are, whatever they would mean in Markdown or HTML.
func TestForeignTextsStayTexts(t *testing.T) {
	w := theWorld(t)
	p := w.open(t, w.passPath(t, odd)+detailsTab)
	p.reads("COMPLETED – every node is walked", "\n"+oddName+"\n")
}

// inOrder requires that a page says the texts one after the other.
func inOrder(t *testing.T, page string, texts ...string) {
	t.Helper()
	rest := page
	for _, text := range texts {
		_, after, found := strings.Cut(rest, text)
		require.True(t, found, "%q does not follow on\n%s", text, page)
		rest = after
	}
}
