package config_test

import (
	"strings"

	"counterparty-sync/internal/kontur/methods"
	"counterparty-sync/internal/pass"
)

// remedy is what people read beside every mistake in YAML.
const remedy = `printable UTF-8; one field on a line, all in the same column, without tabs; texts with signs such as * & @ : \ between 'single quotes'`

// everyField is what may stand in place of an unknown field.
const everyField = "id, name, enabled, cron, timeZone, catchupWindow, jitter, batchSize, searchParam, attributeToSearch, nodeType, sources, required, konturKey, quotaReserve, changedOnly, fullEvery, start, askAgainDays, retryDelays, lookahead, maxChanged, maxChangedShare, maxEmptied, approvalTimeout, allowEmpty"

// refusals pairs each bad file with what its author sees.
var refusals = map[string][]string{
	"anchor.bad.yaml": {
		"anchor.bad.yaml: YAML: unknown anchor 'other' referenced; allowed: " + remedy,
	},
	"at.bad.yaml": {
		"at.bad.yaml:2: YAML: found character that cannot start any token; allowed: " + remedy,
	},
	"bracket.bad.yaml": {
		"bracket.bad.yaml:2: YAML: did not find expected ',' or ']'; allowed: " + remedy,
	},
	"capitals.bad.yaml": {
		`capitals.bad.yaml:1: field: "ID" is not allowed; allowed: id`,
	},
	"colon.bad.yaml": {
		"colon.bad.yaml:2: YAML: mapping values are not allowed in this context; allowed: " + remedy,
	},
	"comment.bad.yaml": {
		`comment.bad.yaml: content is missing; allowed: fields such as id: nightly`,
	},
	"control.bad.yaml": {
		"control.bad.yaml:2: YAML: a control character; allowed: " + remedy,
	},
	"documents.bad.yaml": {
		`documents.bad.yaml:2: document: "a second one" is not allowed; allowed: one sync in a file`,
	},
	"duplicate.bad.yaml": {
		`duplicate.bad.yaml:4: batchSize: "50" is not allowed; allowed: each field once; line 2 has it already`,
	},
	"empty.bad.yaml": {
		`empty.bad.yaml: content is missing; allowed: fields such as id: nightly`,
	},
	"escape.bad.yaml": {
		"escape.bad.yaml:2: YAML: found unknown escape character; allowed: " + remedy,
	},
	"first-line.bad.yaml": {
		"first-line.bad.yaml:2: YAML: found unexpected end of stream; allowed: " + remedy,
	},
	"indent-back.bad.yaml": {
		"indent-back.bad.yaml:2: YAML: did not find expected <document start>; allowed: " + remedy,
	},
	"indent.bad.yaml": {
		"indent.bad.yaml:2: YAML: mapping values are not allowed in this context; allowed: " + remedy,
	},
	"key-list.bad.yaml": {
		`key-list.bad.yaml: id is missing; allowed: 1 to 100 letters, digits, dots, dashes and underscores, a letter or digit first`,
		`key-list.bad.yaml:1: field: "a list" is not allowed; allowed: ` + everyField,
	},
	"key.bad.yaml": {
		`key.bad.yaml:2: field: "key" is not allowed; allowed: no secrets in this file; the key is KONTUR_KEY or KONTUR_KEY_FILE in the environment of the worker, and konturKey names another one`,
		`key.bad.yaml:3: field: "resetState" is not allowed; allowed: none; use the flag --reset of apply instead`,
	},
	"kontur-key.bad.yaml": {
		`kontur-key.bad.yaml:2: konturKey: "***" is not allowed; allowed: ` + pass.AllowedKeyName,
	},
	"kontur-key-number.bad.yaml": {
		`kontur-key-number.bad.yaml:2: konturKey: "***" is not allowed; allowed: ` + pass.AllowedKeyName,
	},
	"kontur-key-twice.bad.yaml": {
		`kontur-key-twice.bad.yaml:3: konturKey: "***" is not allowed; allowed: each field once; line 2 has it already`,
		`kontur-key-twice.bad.yaml:4: field: "kontur_key" is not allowed; allowed: konturKey`,
	},
	"latin.bad.yaml": {
		"latin.bad.yaml:2: YAML: bytes that are not UTF-8; allowed: " + remedy,
	},
	"list.bad.yaml": {
		`list.bad.yaml:1: content: "a list" is not allowed; allowed: fields such as id: nightly`,
	},
	"brake.bad.yaml": {
		`brake.bad.yaml:2: maxChanged: "-1" is not allowed; allowed: a whole number from 0 to 100000000`,
		`brake.bad.yaml:3: maxChangedShare: "101%" is not allowed; allowed: a share from 0.01% to 100%`,
		`brake.bad.yaml:4: maxEmptied: "few" is not allowed; allowed: a whole number such as 4, without quotes`,
		`brake.bad.yaml:5: approvalTimeout: "1000h" is not allowed; allowed: a duration above 0s and up to 720h`,
		`brake.bad.yaml:6: allowEmpty: "yes" is not allowed; allowed: true or false, without quotes`,
	},
	"no-brake.bad.yaml": {
		`no-brake.bad.yaml:2: approvalTimeout: "1h" is not allowed; allowed: none without maxChanged, maxChangedShare or maxEmptied`,
	},
	"share.bad.yaml": {
		`share.bad.yaml:3: maxChangedShare: "20%" is not allowed; allowed: none with start: checkpoint, which walks new nodes only and does not know how many there are; use maxChanged`,
	},
	"share-type.bad.yaml": {
		`share-type.bad.yaml:2: maxChangedShare: "20" is not allowed; allowed: a share such as 20% or 0.5%`,
	},
	"marker.bad.yaml": {
		`marker.bad.yaml: content is missing; allowed: fields such as id: nightly`,
	},
	"merge.bad.yaml": {
		`merge.bad.yaml:2: field: "<<" is not allowed; allowed: fields, each written out`,
	},
	"no-colon.bad.yaml": {
		"no-colon.bad.yaml:2: YAML: could not find expected ':'; allowed: " + remedy,
	},
	"no-id.bad.yaml": {
		`no-id.bad.yaml: id is missing; allowed: 1 to 100 letters, digits, dots, dashes and underscores, a letter or digit first`,
	},
	"numbers.bad.yaml": {
		`numbers.bad.yaml:2: batchSize: "0x10" is not allowed; allowed: a whole number such as 4, without quotes`,
		`numbers.bad.yaml:3: lookahead: "99999999999999999999" is not allowed; allowed: a whole number such as 4, without quotes`,
	},
	"quote.bad.yaml": {
		"quote.bad.yaml:2: YAML: found unexpected end of stream; allowed: " + remedy,
	},
	"star.bad.yaml": {
		"star.bad.yaml:2: YAML: did not find expected alphabetic or numeric character; allowed: " + remedy,
	},
	"tab.bad.yaml": {
		"tab.bad.yaml:2: YAML: found a tab character that violates indentation; allowed: " + remedy,
	},
	"tag.bad.yaml": {
		`tag.bad.yaml:1: id: "!!binary bmlnaHRseQ==" is not allowed; allowed: a text`,
		`tag.bad.yaml:2: name: "!custom x" is not allowed; allowed: a text`,
	},
	"text.bad.yaml": {
		`text.bad.yaml:1: content: "nightly" is not allowed; allowed: fields such as id: nightly`,
	},
	"types.bad.yaml": {
		`types.bad.yaml:1: id: "123" is not allowed; allowed: a text; put it in quotes`,
		`types.bad.yaml:2: name: "a list" is not allowed; allowed: a text`,
		`types.bad.yaml:3: enabled: "yes" is not allowed; allowed: true or false, without quotes`,
		`types.bad.yaml:4: cron: "5" is not allowed; allowed: a text; put it in quotes`,
		`types.bad.yaml:6: timeZone: "fields of its own" is not allowed; allowed: a text`,
		`types.bad.yaml:7: catchupWindow: "1 hour" is not allowed; allowed: a duration such as 10s, 1m30s or 4h`,
		`types.bad.yaml:8: jitter: "10" is not allowed; allowed: a duration such as 10s, 1m30s or 4h`,
		`types.bad.yaml:9: batchSize: "100" is not allowed; allowed: a whole number such as 4, without quotes`,
		`types.bad.yaml:10: searchParam: "true" is not allowed; allowed: a text; put it in quotes`,
		`types.bad.yaml:11: sources: "req" is not allowed; allowed: a list such as [req, contacts]`,
		`types.bad.yaml:12: quotaReserve: "120%" is not allowed; allowed: a number such as 500, a share below 100% such as 5%, or off`,
		`types.bad.yaml:15: retryDelays: "soon" is not allowed; allowed: a duration such as 10s, 1m30s or 4h`,
		`types.bad.yaml:16: lookahead: "1.5" is not allowed; allowed: a whole number such as 4, without quotes`,
	},
	"unknown.bad.yaml": {
		`unknown.bad.yaml:2: field: "batchsize" is not allowed; allowed: batchSize`,
		`unknown.bad.yaml:3: field: "crom" is not allowed; allowed: cron`,
		`unknown.bad.yaml:4: field: "код" is not allowed; allowed: ` + everyField,
	},
	"values.bad.yaml": {
		`values.bad.yaml:1: id: "night ly" is not allowed; allowed: 1 to 100 letters, digits, dots, dashes and underscores, a letter or digit first`,
		`values.bad.yaml:3: catchupWindow: "5s" is not allowed; allowed: a duration from 10s to 8760h`,
		`values.bad.yaml:4: jitter: "1500m" is not allowed; allowed: a duration from 0s to 24h`,
		`values.bad.yaml:5: batchSize: "101" is not allowed; allowed: a whole number from 1 to 100`,
		`values.bad.yaml:6: searchParam: "KPP" is not allowed; allowed: inn or ogrn`,
		`values.bad.yaml:7: attributeToSearch: "kpp" is not allowed; allowed: names such as idocs:inn, separated by commas`,
		`values.bad.yaml:8: nodeType: "contractor" is not allowed; allowed: a name such as idocs:contractor`,
		`values.bad.yaml:10: sources: "contacts, egrdetails" is not allowed; allowed: a list with req in it: req shows which of several companies is the node's`,
		`values.bad.yaml:11: sources: "egrdetails" is not allowed; allowed: ` + strings.Join(methods.All(), ", "),
		`values.bad.yaml:12: start: "Middle" is not allowed; allowed: beginning or checkpoint`,
		`values.bad.yaml:13: retryDelays: "2000m" is not allowed; allowed: durations above 0s and up to 24h`,
		`values.bad.yaml:13: retryDelays: "0s" is not allowed; allowed: durations above 0s and up to 24h`,
		`values.bad.yaml:14: lookahead: "0" is not allowed; allowed: a whole number from 1 to 32`,
	},
}
