3
psql "$DATABASE_URL" -Xqc "ALTER TABLE call_log RENAME transcript_status TO ts"; "$CALLCTL" status --check
