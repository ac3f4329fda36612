-- Takes row-level-security.sql back. Unset Database:RowLevelSecurity in the API first: it refuses to start without the policies.
--   psql -d sippy -f row-level-security-undo.sql

BEGIN;
ALTER TABLE cdrs DISABLE ROW LEVEL SECURITY;
DROP POLICY IF EXISTS everybody ON cdrs;
DROP POLICY IF EXISTS cdr_reader_accounts ON cdrs;
COMMIT;
