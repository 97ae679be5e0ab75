// Package contract_test holds tests only: they compare what is sent and answered with descriptions, by a library that knows
// neither side. Two sides that share no code could share a mistake.
//
//   - What the Alfresco client sends and the Alfresco simulator answers, with the vendor's published API definitions
//     (GitHub, Alfresco/rest-api-explorer, src/main/webapp/definitions). They are not part of this project: put the YAML
//     files into a folder and name it in ALFRESCO_OPENAPI_DIR; without them the tests are skipped. The tests are stricter
//     than the definitions in one way, they refuse fields that the definitions don't have, and they know where the real
//     server differs: see differences_test.go.
//   - What the API of reports answers, with its own description, internal/report/api/openapi.yaml, from which others write
//     clients. A field that only one of the two has is an error. Reports themselves are invented here: how they are made
//     is the business of the end-to-end tests.
package contract_test
