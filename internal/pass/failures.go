package pass

import "strings"

const (
	// MaxErrorLength bounds State.Error, in bytes, so that the memo stays well below the 2 KiB that Temporal warns at.
	MaxErrorLength = 1000
	// MaxReasonLength bounds the reason of a pass's source, in bytes; it keeps them small in the memo, too.
	MaxReasonLength = 150

	hintMark = "; hint: "
)

// WithHint makes one text of what happened and what to do about it, as State.Error is.
func WithHint(what, hint string) string {
	if hint == "" {
		return what
	}
	return what + hintMark + hint
}

// SplitHint takes apart what WithHint made.
func SplitHint(text string) (what, hint string) {
	what, hint, _ = strings.Cut(text, hintMark)
	return what, hint
}

// LastingFailures are the types of failures of activities that waiting can't mend: somebody has to act.
func LastingFailures() []string {
	return []string{
		FailureBadCredentials, FailureAccessDenied, FailureNotSearchable, FailureUnknownAttribute, FailureReadOnly, FailureTooLarge,
		FailureBadRequest, FailureUntrusted,
	}
}

// From names the source that failed.
func (f *Failure) From(source string) *Failure {
	f.Source = source
	return f
}
