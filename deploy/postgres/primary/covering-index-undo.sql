-- Takes covering-index.sql back, on the primary, as the owner of cdrs; not in a transaction (psql -1). First indexes.sql again, where its
-- index on i_account was dropped.
--   psql -v ON_ERROR_STOP=1 -d sippy -f covering-index-undo.sql

DROP INDEX CONCURRENTLY IF EXISTS cdrs_i_account_statistics_idx;
