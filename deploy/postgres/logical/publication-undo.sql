-- Takes publication.sql back. Drop the subscription on the replica first (subscription-undo.sql), or its slot keeps WAL here.
--   psql -v ON_ERROR_STOP=1 -d sippy -f publication-undo.sql

DROP PUBLICATION IF EXISTS cdrapi;

DO $$
DECLARE
  relation regclass;
BEGIN
  FOR relation IN
    SELECT c.oid FROM pg_class c
    WHERE c.oid IN ('cdrs'::regclass, 'calls'::regclass, 'destinations'::regclass, 'countries'::regclass, 'protocols'::regclass,
        'accounts'::regclass, 'customers'::regclass)
      AND c.relreplident = 'f' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
  LOOP
    EXECUTE format('ALTER TABLE %s REPLICA IDENTITY DEFAULT', relation);
  END LOOP;
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'cdr_replicator') THEN
    REVOKE SELECT ON cdrs, calls, destinations, countries, protocols, accounts, customers FROM cdr_replicator;
  END IF;
END
$$;
