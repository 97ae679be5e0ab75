package alfresco

import (
	"context"
	"slices"
)

// bisection makes a request for many nodes and, if that fails, makes it again for parts of them: with the Records API one bad
// node fails a request for all. Every node that is refused, or set aside, in the end was alone in its request.
type bisection struct {
	operation string
	// send makes the request. Trouble means that it failed; sent is false if there was nothing to ask for.
	send     func(ctx context.Context, ids []string) (sent bool, _ *recordsError, _ error)
	refusals map[string]*Refusal
	jury     *jury
	// control reads a node that could be read before; it is not asked about writes.
	control func(ctx context.Context) (bool, error)
	// aside are nodes that failed for a reason that is not listed, in the order in which they did.
	aside []recordAside
}

// recordAside is a node that failed.
type recordAside struct {
	suspect
	id     string
	failed *recordsError
}

// run returns an error on everybody's trouble. failed is what went wrong with these nodes together, nil if they were not
// tried together.
func (d *bisection) run(ctx context.Context, ids []string, failed *recordsError) error {
	if len(ids) == 0 {
		return nil
	}
	if failed == nil {
		var sent bool
		var err error
		if sent, failed, err = d.send(ctx, ids); err != nil {
			return err
		}
		if failed == nil {
			if sent {
				d.jury.wentThrough(d.operation)
			}
			return nil
		}
	}
	if e := failed.everybodys(); e != nil {
		return e
	}
	if len(ids) == 1 {
		return d.refuse(ctx, ids[0], failed)
	}
	first, others := ids[:len(ids)/2], ids[len(ids)/2:]
	if at := failed.named(ids); at >= 0 {
		// Most likely it is that one, and all the others are well.
		first, others = ids[at:at+1], slices.Concat(ids[:at], ids[at+1:])
	}
	bad := len(d.refusals) + len(d.aside)
	if err := d.run(ctx, first, nil); err != nil {
		return err
	}
	if len(d.refusals)+len(d.aside) > bad || len(others) == 1 {
		return d.run(ctx, others, nil)
	}
	// The first part is well, so that the trouble is in the others: no need to ask whether.
	return d.run(ctx, others, failed)
}

func (d *bisection) refuse(ctx context.Context, id string, failed *recordsError) error {
	if failed.isNamed() {
		d.refusals[id] = failed.refusal()
		d.jury.trail(d.operation).failures = 0
		return nil
	}
	s, outage, probe := d.jury.fails(d.operation, id)
	d.aside = append(d.aside, recordAside{s, id, failed})
	if probe {
		goesOn, err := d.control(ctx)
		if err != nil {
			return err
		}
		outage = !goesOn
	}
	if outage {
		return failed.unknown()
	}
	return nil
}

// anyUnsure reports whether nothing has gone through after some node failed.
func (d *bisection) anyUnsure() bool {
	return slices.ContainsFunc(d.aside, func(a recordAside) bool { return !d.jury.alone(a.suspect) })
}
