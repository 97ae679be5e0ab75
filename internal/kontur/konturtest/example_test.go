package konturtest_test

import (
	"fmt"
	"io"
	"net/http"

	"counterparty-sync/internal/kontur/konturtest"
)

func Example() {
	s, err := konturtest.Start("127.0.0.1:0", konturtest.WithKey("sandbox"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	s.AddCompany(konturtest.Company{INN: konturtest.INN(1), OGRN: konturtest.OGRN(1), Sites: []string{"example.test"}})
	s.Inject(konturtest.Fault{Times: 1, Status: 503, Text: "Service unavailable"})

	for range 2 {
		resp, err := http.Get(s.URL() + "/api3/sites?key=sandbox&inn=" + konturtest.INN(1))
		if err != nil {
			fmt.Println(err)
			return
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		fmt.Println(resp.StatusCode, string(body))
	}
	// Output:
	// 503 Service unavailable
	// 200 [{"focusHref":"https:\/\/focus.kontur.ru\/entity?query=1000000000010","inn":"0000000018","ogrn":"1000000000010","sites":["example.test"]}]
}
