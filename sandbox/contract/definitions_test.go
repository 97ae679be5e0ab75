package contract_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// folderVariable names the folder of the definitions.
const folderVariable = "ALFRESCO_OPENAPI_DIR"

// definitions are what exchanges are compared with.
type definitions struct {
	routers []routers.Router
	options openapi3filter.Options
	// bodiless, if not nil, is true for a status whose answers have no defined body.
	bodiless func(status int) bool
}

// loadDefinitions are those of Alfresco's API as they were published, converted and made strict. It skips the test where
// there are none.
func loadDefinitions(t *testing.T) definitions {
	t.Helper()
	all := definitions{options: options(), bodiless: hasNoDefinedBody}
	for _, name := range []string{"search", "core", "auth", "discovery"} {
		doc := loadPublished(t, name)
		makeStrict(doc)
		applyDifferences(t, name, doc)
		router, err := gorillamux.NewRouter(doc)
		require.NoError(t, err)
		all.routers = append(all.routers, router)
	}
	return all
}

// loadPublished is a definition as it was published, converted to the present form.
func loadPublished(t *testing.T, name string) *openapi3.T {
	t.Helper()
	folder := os.Getenv(folderVariable)
	if folder == "" {
		folder = filepath.Join("..", "..", "..", "shared", "openapi")
	}
	if _, err := os.Stat(folder); err != nil {
		t.Skipf("no definitions of Alfresco's API: put the YAML files of Alfresco/rest-api-explorer into a folder and set %s to it (%v)", folderVariable, err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "alfresco-"+name+".yaml"))
	require.NoError(t, err)
	// The converter reads JSON; YAML has status codes as numbers where JSON has names.
	var tree any
	require.NoError(t, yaml.Unmarshal(text, &tree))
	asJSON, err := json.Marshal(withTextKeys(tree))
	require.NoError(t, err)
	var v2 openapi2.T
	require.NoError(t, json.Unmarshal(asJSON, &v2))
	v3, err := openapi2conv.ToV3(&v2)
	require.NoError(t, err)
	return v3
}

func withTextKeys(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			v[key] = withTextKeys(value)
		}
	case map[any]any:
		m := map[string]any{}
		for key, value := range v {
			m[fmt.Sprint(key)] = withTextKeys(value)
		}
		return m
	case []any:
		for i, value := range v {
			v[i] = withTextKeys(value)
		}
	}
	return v
}

// makeStrict refuses fields that an object doesn't list, or a misspelt one would pass. Parts of an allOf are merged
// first: each alone would refuse the fields of the others.
func makeStrict(doc *openapi3.T) {
	done := map[*openapi3.Schema]bool{}
	for _, ref := range doc.Components.Schemas {
		strict(ref.Value, done)
	}
}

func strict(s *openapi3.Schema, done map[*openapi3.Schema]bool) {
	if s == nil || done[s] {
		return
	}
	done[s] = true
	if len(s.AllOf) > 0 {
		merged := openapi3.NewObjectSchema()
		for _, part := range s.AllOf {
			for name, property := range part.Value.Properties {
				merged.Properties[name] = property
			}
			merged.Required = append(merged.Required, part.Value.Required...)
		}
		*s = *merged
	}
	if len(s.Properties) > 0 && s.AdditionalProperties.Has == nil && s.AdditionalProperties.Schema == nil {
		s.WithoutAdditionalProperties()
	}
	for _, property := range s.Properties {
		strict(property.Value, done)
	}
	if s.Items != nil {
		strict(s.Items.Value, done)
	}
}

// check compares an exchange with its definition. An error says what is wrong with which side.
func (d definitions) check(ctx context.Context, e exchange) error {
	route, parameters, err := d.route(e.request)
	if err != nil {
		return err
	}
	input := &openapi3filter.RequestValidationInput{
		Request:    e.request.Clone(ctx),
		PathParams: parameters,
		Route:      route,
		Options:    &d.options,
	}
	input.Request.Body = e.body()
	if err := openapi3filter.ValidateRequest(ctx, input); err != nil && !e.wrongOnPurpose {
		return fmt.Errorf("request %s: %w", e, err)
	}
	o := d.options
	o.ExcludeResponseBody = d.bodiless != nil && d.bodiless(e.status)
	err = openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input,
		Status:                 e.status,
		Header:                 e.header,
		Body:                   e.answer(),
		Options:                &o,
	})
	if err != nil {
		return fmt.Errorf("answer %d to %s: %w", e.status, e, err)
	}
	return nil
}

func (d definitions) route(r *http.Request) (*routers.Route, map[string]string, error) {
	for _, router := range d.routers {
		if route, parameters, err := router.FindRoute(r); err == nil {
			return route, parameters, nil
		}
	}
	return nil, nil, fmt.Errorf("%s %s is not in the definitions", r.Method, r.URL.Path)
}

func options() openapi3filter.Options {
	return openapi3filter.Options{
		IncludeResponseStatus: true,
		MultiError:            true,
		// Filling in defaults would change the request before it is looked at.
		SkipSettingDefaults:               true,
		RejectWhenRequestBodyNotSpecified: true,
		SchemaValidationOptions: []openapi3.SchemaValidationOption{
			openapi3.EnableFormatValidation(),
			openapi3.SetSchemaRegexCompiler(compilePattern),
			openapi3.WithStringFormatValidator("date-time", openapi3.NewCallbackValidator(checkTime)),
		},
		AuthenticationFunc: func(_ context.Context, in *openapi3filter.AuthenticationInput) error {
			if !strings.HasPrefix(in.RequestValidationInput.Request.Header.Get("Authorization"), "Basic ") {
				return in.NewError(fmt.Errorf("no Basic authorization"))
			}
			return nil
		},
	}
}
