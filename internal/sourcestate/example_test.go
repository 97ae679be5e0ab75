package sourcestate_test

import (
	"encoding/json"
	"fmt"

	"counterparty-sync/internal/sourcestate"
)

// The sources of a report are one model. The two dialects count alike and name the states differently.
func Example() {
	sources, err := sourcestate.New("kontur.req", "kontur.licences")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, step := range []struct {
		source string
		state  sourcestate.State
		reason string
	}{
		{"kontur.req", sourcestate.Asking, ""},
		{"kontur.req", sourcestate.Answered, ""},
		{"kontur.licences", sourcestate.Waiting, "waits for kontur.req"},
	} {
		if err := sources.Set(step.source, step.state, step.reason); err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, document := range []any{sourcestate.Vehicle(sources), sourcestate.Entity(sources)} {
		text, err := json.Marshal(document)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(string(text))
	}
	fmt.Println("complete:", sources.Complete())
	fmt.Println("an end is final:", sources.Set("kontur.req", sourcestate.Asking, ""))
	// Output:
	// {"progress_ok":1,"progress_wait":1,"progress_error":0,"state":{"sources":[{"_id":"kontur.req","state":"OK","extended_state":"OK"},{"_id":"kontur.licences","state":"PROGRESS","extended_state":"WAITING"}]}}
	// {"progress_ok":1,"progress_wait":1,"progress_error":0,"state":{"sources":[{"_id":"kontur.req","state":"OK","data":{}},{"_id":"kontur.licences","state":"WAITING","data":{"reason":"waits for kontur.req"}}],"data":{}}}
	// complete: false
	// an end is final: set source "kontur.req": ANSWERED can't become "ASKING"
}
