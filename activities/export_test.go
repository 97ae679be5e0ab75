package activities

import (
	"maps"
	"slices"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/kontur"
)

// KonturKinds are the kinds of errors that the table knows.
func KonturKinds() []kontur.Kind { return slices.Sorted(maps.Keys(konturFailures)) }

// AlfrescoKinds are the kinds of errors that the table knows.
func AlfrescoKinds() []alfresco.Kind { return slices.Sorted(maps.Keys(alfrescoFailures)) }
