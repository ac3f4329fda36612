-- Indexes, made on the primary: a standby cannot have indexes of its own. Run as the owner of cdrs:
--   psql -v ON_ERROR_STOP=1 -d sippy -f indexes.sql
-- CONCURRENTLY lets calls be written meanwhile; it cannot run in a transaction, so not with psql -1.
-- If it is interrupted it leaves an invalid index, which IF NOT EXISTS takes for a good one. This must find none:
--   SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid;
-- Else DROP INDEX CONCURRENTLY that one, and run this again. indexes-undo.sql takes both back.
-- Where cdrs is partitioned, CONCURRENTLY is refused on the parent: docs/operations.md has the steps.

-- Every list is in this order. i_cdr is the tie-breaker: many calls begin in the same second.
CREATE INDEX CONCURRENTLY IF NOT EXISTS cdrs_connect_time_i_cdr_idx ON cdrs (connect_time, i_cdr);

-- The same order within one account, so that a small account is not searched for among all others.
CREATE INDEX CONCURRENTLY IF NOT EXISTS cdrs_i_account_connect_time_i_cdr_idx ON cdrs (i_account, connect_time, i_cdr);
