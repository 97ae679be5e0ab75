package fact_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/fact"
)

func TestTableSaysWhatFollowsOnlyFromWhatDiffers(t *testing.T) {
	t.Parallel()
	now := time.Unix(0, 0)
	table := fact.Table{
		Claims: []fact.Claim{
			{ID: "a.holds", Expected: "1", Follows: "trouble", Breaks: true},
			{ID: "a.differs", Expected: "1", Follows: "trouble", Breaks: true},
			{ID: "a.harmless", Expected: "1", Follows: "a remark"},
			{ID: "a.odd", Expected: "1", Follows: "trouble", Breaks: true},
			{ID: "a.unmet", Expected: "1", Follows: "trouble", Breaks: true},
			{ID: "a.untried", Expected: "1"},
		},
		Now: func() time.Time { now = now.Add(5 * time.Millisecond); return now },
	}
	table.Try("a.holds", "req", func() fact.Sight { return fact.If(true, "%d", 1) })
	require.False(t, fact.Broken(table.Facts))
	table.Try("a.harmless", "", func() fact.Sight { return fact.Sight{Seen: "2", Verdict: fact.Differs, Follows: "another remark"} })
	table.Try("a.odd", "", func() fact.Sight { return fact.Sight{Seen: "2", Verdict: fact.Differs, Harmless: true} })
	table.Try("a.unmet", "", func() fact.Sight { return fact.NotMet("none") })
	require.False(t, fact.Broken(table.Facts))
	table.Try("a.differs", "", func() fact.Sight { return fact.If(false, "%d", 2) })
	require.True(t, fact.Broken(table.Facts))
	table.Rest("no time")
	require.Equal(t, []fact.Fact{
		{ID: "a.holds", About: "req", Expected: "1", Seen: "1", Verdict: fact.OK, Milliseconds: 5},
		{ID: "a.harmless", Expected: "1", Seen: "2", Verdict: fact.Differs, Follows: "another remark", Milliseconds: 5},
		{ID: "a.odd", Expected: "1", Seen: "2", Verdict: fact.Differs, Follows: "trouble", Milliseconds: 5},
		{ID: "a.unmet", Expected: "1", Seen: "none", Verdict: fact.NotKnown, Milliseconds: 5},
		{ID: "a.differs", Expected: "1", Seen: "2", Verdict: fact.Differs, Follows: "trouble", Breaks: true, Milliseconds: 5},
		{ID: "a.untried", Expected: "1", Seen: "no time", Verdict: fact.NotKnown},
	}, table.Facts)
}
