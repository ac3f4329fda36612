-- Roles and grants, made on the primary: a standby receives them with everything else. Run as a superuser in Sippy's database:
--   psql -v ON_ERROR_STOP=1 -d sippy -f roles.sql
-- then give each a password, so that it stands in no file and no history, and is kept for SCRAM whatever the server's default is:
--   psql -d sippy -c "SET password_encryption = 'scram-sha-256'" -c '\password cdr_reader' -c '\password cdr_replicator'
-- (cdr_monitor needs none: it comes over the standby's socket.)
-- Running this again repairs what was changed by hand. roles-undo.sql takes it back.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cdr_replicator') THEN
    CREATE ROLE cdr_replicator;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cdr_reader') THEN
    CREATE ROLE cdr_reader;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'cdr_monitor') THEN
    CREATE ROLE cdr_monitor;
  END IF;
END
$$;

-- Streams WAL and makes base backups, and can read no table.
ALTER ROLE cdr_replicator LOGIN REPLICATION NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS;

-- The API. Its connections are few (20 a process); the limit keeps room for other users if something leaks.
ALTER ROLE cdr_reader LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 200;

-- A standby cannot be written to anyway: this also holds after a promotion.
ALTER ROLE cdr_reader SET default_transaction_read_only = on;

-- The server's own limit. A client's timeout would leave the query running, and WAL replay waiting for it.
ALTER ROLE cdr_reader SET statement_timeout = '10min';

-- postgres_exporter. Statistics only: it can read no table.
ALTER ROLE cdr_monitor LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 10;
ALTER ROLE cdr_monitor SET default_transaction_read_only = on;
ALTER ROLE cdr_monitor SET statement_timeout = '30s';

DO $$
BEGIN
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO cdr_reader, cdr_monitor', current_database());
  -- pg_stat_wal_receiver shows its columns, and so the lag, to members of this role only. There is none before PostgreSQL 10.
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_monitor') THEN
    GRANT pg_read_all_stats TO cdr_reader;
    GRANT pg_monitor TO cdr_monitor;
  END IF;
END
$$;

-- Before PostgreSQL 15 everybody may create tables in public on the primary, these roles too. Only taking that from
-- all roles, Sippy's own among them, would end it (REVOKE CREATE ON SCHEMA public FROM PUBLIC): yours to decide.
GRANT USAGE ON SCHEMA public TO cdr_reader;

GRANT SELECT ON cdrs, calls, destinations, countries, protocols, accounts, customers TO cdr_reader;
