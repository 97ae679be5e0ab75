package schedule_test

import (
	"fmt"
	"time"

	"counterparty-sync/internal/schedule"
)

// Six fields are Spring's and Quartz's, seconds first, whatever a Temporal server would take them for.
func ExampleParse() {
	spec, err := schedule.Parse("0 0 2 * * MON-FRI", "Europe/Moscow")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(spec.Describe())
	friday := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	for _, start := range spec.Next(friday, 2) {
		fmt.Println(start.Format(time.RFC3339))
	}
	// Output:
	// Spring/Quartz, seconds first: second 0, minute 0, hour 2, day of week MON-FRI, Europe/Moscow
	// 2026-11-23T02:00:00+03:00
	// 2026-11-24T02:00:00+03:00
}

// What two dialects understand differently is refused, with the way to write it instead.
func ExampleParse_refused() {
	_, err := schedule.Parse("0 0 2 * * 1-5", "Europe/Moscow")
	fmt.Println(err)
	// Output:
	// cron: "0 0 2 * * 1-5" is not allowed; allowed: days of the week by name when seconds come first, such as MON-FRI, not "1-5": Spring counts Monday as 1, Quartz counts Sunday as 1
}
