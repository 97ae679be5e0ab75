package mutants

// controls are changes that open runs don't notice: the replay has to let them pass, or nobody would trust it.
func controls() []change {
	return []change{
		{"nothing but a comment", []edit{in("sync.go", "func (p *passRun) run(", "// Another comment.\nfunc (p *passRun) run(")}},
		{"the summary of an activity", []edit{in("previous.go", `"where did the pass before this one get to?"`, `"the pass before"`)}},
		{"the summary of a segment", []edit{in("policies.go", "		StaticSummary:         summary,\n", "		StaticSummary:         \"a segment: \" + summary,\n")}},
		{"the timeout of a heartbeat", []edit{in("flow/policies.go", "heartbeatTimeout = 20 * time.Second", "heartbeatTimeout = 40 * time.Second")}},
		{"the timeout of an activity", []edit{in("policies.go", "startToClose: 10 * time.Minute", "startToClose: 20 * time.Minute")}},
		{"the retry policy", []edit{in("flow/policies.go", "lostWorkers = 10", "lostWorkers = 20")}},
		{"the length of a timer", []edit{in("policies.go", "reminderInterval = 15 * time.Second", "reminderInterval = 16 * time.Second")}},
		{"the text of an error", []edit{in("flow/failures.go", `fmt.Sprintf("%s: %s", what, application.Message()),`, `fmt.Sprintf("it failed: %s: %s", what, application.Message()),`)}},
		{"a line of the log", []edit{in("recover.go", `"iteration failed; will retry"`, `"iteration failed"`)}},
		{"the description of a query", []edit{in("signals.go", `"The six fields of the sync's state."`, `"The state."`)}},
		{"a query more", []edit{in("sync.go", "	if sync.ID == \"\" {\n", "	_ = workflow.SetQueryHandler(ctx, \"another\", func() (string, error) { return \"\", nil })\n	if sync.ID == \"\" {\n")}},
		{"a value in the memo", []edit{{"internal/pass/memo.go", "	MaxMemo = 1900", "	MaxMemo = 900"}}},
		{"a command behind a version helper", []edit{in("sync.go", "	start := startAfter(",
			"	if Changed(ctx, \"another-change\") {\n		_ = workflow.Sleep(ctx, time.Second)\n	}\n	start := startAfter(")}},
		{"a field that is left out where it is empty", []edit{
			{"internal/pass/messages.go", "type FetchBatchRequest struct {\n", "type FetchBatchRequest struct {\n	Added string `json:\"added,omitempty\"`\n"}}},
	}
}
