#!/usr/bin/env bash
# A standby in a container: copied from the primary the first time, then started.
set -euo pipefail

data=/var/lib/postgresql/data
pass=/var/lib/postgresql/data/.pgpass
if [ ! -s "$data/PG_VERSION" ]; then
  # What an interrupted copy has left.
  find "$data" -mindepth 1 -delete
  # The image leaves it open to all, and the server refuses that.
  chmod 700 "$data"
  printf 'primary:5432:*:cdr_replicator:%s\n' "$(cat /run/secrets/replicator)" >/tmp/pgpass
  chmod 600 /tmp/pgpass
  slot=()
  PGPASSFILE=/tmp/pgpass psql -XAtq "host=primary user=cdr_replicator dbname=sippy" -c "SELECT 1 FROM pg_replication_slots WHERE slot_name = 'standby'" | grep -qx 1 || slot=(-C)
  pg_basebackup -D "$data" -R -X stream "${slot[@]}" -S standby --checkpoint=fast \
    -d "host=primary user=cdr_replicator passfile=/tmp/pgpass application_name=standby"
  mv /tmp/pgpass "$pass"
  sed -i "s#/tmp/pgpass#$pass#" "$data/postgresql.auto.conf"
fi

exec postgres -D "$data" -c hot_standby=on -c wal_receiver_timeout=20s -c listen_addresses='*'
