// Package reportcontract holds tests only: they compare what the API of reports answers with its own description,
// internal/report/api/openapi.yaml, by a library that knows neither. The description is what others write clients from; a
// field that only one of the two has is an error. Reports themselves are invented here: how they are made is the business
// of the end-to-end tests.
package reportcontract
