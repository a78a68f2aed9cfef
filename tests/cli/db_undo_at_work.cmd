5
psql -Xq "$DATABASE_URL" -c "insert into callctl.work (call_sid, call_log_id, stage, call_created_at, lease_owner, lease_until)
  values ('CA00000000000000000000000000000001', 1, 'summary', now(), 'w', now() + interval '1 hour')"
"$CALLCTL" migrate --undo --yes >/dev/null && exit 1
"$CALLCTL" migrate --undo --yes --force >/dev/null && exit 5
