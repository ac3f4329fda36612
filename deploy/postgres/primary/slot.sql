-- The slot that keeps WAL on the primary until the standby has it, where you want it before the standby is made: cdrapi-replica
-- makes it otherwise. Run as a superuser; name the slot as cdrapi-replica does (--slot):
--   psql -v ON_ERROR_STOP=1 -d sippy -v slot=standby1 -f slot.sql
-- Set max_slot_wal_keep_size first (postgresql.conf beside this file): from now on WAL is kept. slot-undo.sql takes it back.

SELECT pg_create_physical_replication_slot(:'slot', true)
WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = :'slot');
