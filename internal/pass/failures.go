package pass

// LastingFailures are the types of failures of activities that waiting can't mend: somebody has to act.
func LastingFailures() []string {
	return []string{
		FailureBadCredentials, FailureAccessDenied, FailureNotSearchable, FailureUnknownAttribute, FailureReadOnly, FailureTooLarge,
		FailureBadRequest,
	}
}
