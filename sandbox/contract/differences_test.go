package contract_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"
)

// applyDifferences changes a definition to what the server really does. Facts about the server were read in its source
// (Alfresco/alfresco-community-repo, commit 72635d6c of 2026-08-21).
func applyDifferences(t *testing.T, name string, doc *openapi3.T) {
	t.Helper()
	errorHasState(t, doc)
	allErrorsHaveABody(doc)
	switch name {
	case "search":
		includeIsLonger(t, doc)
		resultsSayWhereTheyAre(t, doc)
	case "core":
		propertiesAreNotOnlyText(t, doc)
		needsNoLogin(t, doc.Paths.Find("/probes/{probeId}").Get)
	case "auth":
		needsNoLogin(t, doc.Paths.Find("/tickets").Post)
	}
}

// includeIsLonger: the server's list has two names more than the published one.
func includeIsLonger(t *testing.T, doc *openapi3.T) {
	t.Helper()
	items := schema(t, doc, "RequestInclude").Items.Value
	items.Enum = append(items.Enum, "association", "permissions")
}

// resultsSayWhereTheyAre: entries of a search carry location, "nodes" for those of the live store.
func resultsSayWhereTheyAre(t *testing.T, doc *openapi3.T) {
	t.Helper()
	schema(t, doc, "ResultNode").Properties["location"] = openapi3.NewStringSchema().NewRef()
}

// propertiesAreNotOnlyText: published as text; null takes a property away, and numbers, booleans and lists are taken too.
func propertiesAreNotOnlyText(t *testing.T, doc *openapi3.T) {
	t.Helper()
	scalar := openapi3.NewAnyOfSchema(openapi3.NewStringSchema(), openapi3.NewFloat64Schema(), openapi3.NewBoolSchema())
	value := openapi3.NewAnyOfSchema(scalar, openapi3.NewArraySchema().WithItems(scalar)).WithNullable()
	properties := schema(t, doc, "NodeBodyUpdate").Properties["properties"].Value
	properties.AdditionalProperties.Schema = value.NewRef()
}

// needsNoLogin: published with the login that the whole file asks for, and answered without one.
func needsNoLogin(t *testing.T, operation *openapi3.Operation) {
	t.Helper()
	require.NotNil(t, operation)
	operation.Security = openapi3.NewSecurityRequirements()
}

// errorHasState: the envelope may carry additionalState, a map of the exception's own.
func errorHasState(t *testing.T, doc *openapi3.T) {
	t.Helper()
	envelope := schema(t, doc, "Error").Properties["error"].Value
	envelope.Properties["additionalState"] = openapi3.NewObjectSchema().WithAnyAdditionalProperties().NewRef()
}

// allErrorsHaveABody: the statuses that are published without a body come with the envelope as all the others do.
func allErrorsHaveABody(doc *openapi3.T) {
	envelope := openapi3.NewContentWithJSONSchemaRef(openapi3.NewSchemaRef("#/components/schemas/Error", doc.Components.Schemas["Error"].Value))
	for _, path := range doc.Paths.Map() {
		for _, operation := range path.Operations() {
			for status, response := range operation.Responses.Map() {
				if strings.HasPrefix(status, "4") || strings.HasPrefix(status, "5") {
					response.Value.Content = envelope
				}
			}
		}
	}
}

// hasNoDefinedBody: a 401 comes from before the REST layer, with a page in HTML or nothing.
func hasNoDefinedBody(status int) bool { return status == http.StatusUnauthorized }

// isUnpublished: a web script, which no definition knows. It is the only way to sys:node-dbid.
func isUnpublished(path string) bool { return strings.HasSuffix(path, "/service/api/metadata") }

// checkTime: the format is called date-time, but the server's zone has no colon, which RFC 3339 demands.
func checkTime(text string) error {
	_, err := time.Parse("2006-01-02T15:04:05.000-0700", text)
	return err
}

// namePattern is the published pattern of file names. Go's regular expressions have no lookahead.
const namePattern = `^(?!(.*[\"\*\\\>\<\?\/\:\|]+.*)|(.*[\.]?.*[\.]+$)|(.*[ ]+$))`

// compilePattern understands namePattern as what it forbids: special characters, and a dot or a blank at the end.
func compilePattern(pattern string) (openapi3.RegexMatcher, error) {
	if pattern == namePattern {
		return fileName{}, nil
	}
	r, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("compile pattern %s: %w", pattern, err)
	}
	return r, nil
}

type fileName struct{}

// MatchString implements openapi3.RegexMatcher.
func (fileName) MatchString(name string) bool {
	return !strings.ContainsAny(name, `"*\><?/:|`) && !strings.HasSuffix(name, ".") && !strings.HasSuffix(name, " ")
}

func schema(t *testing.T, doc *openapi3.T, name string) *openapi3.Schema {
	t.Helper()
	ref := doc.Components.Schemas[name]
	require.NotNil(t, ref, "the definitions have no %s any more", name)
	return ref.Value
}

func TestDifferencesAreStillThere(t *testing.T) {
	t.Parallel()
	definitions := loadPublished(t, "search")
	published := definitions.Components.Schemas["RequestInclude"].Value.Items.Value.Enum
	require.False(t, slices.Contains(published, any("permissions")), "published now: take it out of includeIsLonger")
	require.NotContains(t, definitions.Components.Schemas["Node"].Value.Properties, "location", "published now: take out resultsSayWhereTheyAre")
}
