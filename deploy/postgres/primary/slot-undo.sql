-- Drops the slot of a standby that is given up; one in use is refused ("is active"): stop the standby first. On the primary:
--   psql -v ON_ERROR_STOP=1 -d sippy -v slot=standby1 -f slot-undo.sql

SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = :'slot';
