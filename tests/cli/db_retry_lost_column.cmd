8
psql -Xq "$DATABASE_URL" -c "alter table call_log drop column last_error"; "$CALLCTL" retry --stage transcript --enqueue CA55555555555555555555555555555555
