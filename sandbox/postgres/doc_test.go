// Package postgres_test runs what docker-compose.yml would run, without containers: PostgreSQL of this machine, the schema job,
// Temporal's server with the configuration that compose mounts, the jobs of the starter, a worker and two passes. Commands,
// environments and health checks are read from docker-compose.yml, so that they can't drift from it; only addresses and
// ports are others.
//
// There is nothing here but tests. They are skipped on a machine without PostgreSQL, unless REQUIRE_POSTGRES is set.
package postgres_test
