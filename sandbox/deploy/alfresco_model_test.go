package deploy

import (
	"encoding/xml"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/mapping"
	"counterparty-sync/internal/pass"
)

// contentModel is what the test needs of Alfresco's XML of a content model.
type contentModel struct {
	Imports     []imported   `xml:"imports>import"`
	Namespaces  []imported   `xml:"namespaces>namespace"`
	Constraints []constraint `xml:"constraints>constraint"`
	Types       []class      `xml:"types>type"`
	Aspects     []class      `xml:"aspects>aspect"`
}

type imported struct {
	Prefix string `xml:"prefix,attr"`
}

type constraint struct {
	Name       string `xml:"name,attr"`
	Type       string `xml:"type,attr"`
	Parameters []struct {
		Name  string   `xml:"name,attr"`
		Value string   `xml:"value"`
		List  []string `xml:"list>value"`
	} `xml:"parameter"`
}

// example is a value that the constraint lets pass.
func (c constraint) example(t *testing.T) string {
	t.Helper()
	first := c.Parameters[0]
	if c.Type == "LIST" {
		require.Equal(t, "allowedValues", first.Name)
		return first.List[0]
	}
	require.Equal(t, "expression", first.Name)
	require.NotRegexp(t, regexp.MustCompile(first.Value), "no address")
	require.Regexp(t, regexp.MustCompile(first.Value), "", "an empty value passes")
	const address = "someone@example.com"
	require.Regexp(t, regexp.MustCompile(first.Value), address)
	return address
}

type class struct {
	Name       string          `xml:"name,attr"`
	Parent     string          `xml:"parent"`
	Properties []modelProperty `xml:"properties>property"`
	Mandatory  []string        `xml:"mandatory-aspects>aspect"`
}

type modelProperty struct {
	Name        string `xml:"name,attr"`
	Type        string `xml:"type"`
	Multiple    bool   `xml:"multiple"`
	Constraints []struct {
		Ref string `xml:"ref,attr"`
	} `xml:"constraints>constraint"`
}

func readModel(t *testing.T) contentModel {
	t.Helper()
	content, err := os.ReadFile("alfresco/idocs-model.xml")
	require.NoError(t, err)
	var m contentModel
	require.NoError(t, xml.Unmarshal(content, &m))
	require.NotEmpty(t, m.Types)
	require.NotEmpty(t, m.Aspects)
	return m
}

func (m contentModel) properties() map[string]modelProperty {
	all := map[string]modelProperty{}
	for _, c := range append(m.Types, m.Aspects...) {
		for _, p := range c.Properties {
			all[p.Name] = p
		}
	}
	return all
}

func TestModelHasWhatTheDefaultMappingNeeds(t *testing.T) {
	t.Parallel()
	m, err := mapping.Default()
	require.NoError(t, err)
	properties := readModel(t).properties()
	require.NotEmpty(t, m.Attributes())
	for _, name := range m.Attributes() {
		require.Contains(t, properties, name)
		require.Equal(t, "d:text", properties[name].Type, name)
		require.False(t, properties[name].Multiple, name)
	}
}

func TestModelHasTheTypeThatSyncsLookFor(t *testing.T) {
	t.Parallel()
	var names []string
	for _, c := range readModel(t).Types {
		names = append(names, c.Name)
	}
	require.Contains(t, names, pass.Sync{}.WithDefaults().NodeType)
}

func TestModelIsWholeInItself(t *testing.T) {
	t.Parallel()
	m := readModel(t)
	prefixes, names := map[string]bool{}, map[string]bool{}
	for _, i := range append(m.Imports, m.Namespaces...) {
		prefixes[i.Prefix] = true
	}
	for _, c := range append(m.Types, m.Aspects...) {
		require.False(t, names[c.Name], "%s is there twice", c.Name)
		names[c.Name] = true
	}
	known := func(name string) {
		prefix, _, _ := strings.Cut(name, ":")
		require.True(t, prefixes[prefix], "%s: nobody declares the prefix", name)
		require.True(t, prefix != "idocs" || names[name], "%s is not in the model", name)
	}
	constraints := map[string]bool{}
	for _, c := range m.Constraints {
		constraints[c.Name] = true
	}
	seen := map[string]bool{}
	for _, c := range append(m.Types, m.Aspects...) {
		if c.Parent != "" {
			known(c.Parent)
		}
		for _, aspect := range c.Mandatory {
			known(aspect)
		}
		for _, p := range c.Properties {
			require.False(t, seen[p.Name], "%s is there twice", p.Name)
			seen[p.Name] = true
			require.Contains(t, []string{"d:text", "d:mltext", "d:int", "d:boolean"}, p.Type, p.Name)
			for _, ref := range p.Constraints {
				require.True(t, constraints[ref.Ref], "%s: no constraint %s", p.Name, ref.Ref)
			}
		}
	}
}

func TestModelAndSimulatorAgree(t *testing.T) {
	t.Parallel()
	simulator := alfrescotest.NewServer(t)
	m := readModel(t)
	for name, p := range m.properties() {
		var value any = "1"
		for _, c := range m.Constraints {
			for _, ref := range p.Constraints {
				if ref.Ref == c.Name {
					value = c.example(t)
				}
			}
		}
		require.NotPanics(t, func() { simulator.Add(alfrescotest.Node{Properties: map[string]any{name: value}}) }, name)
	}
}

func TestContextNamesTheModelsFile(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("alfresco/idocs-context.xml")
	require.NoError(t, err)
	require.NoError(t, xml.Unmarshal(content, &struct{}{}))
	require.Contains(t, string(content), "<value>alfresco/extension/idocs-model.xml</value>")
}
