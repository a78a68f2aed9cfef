3
psql "$DATABASE_URL" -Xqc "ALTER TABLE call_log RENAME TO calls"; "$CALLCTL" status --check
