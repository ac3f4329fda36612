-- Takes indexes.sql back, on the primary, as the owner of cdrs. Without them each list reads the whole table: stop the API first.
--   psql -v ON_ERROR_STOP=1 -d sippy -f indexes-undo.sql
-- Not in a transaction (psql -1). Where cdrs is partitioned: DROP INDEX without CONCURRENTLY, on the parent.

DROP INDEX CONCURRENTLY IF EXISTS cdrs_connect_time_i_cdr_idx;
DROP INDEX CONCURRENTLY IF EXISTS cdrs_i_account_connect_time_i_cdr_idx;
