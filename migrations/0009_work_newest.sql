-- no-transaction
-- The newest call of those on the schedule: each fourth claim is for it, so that a backlog does not
-- starve what has just come in. Built CONCURRENTLY where there are calls, because workers and webhooks
-- keep writing meanwhile; where there are none, that would only wait for everybody's old transactions.
-- Where an earlier try was cut short it has left an INVALID index, which is dropped first.

SELECT 'DROP INDEX CONCURRENTLY callctl.work_newest'
FROM pg_index
WHERE indexrelid = to_regclass('callctl.work_newest') AND NOT indisvalid;

SELECT format('CREATE INDEX%s IF NOT EXISTS work_newest ON callctl.work (call_created_at DESC, call_id)'
              ' WHERE due_at IS NOT NULL',
              CASE WHEN EXISTS (SELECT FROM callctl.work) THEN ' CONCURRENTLY' ELSE '' END);
