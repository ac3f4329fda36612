-- The second lock, optional: the database itself shows cdr_reader the CDRs of those accounts only that the API has set on its
-- session (cdrapi.accounts, '*' = all), and none where nothing is set. Run as the owner of cdrs or as a superuser, on the primary,
-- after roles.sql, and set Database:RowLevelSecurity=true in the API:
--   psql -d sippy -f row-level-security.sql
-- row-level-security-undo.sql takes it back. Both can be run again.
-- cdrs changes for no other role, with two exceptions: one that neither owns it nor is a superuser cannot COPY into it any more, and
-- must give pg_dump --enable-row-security.

BEGIN;

DROP POLICY IF EXISTS everybody ON cdrs;
DROP POLICY IF EXISTS cdr_reader_accounts ON cdrs;

CREATE POLICY everybody ON cdrs USING (true) WITH CHECK (true);

-- Each setting is read once a query, not once a row. '' is what a setting that was taken back leaves.
CREATE POLICY cdr_reader_accounts ON cdrs AS RESTRICTIVE FOR SELECT TO cdr_reader USING (
  (SELECT current_setting('cdrapi.accounts', true)) = '*'
  OR i_account = ANY ((SELECT nullif(nullif(current_setting('cdrapi.accounts', true), '*'), '')::bigint[])::bigint[]));

ALTER TABLE cdrs ENABLE ROW LEVEL SECURITY;

COMMIT;
