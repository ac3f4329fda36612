#!/usr/bin/env bash
# Run once by the image, as the last of its initialization: what the SQL files leave to be told.
set -euo pipefail

psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" \
  -v replicator="$(cat /run/secrets/replicator)" -v reader="$(cat /run/secrets/reader)" <<'SQL'
ALTER ROLE cdr_replicator PASSWORD :'replicator';
ALTER ROLE cdr_reader PASSWORD :'reader';
CREATE INDEX IF NOT EXISTS cdrs_connect_time_i_cdr_idx ON cdrs (connect_time, i_cdr);
CREATE INDEX IF NOT EXISTS cdrs_i_account_connect_time_i_cdr_idx ON cdrs (i_account, connect_time, i_cdr);
SQL
echo 'host replication cdr_replicator all scram-sha-256' >>"$PGDATA/pg_hba.conf"
