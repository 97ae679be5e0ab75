package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"counterparty-sync/internal/alfresco"
	"counterparty-sync/internal/alfresco/alfrescotest"
	"counterparty-sync/internal/exchange"
	"counterparty-sync/internal/kontur/konturtest"
	"counterparty-sync/starter/cli"
)

const (
	// recordedFile is the name by which the starter reads the sync of a recording here.
	recordedFile = "recorded.yaml"
	// ownMapping is the name of a mapping file in a directory of its own.
	ownMapping = "mapping.json"
)

var errDiffers = errors.New("something differs that breaks a pass")

// setRecording reads a file of starter check --deep --record.
func (o *options) setRecording(name string) bool {
	if name == "" {
		return true
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return false
	}
	recording, err := exchange.Read(bytes.NewReader(data))
	o.recorded = &recording
	return err == nil
}

// liveRecorded feeds the simulators with the recording, tries the deep check on them, and stays until ctx ends. What is asked
// besides is not in it, so that there is no worker, and no Temporal.
func (s *sandbox) liveRecorded(ctx context.Context) error {
	a, err := alfrescotest.Start(local(s.alfrescoPort), alfrescotest.WithRecorded(s.recorded.Exchanges))
	if err != nil {
		return err
	}
	defer a.Close()
	k, err := konturtest.Start(local(s.konturPort), konturtest.WithRecorded(s.recorded.Exchanges))
	if err != nil {
		return err
	}
	defer k.Close()
	about := s.recorded.About
	w := world{alfresco: a, kontur: k}
	s.alfrescoAPI = alfresco.API(about.Settings["ALFRESCO_API"])
	env := w.environment(s.options, local(s.temporalPort), s.metricsPort)
	env["ALFRESCO_LANGUAGES"] = about.Settings["ALFRESCO_LANGUAGES"]
	if attributes := about.Settings["attributes"]; attributes != "" {
		directory, err := os.MkdirTemp("", "recorded-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(directory) }()
		env["MAPPING_FILE"] = filepath.Join(directory, ownMapping)
		if err := os.WriteFile(env["MAPPING_FILE"], recordedMapping(strings.Split(attributes, ",")), 0o600); err != nil {
			return err
		}
	}
	streams := s.io
	streams.Env = env
	streams.ReadFile = func(name string) ([]byte, error) {
		if name != recordedFile {
			return nil, fs.ErrNotExist
		}
		return recordedSync(about.Settings), nil
	}
	began := time.Now()
	streams.Now = func() time.Time { return about.At.Add(time.Since(began)) }
	s.say("what was answered on %s; Alfresco is %s, Kontur.Focus %s\n", about.At.Format(time.RFC3339), a.URL(), k.URL())
	status := cli.Run(ctx, []string{"check", "--deep", syncID, "-f", recordedFile, "--identifiers", about.Settings["identifiers"]}, streams)
	if s.once {
		if status != cli.Done {
			return errDiffers
		}
		return nil
	}
	<-ctx.Done()
	return nil
}

// recordedSync is the sync's file that the settings of a recording make.
func recordedSync(settings map[string]string) []byte {
	lines := []string{"id: " + syncID}
	for _, name := range []string{"nodeType", "searchParam", "attributeToSearch"} {
		lines = append(lines, fmt.Sprintf("%s: %q", name, settings[name]))
	}
	lines = append(lines, "sources: ["+settings["sources"]+"]", "")
	return []byte(strings.Join(lines, "\n"))
}

// recordedMapping is a mapping of the attributes that were asked for; what they are filled with does not matter here.
func recordedMapping(attributes []string) []byte {
	type entry struct {
		Attribute string `json:"attribute"`
		Source    string `json:"source"`
		Write     string `json:"write"`
		Value     string `json:"value"`
	}
	entries := make([]entry, len(attributes))
	for i, name := range attributes {
		entries[i] = entry{name, "req", "ifEmpty", ".inn"}
	}
	first := attributes[:1]
	file, _ := json.Marshal(map[string]any{"attributes": entries, "identity": map[string]any{"inn": first, "ogrn": first, "kpp": first}})
	return file // texts can always be marshalled
}
