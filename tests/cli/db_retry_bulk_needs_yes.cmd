5
"$CALLCTL" retry --stage recording --since 7d --force --enqueue; code=$?; psql -XAtq "$DATABASE_URL" -c "select count(*) from callctl.work where due_at is not null"; exit $code
