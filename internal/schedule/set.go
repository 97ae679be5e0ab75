package schedule

import "go.temporal.io/sdk/client"

// set is a set of the numbers 0 to 127. Years are stored as their distance to firstYear.
type set struct{ low, high uint64 }

func (s *set) add(n int) {
	if n < 64 {
		s.low |= 1 << n
		return
	}
	s.high |= 1 << (n - 64)
}

func (s set) has(n int) bool {
	switch {
	case n < 0 || n > 127:
		return false
	case n < 64:
		return s.low&(1<<n) != 0
	}
	return s.high&(1<<(n-64)) != 0
}

// ranges returns the set as ranges in ascending order, with every field filled as Describe fills it: one range with a
// step if the whole set is one progression, else runs of neighbours.
func (s set) ranges(origin int) []client.ScheduleRange {
	var members []int
	for n := range 128 {
		if s.has(n) {
			members = append(members, n+origin)
		}
	}
	if len(members) > 2 {
		first, last, step := members[0], members[len(members)-1], members[1]-members[0]
		if step > 1 && last-first == step*(len(members)-1) && isProgression(members, step) {
			return []client.ScheduleRange{{Start: first, End: last, Step: step}}
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
