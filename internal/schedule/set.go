package schedule

import "go.temporal.io/sdk/client"

// set says which numbers are in it. Years are stored as their distance to firstYear.
type set [lastYear - firstYear + 1]bool

func (s *set) has(n int) bool { return n >= 0 && n < len(s) && s[n] }

// ranges returns the set as ranges in ascending order, with every field filled as Describe fills it: one range with a
// step if the whole set is one progression, else runs of neighbours.
func (s set) ranges(origin int) []client.ScheduleRange {
	var members []int
	for n, in := range s {
		if in {
			members = append(members, n+origin)
		}
	}
	if len(members) > 2 {
		step := members[1] - members[0]
		if step > 1 && isProgression(members, step) {
			return []client.ScheduleRange{{Start: members[0], End: members[len(members)-1], Step: step}}
		}
	}
	var ranges []client.ScheduleRange
	for _, n := range members {
		if last := len(ranges) - 1; last >= 0 && ranges[last].End == n-1 {
			ranges[last].End = n
			continue
		}
		ranges = append(ranges, client.ScheduleRange{Start: n, End: n, Step: 1})
	}
	return ranges
}

func isProgression(members []int, step int) bool {
	for i := 1; i < len(members); i++ {
		if members[i]-members[i-1] != step {
			return false
		}
	}
	return true
}
