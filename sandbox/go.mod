module counterparty-sync/sandbox

go 1.26.8

require counterparty-sync v0.0.0

require (
	github.com/getkin/kin-openapi v0.152.0 // indirect
	github.com/temporalio/ui-server/v2 v2.54.1 // indirect
	go.temporal.io/auto-scaled-workers v0.2.0-1.32.0.158.0 // indirect
	go.temporal.io/sdk v1.50.0 // indirect
	go.temporal.io/server v1.32.1 // indirect
)

replace counterparty-sync => ../
