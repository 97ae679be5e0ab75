// Package contract holds tests only: they compare what the Alfresco client sends and what the Alfresco simulator
// answers with the vendor's published API definitions (GitHub, Alfresco/rest-api-explorer, src/main/webapp/definitions).
// Client and simulator share no code, but they could share a mistake; the definitions know neither of them.
//
// The definitions are not part of this project. Put the YAML files into a folder and name it in ALFRESCO_OPENAPI_DIR;
// without them the tests are skipped. The tests are stricter than the definitions in one way, they refuse fields that
// the definitions don't have, and they know where the real server differs: see differences_test.go.
package contract
