package record_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/reflect/protoreflect"

	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
)

// run names a run of a workflow.
type run struct{ workflowID, runID string }

// history is a recorded run.
type history struct {
	run
	// part is what the file adds to the scenario's name: "segment-1"; empty for the run that the scenario is about.
	part string
	*historypb.History
	json []byte
	// text is the history with its payloads decoded: what people would read.
	text string
}

// fetch reads a run and its segments.
func (s *stage) fetch(part string, r run) []history {
	s.t.Helper()
	h := history{run: r, part: part, History: &historypb.History{}}
	events := s.temporal.GetWorkflowHistory(s.t.Context(), r.workflowID, r.runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(s.t, err)
		h.Events = append(h.Events, event)
	}
	all := []history{}
	for _, event := range h.Events {
		if child := event.GetChildWorkflowExecutionStartedEventAttributes(); child != nil {
			part := strings.TrimPrefix(fmt.Sprintf("%s.segment-%d", part, len(all)+1), ".")
			all = append(all, s.fetch(part, run{child.WorkflowExecution.WorkflowId, child.WorkflowExecution.RunId})...)
		}
	}
	scrub(h.ProtoReflect())
	data, err := temporalproto.CustomJSONMarshalOptions{}.Marshal(h.History)
	require.NoError(s.t, err)
	h.json, h.text = data, readable(data)
	return append([]history{h}, all...)
}

// scrub takes out who and where: identities are pid@host, sticky task queues have the host's name.
func scrub(m protoreflect.Message) {
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Name() == "identity" && field.Kind() == protoreflect.StringKind:
			m.Set(field, protoreflect.ValueOfString("recorder"))
		case field.Message() != nil && field.Message().FullName() == "temporal.api.taskqueue.v1.TaskQueue":
			queue := value.Message()
			fields := field.Message().Fields()
			if normal := queue.Get(fields.ByName("normal_name")).String(); normal != "" {
				queue.Set(fields.ByName("name"), protoreflect.ValueOfString(normal+"-sticky"))
			}
		case field.IsMap():
			if field.MapValue().Message() != nil {
				value.Map().Range(func(_ protoreflect.MapKey, v protoreflect.Value) bool { scrub(v.Message()); return true })
			}
		case field.IsList():
			if field.Message() != nil {
				for i := range value.List().Len() {
					scrub(value.List().Get(i).Message())
				}
			}
		case field.Message() != nil:
			scrub(value.Message())
		}
		return true
	})
}

var base64Data = regexp.MustCompile(`"data":\s*"([A-Za-z0-9+/=]+)"`)

// readable is a history in which the payloads are text.
func readable(data []byte) string {
	return string(base64Data.ReplaceAllFunc(data, func(match []byte) []byte {
		text, err := base64.StdEncoding.DecodeString(string(base64Data.FindSubmatch(match)[1]))
		if err != nil {
			return match
		}
		return text
	}))
}

// count is how many events of a type there are whose summary, or activity type, begins with the text.
func (h history) count(kind enums.EventType, text string) int {
	n := 0
	for _, e := range h.Events {
		name := e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName()
		if e.GetEventType() == kind && (strings.HasPrefix(name, text) || strings.HasPrefix(summary(e), text)) {
			n++
		}
	}
	return n
}

func (h history) activities(name string) int {
	return h.count(enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, name)
}

func (h history) timers(summary string) int {
	return h.count(enums.EVENT_TYPE_TIMER_STARTED, summary)
}

func (h history) events(kind enums.EventType) int { return h.count(kind, "") }

func summary(e *historypb.HistoryEvent) string {
	var text string
	if payload := e.GetUserMetadata().GetSummary(); payload != nil {
		_ = converter.GetDefaultDataConverter().FromPayload(payload, &text)
	}
	return text
}

// ends says how the run ended, in the server's words; open if it did not.
func (h history) ends() string {
	last := h.Events[len(h.Events)-1].GetEventType()
	switch last {
	case enums.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
		enums.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED, enums.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
		return strings.TrimPrefix(last.String(), "WorkflowExecution")
	}
	return "open"
}

// result is the result of a pass, or the details of its failure.
func (h history) result() pass.Result {
	var r pass.Result
	h.decodeEnd(&r)
	return r
}

// segment is the result of a segment.
func (h history) segment() pass.SegmentResult {
	var r pass.SegmentResult
	h.decodeEnd(&r)
	return r
}

// document is the result of a report.
func (h history) document() report.Document {
	var d report.Document
	h.decodeEnd(&d)
	return d
}

func (h history) decodeEnd(value any) {
	last := h.Events[len(h.Events)-1]
	for _, payloads := range []*commonpb.Payloads{
		last.GetWorkflowExecutionCompletedEventAttributes().GetResult(),
		last.GetWorkflowExecutionFailedEventAttributes().GetFailure().GetApplicationFailureInfo().GetDetails(),
	} {
		_ = converter.GetDefaultDataConverter().FromPayloads(payloads, value)
	}
}

func (h history) has(text string) bool { return strings.Contains(h.text, text) }

// lines counts sources by their state in a report.
func states(d report.Document) string {
	var list []string
	for _, s := range d.Sources.Sources() {
		list = append(list, fmt.Sprintf("%s=%s", strings.TrimPrefix(s.ID, "kontur."), s.State))
	}
	return strings.Join(list, " ")
}

// read is a recording as client.HistoryFromJSON takes it.
func (h history) read() io.Reader { return bytes.NewReader(h.json) }
