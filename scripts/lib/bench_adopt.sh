# shellcheck shell=bash
# `callctl migrate --adopt` on a host's table that is written to. For scripts/bench, whose functions and
# variables it uses.
# shellcheck disable=SC2154

# adopt_rows DATABASE ROWS: calls of two years as generation M keeps them; indexes are made last.
adopt_rows() {
  local definitions
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --file "$CALLCTL_ROOT/tests/data/host_m.sql" "$1"
  definitions=$(psql -XAtq "$1" -c "SELECT indexdef || ';' FROM pg_indexes WHERE tablename = 'call_log' AND indexname NOT LIKE '%pkey'")
  psql -XAtq "$1" -c "SELECT format('DROP INDEX %I;', indexname) FROM pg_indexes WHERE tablename = 'call_log' AND indexname NOT LIKE '%pkey'" |
    psql -Xq "$1"
  psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$1" <<SQL
SET synchronous_commit = off;
INSERT INTO leads (tenant_id, full_name) SELECT 1, 'lead ' || n FROM generate_series(1, 10000) AS n;
INSERT INTO call_log (business_id, lead_id, call_sid, from_number, to_number, direction, duration, call_status, status,
                      recording_url, recording_sid, final_transcript, summary, stream_duration_sec, recording_count,
                      customer_name, summary_status, created_at)
SELECT 1 + n % 2, 1 + n % 10000, 'CA' || lpad(to_hex(n), 32, '0'), '+1500555' || lpad((n % 10000)::text, 4, '0'),
       '+15005550100', CASE WHEN n % 3 = 0 THEN 'outbound' ELSE 'inbound' END, n % 600, 'completed', 'processed',
       CASE WHEN n % 4 < 3 THEN 'https://api.twilio.com/2010-04-01/Accounts/AC/Recordings/RE' || lpad(to_hex(n), 32, '0') END,
       CASE WHEN n % 4 < 3 THEN 'RE' || lpad(to_hex(n), 32, '0') END,
       CASE WHEN n % 2 = 0 THEN repeat('Good morning, how can I help? ', 1 + n % 10) END,
       CASE WHEN n % 2 = 0 THEN 'A leaking boiler, visit agreed for Monday.' END, n % 600, n % 2, 'customer ' || n % 5000,
       CASE WHEN n % 2 = 0 THEN 'completed' END, now() - ($2 - n) * interval '6 seconds'
FROM generate_series(1, $2) AS n;
SET maintenance_work_mem = '512MB';
ALTER TABLE call_log DROP CONSTRAINT chk_summary_status, ADD CONSTRAINT chk_summary_status
  CHECK (summary_status IN ('pending', 'processing', 'completed', 'failed', 'skipped'));
$definitions
SQL
  psql -Xq "$1" -c 'VACUUM (ANALYZE) call_log'
}

# host_checksum DATABASE ROWS: of every column that the host had and the stream of writes leaves alone.
host_checksum() {
  local columns
  [[ -s $folder/host_columns ]] ||
    psql -XAtq "$1" -c "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
      WHERE attrelid = 'call_log'::regclass AND attnum > 0 AND attname NOT IN ('duration', 'updated_at')" >"$folder/host_columns"
  columns=$(<"$folder/host_columns")
  psql -XAtq "$1" -c "SELECT count(*) || ' ' || sum(hashtextextended(ROW($columns)::text, 0)::numeric) FROM call_log WHERE id <= $2"
}

# host_writes DATABASE ROWS SECONDS: INSERT and UPDATE, 200 a second from two clients; adds the milliseconds
# of each write to the file host_writes. What it was late before it was sent is not counted: pgbench begins
# its schedule before it has connected.
host_writes() {
  local pgbench
  pgbench=$(command -v pgbench || compgen -G '/usr/lib/postgresql/*/bin/pgbench' | tail -n 1)
  rm -f "$folder"/log.*
  "$pgbench" --no-vacuum --protocol prepared --client 2 --jobs 2 --rate 200 --time "$3" --define "rows=$2" \
    --log --log-prefix "$folder/log" --file "$CALLCTL_ROOT/tests/bench/host_insert.sql" \
    --file "$CALLCTL_ROOT/tests/bench/host_update.sql" "$1" >"$folder/pgbench.out" 2>&1 ||
    { cat "$folder/pgbench.out" >&2 && die "a write of the host failed"; }
  awk '{print ($3 - $7) / 1000, $4}' "$folder"/log.* >>"$folder/host_writes"
}

# watch_locks DATABASE: how long a session of the host has been waiting for a lock, in ms, every 10 ms.
watch_locks() {
  exec psql -XAtq "$1" >"$folder/lock_waits" 2>&1 <<'SQL'
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - l.waitstart) * 1000), 0)
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE NOT l.granted AND a.application_name = 'pgbench' \watch 0.01
SQL
}

# write_figures NAME: of host_writes, which it empties.
write_figures() {
  sort -n "$folder/host_writes" | awk -v name="$1" '
    {ms[NR] = $1}
    END {printf "%-46s %9d %9.1f %9.1f %9.1f\n", name, NR, ms[int(NR / 2) + 1], ms[int(NR * 0.999)], ms[NR]}'
  cat "$folder/host_writes" >>"$folder/all_writes"
  rm "$folder/host_writes"
}

bench_adopt() {
  local url before durations begun took adopter watcher
  start_cluster
  url=$(new_database)
  say "making a call_log of $rows rows"
  adopt_rows "$url" "$rows"
  before=$(host_checksum "$url" "$rows")
  durations=$(psql -XAtq "$url" -c 'SELECT sum(duration) FROM call_log')
  printf '[call_log.defaults]\nbusiness_id = 1\n' >"$folder/callctl.toml"
  printf '\n%-46s %9s %9s %9s %9s\n' 'writes of the host, 200 a second, ms' writes median 99.9% longest
  host_writes "$url" "$rows" 20
  write_figures 'before'
  begun=$SECONDS
  DATABASE_URL=$url "$CALLCTL_ROOT/build/bench/callctl" --config "$folder/callctl.toml" migrate --adopt --yes \
    >"$folder/adopt.out" 2>"$folder/adopt.err" &
  adopter=$!
  watch_locks "$url" &
  watcher=$!
  while kill -0 "$adopter" 2>/dev/null; do host_writes "$url" "$rows" 5; done
  wait "$adopter" || { tail "$folder/adopt.err" >&2 && die "the adoption failed"; }
  took=$((SECONDS - begun))
  kill "$watcher" 2>/dev/null || true
  wait "$watcher" 2>/dev/null || true
  write_figures 'while callctl migrate --adopt runs'
  printf '\n%s\n' "$(tail -n 1 "$folder/adopt.out")"
  printf '%-46s %9.1f\n' 'longest wait of a write for a lock, ms' "$(grep -E '^[0-9.]+$' "$folder/lock_waits" | sort -n | tail -n 1)"
  printf '%-46s %9s\n' 'times that it was looked for' "$(grep -cE '^[0-9.]+$' "$folder/lock_waits")"
  printf '%-46s %9s\n' 'seconds, the last writes included' "$took" \
    'times that it gave way' "$(grep -c 'waiting for a lock' "$folder/adopt.err" || true)"
  [[ $(host_checksum "$url" "$rows") == "$before" ]] || die "a column of the host has changed"
  printf '%-46s %9s\n' "columns of the host, each of $rows rows" unchanged
  [[ $(psql -XAtq "$url" -c "SELECT sum(duration) - $durations || ' ' || count(*) - $rows FROM call_log") == \
    $(awk '{count[$2]++} END {print count[1] + 0, count[0] + 0}' "$folder/all_writes") ]] || die "a write of the host was lost"
  printf '%-46s %9s\n' "writes of the host" 'all there'
}
