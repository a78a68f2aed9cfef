-- no-transaction
-- Calls are found by call_sid, so call_log needs an index that leads with it: a full one, since a
-- partial index serves no join. Built CONCURRENTLY, because the host keeps working meanwhile. Where an
-- earlier try was cut short it has left an INVALID index, which is dropped first.

SELECT format('DROP INDEX CONCURRENTLY %s', indexrelid::regclass)
FROM pg_index
WHERE indrelid = to_regclass('call_log')
  AND NOT indisvalid
  AND (SELECT relname FROM pg_class WHERE oid = indexrelid) = 'callctl_call_log_call_sid';

SELECT format('CREATE INDEX CONCURRENTLY callctl_call_log_call_sid ON %s (call_sid)', to_regclass('call_log'))
WHERE to_regclass('call_log') IS NOT NULL
  AND NOT EXISTS (
    SELECT
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indexrelid
    JOIN pg_am m ON m.oid = c.relam
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = to_regclass('call_log')
      AND i.indisvalid
      AND i.indisready
      AND i.indpred IS NULL
      AND m.amname = 'btree'
      AND a.attname = 'call_sid');
