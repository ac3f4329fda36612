-- Takes roles.sql back. Stop the API and the standby's monitoring first, and remove the standby (cdrapi-replica --remove);
-- row-level-security-undo.sql first, where that is in use. Run as a superuser in Sippy's database:
--   psql -v ON_ERROR_STOP=1 -d sippy -f roles-undo.sql
-- What else was granted to these roles is named by the error "some objects depend on it": revoke it, and run this again.

DO $$
DECLARE
  name text;
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'cdr_reader') THEN
    REVOKE SELECT ON cdrs, calls, destinations, countries, protocols, accounts, customers FROM cdr_reader;
    REVOKE USAGE ON SCHEMA public FROM cdr_reader;
  END IF;
  FOREACH name IN ARRAY ARRAY['cdr_reader', 'cdr_monitor', 'cdr_replicator'] LOOP
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
      EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM %I', current_database(), name);
      EXECUTE format('DROP ROLE %I', name);
    END IF;
  END LOOP;
END
$$;
