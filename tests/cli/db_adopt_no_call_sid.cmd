0
psql -Xq "$DATABASE_URL" -c "drop table call_log; create table call_log (id serial primary key, sid text, created_at timestamp)"; "$CALLCTL" migrate --adopt -n
