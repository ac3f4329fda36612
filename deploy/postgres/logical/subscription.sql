-- The logical replica's own side: it copies the published tables, and follows them. Run by psql as a superuser, in a database of
-- the same name and encoding that has the tables, empty; docs/operations.md has the steps. The password is in the passfile alone:
--   psql -v ON_ERROR_STOP=1 -d sippy -f subscription.sql \
--     -v primary='host=192.0.2.1 user=cdr_replicator dbname=sippy passfile=/var/lib/postgresql/cdrapi.pgpass'
-- It makes a slot named cdrapi on the primary. subscription-undo.sql drops both. Both can be run again.

SELECT format('CREATE SUBSCRIPTION cdrapi CONNECTION %L PUBLICATION cdrapi', :'primary')
WHERE NOT EXISTS (
  SELECT FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE s.subname = 'cdrapi' AND d.datname = current_database())
\gexec
