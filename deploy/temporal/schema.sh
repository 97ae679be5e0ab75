#!/bin/sh
# Makes Temporal's two databases and brings their schema to the version of this temporal-sql-tool. It may run again at
# any time: what is there already stays. An upgrade of Temporal runs it with the new version, before the new server.
#
# Environment: SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER as temporal-sql-tool has them, and SQL_PASSWORD_FILE.
set -eu

SQL_PASSWORD=$(cat "$SQL_PASSWORD_FILE")
export SQL_PASSWORD

# schema DATABASE NAME: setup-schema makes the table that holds the version, and leaves a version that is there alone.
schema() {
  temporal-sql-tool --db "$1" create-database
  temporal-sql-tool --db "$1" setup-schema --version 0.0
  temporal-sql-tool --db "$1" update-schema --schema-name "$2"
}

schema temporal postgresql/v12/temporal
schema temporal_visibility postgresql/v12/visibility
echo "schema is ready"
