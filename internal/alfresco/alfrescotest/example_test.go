package alfrescotest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"counterparty-sync/internal/alfresco/alfrescotest"
)

// A server has nodes, does what the vendor's does, fails on demand, and knows what it was asked and what was written.
func Example() {
	s, err := alfrescotest.Start("127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	node := s.Add(alfrescotest.Node{Dbid: 7, Properties: map[string]any{"idocs:inn": "7736050003"}})[0]
	s.Inject(alfrescotest.Fault{Operation: alfrescotest.Put, Times: 1, Status: 503, Summary: "try again"})

	for range 2 {
		request, err := http.NewRequest(http.MethodPut, s.URL()+"/api/-default-/public/alfresco/versions/1/nodes/"+node,
			strings.NewReader(`{"properties": {"idocs:okpo": "00040778"}}`))
		if err != nil {
			fmt.Println(err)
			return
		}
		request.SetBasicAuth(alfrescotest.DefaultUser, alfrescotest.DefaultPassword)
		request.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			fmt.Println(err)
			return
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		fmt.Println(response.StatusCode)
	}
	fmt.Println(s.Count(alfrescotest.Put), "requests,", len(s.Writes()), "write:", s.Writes()[0].Properties)
	// Output:
	// 503
	// 200
	// 2 requests, 1 write: map[idocs:okpo:00040778]
}
