package alfrescotest

import "net/http"

func (s *Server) discovery(request) *reply {
	return entry(http.StatusOK, object{"repository": object{
		"id":      "00000000-0000-4000-8000-0000000000aa",
		"edition": "Community",
		"version": object{
			"major": "26", "minor": "1", "patch": "0", "hotfix": "0", "schema": 22000, "label": "simulator",
			"display": "26.1.0.0 (simulator) schema 22000",
		},
		"status": object{
			"isReadOnly": s.store.readOnly, "isAuditEnabled": true, "isQuickShareEnabled": true,
			"isThumbnailGenerationEnabled": false, "isDirectAccessUrlEnabled": false,
		},
		"modules": []any{},
	}})
}

// probe answers like a server that tested its database. It says nothing about the search engine, as the real one.
func (s *Server) probe(r request) *reply {
	switch r.PathValue("probe") {
	case "-ready-":
		return entry(http.StatusOK, object{"message": "readyProbe: Success - Tested"})
	case "-live-":
		return entry(http.StatusOK, object{"message": "liveProbe: Success - Tested"})
	}
	return notFound(r.PathValue("probe"))
}
