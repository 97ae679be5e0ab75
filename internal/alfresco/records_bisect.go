package alfresco

import (
	"context"
	"slices"
)

// bisection makes a request for many nodes and, if that is refused, makes it again for parts of them: with the Records API
// one bad node fails a request for all. Every node that is refused in the end was alone in its request.
type bisection struct {
	// send makes the request. Trouble means that it was refused, and has changed nothing.
	send     func(ctx context.Context, ids []string) (*recordsError, error)
	refusals map[string]*Refusal

	// well says that a request went through, or was refused for a reason that is a node's own.
	well bool
	// unnamed counts the nodes that were refused for a reason that is not listed.
	unnamed int
}

// manyUnnamed is how many nodes may be refused for a reason that is not listed, while nothing else succeeds, before
// it counts as everybody's trouble. One node alone can't show it, and a pass must not fail for ever on a few bad ones.
const manyUnnamed = 5

// run returns an error on everybody's trouble. failed is what went wrong with these nodes together, nil if they were not
// tried together.
func (d *bisection) run(ctx context.Context, ids []string, failed *recordsError) error {
	if len(ids) == 0 {
		return nil
	}
	if failed == nil {
		var err error
		if failed, err = d.send(ctx, ids); err != nil {
			return err
		}
		if failed == nil {
			d.well = true
			return nil
		}
	}
	if e := failed.everybodys(); e != nil {
		return e
	}
	if len(ids) == 1 {
		return d.refuse(ids[0], failed)
	}
	first, others := ids[:len(ids)/2], ids[len(ids)/2:]
	if at := failed.named(ids); at >= 0 {
		// Most likely it is that one, and all the others are well.
		first, others = ids[at:at+1], slices.Concat(ids[:at], ids[at+1:])
	}
	refused := len(d.refusals)
	if err := d.run(ctx, first, nil); err != nil {
		return err
	}
	if len(d.refusals) > refused || len(others) == 1 {
		return d.run(ctx, others, nil)
	}
	// The first part is well, so that the trouble is in the others: no need to ask whether.
	return d.run(ctx, others, failed)
}

func (d *bisection) refuse(id string, failed *recordsError) error {
	d.refusals[id] = failed.refusal()
	if _, named := nodeErrors[failed.class]; named { // a reason that is listed
		d.well = true
	} else if d.unnamed++; d.unnamed >= manyUnnamed && !d.well {
		return failed.unknown()
	}
	return nil
}
