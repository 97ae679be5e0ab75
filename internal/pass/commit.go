package pass

import "cmp"

// Commit makes r what base is with what a segment has committed since it began, and nothing of what r said about that
// before. base is the result as the segment found it. narrowed: it walked chosen nodes of a pass of the schedule, which
// leave the checkpoint alone.
func (r *Result) Commit(base Result, progress Progress, narrowed bool) {
	r.LastModifiedNodeDbid, r.Remaining = base.LastModifiedNodeDbid, base.Remaining
	r.TryCount, r.NextTry, r.Error = base.TryCount, base.NextTry, base.Error
	if progress.Batches > 0 {
		r.TryCount, r.NextTry, r.Error = 0, nil, nil
		if !narrowed {
			r.LastModifiedNodeDbid = &progress.LastDbid
			r.Remaining = cmp.Or(progress.Remaining, r.Remaining)
		}
	}
	r.Counts = base.Counts.Plus(progress.Counts)
	r.CountProcessedNodes = base.CountProcessedNodes + int64(progress.Counts.Total())
	r.Batches = base.Batches + progress.Batches
	r.Asked = base.Asked + progress.Asked
	if base.Brake != nil {
		spent := *base.Brake
		spent.Changed += int64(progress.Counts.Updated) + progress.AlsoChanged
		spent.Emptied += progress.Emptied
		r.Brake = &spent
	}
	if r.Scope != nil && base.Scope != nil {
		walk := *r.Scope
		walk.Skipped = base.Scope.Skipped + progress.Skipped
		r.Scope = &walk
	}
	r.Open = base.Open
	if progress.Batches > 0 {
		r.Open = progress.Open
	}
	r.Known = base.Known
	if len(progress.Known) > 0 {
		r.Known = progress.Known
	}
	r.Quotas, r.QuotaProblem = base.Quotas, base.QuotaProblem
	if len(progress.Quotas) > 0 || progress.QuotaProblem != "" {
		r.Quotas, r.QuotaProblem = progress.Quotas, progress.QuotaProblem
	}
}

// Commit adds a batch whose turn it is. total is about how many nodes there were when it was fetched, its own among them; 0 if
// unknown.
func (p *Progress) Commit(b WrittenBatch, total int64) {
	p.LastDbid = b.LastDbid
	p.Batches++
	p.Counts = p.Counts.Plus(b.Counts)
	p.Asked += b.Asked
	p.Skipped += b.Skipped
	p.Emptied += b.Emptied
	p.AlsoChanged += b.AlsoChanged
	if total == 0 && p.Remaining != nil {
		total = *p.Remaining
	}
	if total > 0 || p.Remaining != nil {
		p.Remaining = new(max(0, total-int64(b.Counts.Total())))
	}
}
