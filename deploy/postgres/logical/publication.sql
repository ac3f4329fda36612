-- The logical replica's side of the primary: a publication of what the API reads. Run as a superuser in Sippy's database, after
-- ../primary/roles.sql, with wal_level = logical (primary.conf beside this file):
--   psql -v ON_ERROR_STOP=1 -d sippy -f publication.sql
-- publication-undo.sql takes it back. Both can be run again. PostgreSQL 10 or later.

-- The subscription copies the tables before it follows them.
GRANT SELECT ON cdrs, calls, destinations, countries, protocols, accounts, customers TO cdr_replicator;

DO $$
DECLARE
  relation regclass;
BEGIN
  -- Without a primary key, UPDATE and DELETE on a published table fail: Sippy's own.
  FOR relation IN
    SELECT c.oid FROM pg_class c
    WHERE c.oid IN ('cdrs'::regclass, 'calls'::regclass, 'destinations'::regclass, 'countries'::regclass, 'protocols'::regclass,
        'accounts'::regclass, 'customers'::regclass)
      AND c.relreplident = 'd' AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary)
  LOOP
    EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', relation);
  END LOOP;
  IF NOT EXISTS (SELECT FROM pg_publication WHERE pubname = 'cdrapi') THEN
    -- Where cdrs is partitioned (PostgreSQL 13 or later), add: WITH (publish_via_partition_root = true)
    CREATE PUBLICATION cdrapi FOR TABLE cdrs, calls, destinations, countries, protocols, accounts, customers;
  END IF;
END
$$;
