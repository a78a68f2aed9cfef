8
psql -Xq "$DATABASE_URL" -c "alter table call_log drop column last_error"; "$CALLCTL" migrate status | head -n 5; "$CALLCTL" migrate status >/dev/null
