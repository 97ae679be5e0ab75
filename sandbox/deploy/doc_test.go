// Package deploy holds tests only: they check the files for running counterparty-sync, which lie in the folder of the same
// name: the compose file, the images, the systemd unit, the alert rules, the dashboard and what is mounted. No test draws
// the dashboard. promtool reads the tests of the rules as well.
package deploy
