package alfrescotest

import "net/http"

func (s *Server) discovery(request) reply {
	return reply{status: http.StatusOK, body: map[string]any{"entry": map[string]any{"repository": map[string]any{
		"id":      "00000000-0000-4000-8000-0000000000aa",
		"edition": "Community",
		"version": map[string]any{
			"major": "26", "minor": "1", "patch": "0", "hotfix": "0", "schema": 22000, "label": "simulator",
			"display": "26.1.0.0 (simulator) schema 22000",
		},
		"status": map[string]any{
			"isReadOnly": s.store.isReadOnly(), "isAuditEnabled": true, "isQuickShareEnabled": true,
			"isThumbnailGenerationEnabled": false, "isDirectAccessUrlEnabled": false,
		},
		"modules": []any{},
	}}}}
}

// probe answers like a server that tested its database. It says nothing about the search engine, as the real one.
func (s *Server) probe(r request) reply {
	switch r.PathValue("probe") {
	case "-ready-":
		return reply{status: http.StatusOK, body: probeBody("readyProbe: Success - Tested")}
	case "-live-":
		return reply{status: http.StatusOK, body: probeBody("liveProbe: Success - Tested")}
	}
	return refusal(http.StatusNotFound, keyNotFound, "The entity with id: "+r.PathValue("probe")+" was not found")
}

func probeBody(message string) map[string]any {
	return map[string]any{"entry": map[string]any{"message": message}}
}
