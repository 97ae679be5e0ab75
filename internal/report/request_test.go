package report_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"

	"counterparty-sync/internal/counterparty"
	"counterparty-sync/internal/invalid"
	"counterparty-sync/internal/pass"
	"counterparty-sync/internal/report"
	"counterparty-sync/internal/sourcestate"
)

func TestRequest_validateReportsAllAtOnce(t *testing.T) {
	t.Parallel()
	err := report.Request{
		Type: "Full", By: counterparty.OGRN, ID: "1000000000011", IdempotenceKey: "a\nb",
		Webhook: &report.Webhook{OnUpdate: "ftp://crm.example.org/?token=t0ken", OnComplete: "https://user:t0ken@crm.example.org"},
	}.Validate()
	require.True(t, invalid.Is(err))
	require.Equal(t, []string{
		`type: "Full" is not allowed; allowed: 1 to 60 characters a-z, 0-9 and hyphen, a letter first`,
		`id: "1000000000011" is not allowed; allowed: a correct OGRN; this one has a wrong check digit`,
		`idempotenceKey: "a\nb" is not allowed; allowed: at most 200 bytes of printable text in UTF-8, without U+FFFD`,
		`webhook on_update: "***" is not allowed; allowed: an http or https address of at most 2000 bytes, without user and password`,
		`webhook on_complete: "***" is not allowed; allowed: as above for webhook on_update`,
	}, strings.Split(err.Error(), "\n"))
	require.EqualError(t, report.Request{Type: "full", By: "kpp", ID: "1"}.Validate(), `by: "kpp" is not allowed; allowed: inn or ogrn`)
	require.NoError(t, report.Request{Type: "full", By: counterparty.INN, ID: "9909000004", IdempotenceKey: "ключ",
		Webhook: &report.Webhook{OnUpdate: "http://127.0.0.1:1/?token=t0ken"}}.Validate())
}

// Read from JSON, keys that are no UTF-8 and halves of surrogate pairs are all U+FFFD, and would give one uid.
func TestRequest_keyIsText(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"\xea\xeb\xfe\xf7", "\ufffd", "order \xed\xa0\xbd", "a\x00"} {
		err := report.Request{Type: "full", By: counterparty.INN, ID: "0012345673", IdempotenceKey: key}.Validate()
		require.ErrorContains(t, err, "idempotenceKey: ", "%q", key)
	}
	var r report.Request
	require.NoError(t, json.Unmarshal([]byte(`{"type":"full","by":"inn","id":"0012345673","idempotenceKey":"\ud83d"}`), &r))
	require.ErrorContains(t, r.Validate(), "without U+FFFD")
}

func TestRequest_identifierTellsTheKind(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]report.Kind{
		"0012345673": report.LegalEntity, "001234567887": report.SoleProprietor, "9909000004": report.Foreign,
		"1000000000010": report.LegalEntity, "300000000000015": report.SoleProprietor,
	} {
		identifier, ok := counterparty.Recognize(id)
		require.True(t, ok, id)
		require.Equal(t, want, report.Request{By: identifier.Kind(), ID: id}.Kind(), id)
	}
	require.Equal(t, "full, INN 0012345673", report.Request{Type: "full", By: counterparty.INN, ID: "0012345673"}.Summary())
}

// Histories hold these names. Whoever changes one here breaks reports in progress.
func TestNamesOnTheWireNeverChange(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"CounterpartyReport", "LoadReportType", "AskReportSource", "ReadPreviousReport", "NotifyWebhook", "report", "report",
		"UnknownReportType", "InvalidReportRequest", "Late", "ContentFailed", "WebhookFailed", "UL", "IP", "foreign", "inn", "ogrn",
	}, []string{
		string(report.Workflow), string(report.LoadType), string(report.AskSource), string(report.ReadPrevious), string(report.Notify), string(report.Query),
		report.SourcesMemo, report.FailureUnknownType, report.FailureInvalidRequest, report.FailureLate, report.FailureContent,
		report.FailureWebhook, string(report.LegalEntity), string(report.SoleProprietor), string(report.Foreign), report.NeedsINN, report.NeedsOGRN,
	})
}

func TestAskFailureDetails_areThoseOfAnyActivityAndMore(t *testing.T) {
	t.Parallel()
	wire, err := json.Marshal(report.AskFailureDetails{
		FailureDetails: pass.FailureDetails{Hint: "wait", Waitable: true, RetryAfter: pass.Duration(time.Second)}, Took: pass.Duration(time.Minute), NotAsked: true,
	})
	require.NoError(t, err)
	require.JSONEq(t, `{"hint":"wait","waitable":true,"retryAfter":"1s","took":"1m","notAsked":true}`, string(wire))
}

func TestSourcesFromMemo(t *testing.T) {
	t.Parallel()
	sources, err := sourcestate.New("kontur.req")
	require.NoError(t, err)
	payload, err := converter.GetDefaultDataConverter().ToPayload(sources)
	require.NoError(t, err)
	read, err := report.SourcesFromMemo(&commonpb.Memo{Fields: map[string]*commonpb.Payload{report.SourcesMemo: payload}})
	require.NoError(t, err)
	require.Equal(t, &sources, read)
	read, err = report.SourcesFromMemo(nil)
	require.NoError(t, err)
	require.Nil(t, read)
	_, err = report.SourcesFromMemo(&commonpb.Memo{Fields: map[string]*commonpb.Payload{report.SourcesMemo: {Data: []byte("{")}}})
	require.ErrorContains(t, err, "read memo report")
}
