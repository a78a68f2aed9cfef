-- no-transaction
-- The order of claims as a whole: calls that fell due at one and the same time, as those of one retry in
-- bulk do, are told apart by the index, where each claim of some read and sorted all of them. As in 0009,
-- CONCURRENTLY where there are calls, and an INVALID index of an earlier try goes first; that of a try
-- which was still going on is built anew, since the old index goes.

SELECT 'DROP INDEX CONCURRENTLY callctl.work_due_order'
FROM pg_index
WHERE indexrelid = to_regclass('callctl.work_due_order') AND NOT indisvalid;

SELECT format('CREATE INDEX%s IF NOT EXISTS work_due_order ON callctl.work (due_at, call_id)'
              ' WHERE due_at IS NOT NULL',
              CASE WHEN EXISTS (SELECT FROM callctl.work) THEN ' CONCURRENTLY' ELSE '' END);

SELECT 'REINDEX INDEX CONCURRENTLY callctl.work_due_order'
FROM pg_index
WHERE indexrelid = to_regclass('callctl.work_due_order') AND NOT indisvalid;

SELECT 'DROP INDEX CONCURRENTLY callctl.work_due'
WHERE to_regclass('callctl.work_due') IS NOT NULL;
