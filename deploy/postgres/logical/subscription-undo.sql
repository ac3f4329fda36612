-- Takes subscription.sql back, and drops its slot on the primary. The tables stay, with what they have.
--   psql -v ON_ERROR_STOP=1 -d sippy -f subscription-undo.sql
-- Where the primary is gone for good: ALTER SUBSCRIPTION cdrapi DISABLE; ALTER SUBSCRIPTION cdrapi SET (slot_name = NONE); then this.

DROP SUBSCRIPTION IF EXISTS cdrapi;
