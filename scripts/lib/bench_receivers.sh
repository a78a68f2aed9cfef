# shellcheck shell=bash
# The receivers of webhooks that scripts/bench measures, and what one sample of them is. Uses its
# functions and variables.
# shellcheck disable=SC2154

readonly receiver_account=AC00000000000000000000000000000000 # these three as in tests/bench/webhooks
readonly receiver_token=bench-auth-token-6f1d
readonly receiver_public_url=https://calls.example.com
receiver_pid=

need_receivers() {
  local tool
  for tool in wrk node npm curl; do
    command -v "$tool" >/dev/null || die "$tool is missing; ./scripts/setup --bench installs all but Node.js 20 with npm"
  done
  /usr/bin/python3 -c 'import flask, gevent, gunicorn, psycogreen, psycopg2' 2>/dev/null ||
    die "a peer in Python is missing; ./scripts/setup --bench installs them"
}

# free_port: below the range that outgoing connections are given theirs from.
free_port() {
  local port
  while port=$((RANDOM % 12000 + 16000)); do
    (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port" && return; }
  done
}

# For callctl and its peers alike. Nothing of the caller's own configuration counts.
receiver_environment() { # PORT ADMIN-PORT
  local name
  for name in $(compgen -v | grep -E '^(CALLCTL_|TWILIO_|OPENAI_)' | grep -vx CALLCTL_ROOT); do
    unset "$name"
  done
  export TWILIO_ACCOUNT_SID=$receiver_account TWILIO_AUTH_TOKEN=$receiver_token
  export CALLCTL_PUBLIC_URL=$receiver_public_url CALLCTL_STREAM_URL=wss://agent.example.com/stream
  export CALLCTL_LISTEN=127.0.0.1:$1 CALLCTL_ADMIN_LISTEN=127.0.0.1:$2 CALLCTL_STATE_DIR=$folder/state
  export PGHOST PGUSER=postgres PGDATABASE=bench DATABASE_URL=$database HOME=$folder
  PGHOST=$(pg_socket "$cluster")
}

# start_receiver NAME: sets $receiver_pid and $receiver_port; it answers when this returns.
start_receiver() {
  local gunicorn=(/usr/bin/python3 -m gunicorn --chdir "$folder/peers" --keep-alive 60 --log-level error)
  receiver_port=$(free_port)
  admin_port=$(free_port)
  rm -rf "$folder/state" # a spool belongs to one database
  mkdir "$folder/state"
  (
    receiver_environment "$receiver_port" "$admin_port"
    gunicorn+=(--bind "127.0.0.1:$receiver_port" --workers 2 --worker-connections 1000)
    case $1 in
      callctl) exec "$callctl" serve-webhooks --workers 0 ;;
      flask) POOL=4 exec "${gunicorn[@]}" --worker-class gthread --threads 4 receiver:app ;;
      gevent) POOL=16 RECEIVER_GEVENT=1 exec "${gunicorn[@]}" --worker-class gevent receiver:app ;;
      node) exec node "$folder/peers/receiver.mjs" "$receiver_port" ;;
    esac
  ) >"$folder/receiver.log" 2>&1 </dev/null &
  receiver_pid=$!
  await_receiver "$1"
}

await_receiver() { # NAME
  local try
  for try in {1..200}; do
    # 000 is no answer at all
    [[ $(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$receiver_port/") == 000 ]] || return 0
    kill -0 "$receiver_pid" 2>/dev/null || break
    sleep 0.05
  done
  die "$1 does not answer (asked $try times): $(tail -n 5 "$folder/receiver.log")"
}

stop_receiver() {
  local process=$receiver_pid
  receiver_pid=
  [[ -n $process ]] || return 0
  kill -TERM "$process" 2>/dev/null || true
  # gunicorn and Node.js would wait for connections that are kept alive.
  for _ in {1..40}; do
    kill -0 "$process" 2>/dev/null || break
    sleep 0.05
  done
  # shellcheck disable=SC2046  # one word a process
  kill -KILL "$process" $(pgrep -P "$process") 2>/dev/null || true
  wait "$process" 2>/dev/null || true
}

postmaster() { head -n 1 "$(pg_data "$cluster")/postmaster.pid"; }

# clock_ticks PID...: for each the CPU time of it, of all below it, and of their dead children.
clock_ticks() {
  cat /proc/[0-9]*/stat 2>/dev/null | awk -v roots="$*" '
    {
      pid = $1
      sub(/^.*\) /, "") # the name of a program may hold anything
      parent[pid] = $2
      ticks[pid] = $12 + $13 + $14 + $15
    }
    END {
      count = split(roots, root, " ")
      for (i = 1; i <= count; i++) {
        sum = 0
        for (pid in ticks) {
          for (p = pid; p in parent && p != root[i] && p > 1; p = parent[p]);
          if (p == root[i]) sum += ticks[pid]
        }
        printf "%d%s", sum, i < count ? " " : "\n"
      }
    }' || true
}

# machine_ticks: used by all processes together, and stolen by other machines.
machine_ticks() { awk '$1 == "cpu" {print $2 + $3 + $4, $9}' /proc/stat; }

# watch_begin, watch_end: what the receiver, PostgreSQL and everybody else used in between. Sets
# $server_s and $database_s in seconds, and $noise, the share of the machine that was not ours.
watch_begin() {
  watch_start=$EPOCHREALTIME
  read -r server_before database_before ours_before < <(clock_ticks "${receiver_pid:-0}" "$(postmaster)" $$)
  read -r busy_before steal_before < <(machine_ticks)
}

watch_end() {
  local server database ours busy steal
  read -r server database ours < <(clock_ticks "${receiver_pid:-0}" "$(postmaster)" $$)
  read -r busy steal < <(machine_ticks)
  read -r server_s database_s noise < <(awk -v hertz="$(getconf CLK_TCK)" -v cores="$(nproc)" -v start="$watch_start" \
    -v end="$EPOCHREALTIME" -v server=$((server - server_before)) -v database=$((database - database_before)) \
    -v ours=$((ours - ours_before)) -v busy=$((busy - busy_before)) -v steal=$((steal - steal_before)) '
    BEGIN {
      foreign = busy - ours - database
      if (foreign < 0) foreign = 0
      printf "%.3f %.3f %.3f\n", server / hertz, database / hertz, (foreign + steal) / hertz / cores / (end - start)
    }')
}

# wait_for_quiet: a second in which nobody else did much; after five others we go on all the same.
# shellcheck disable=SC2034  # watch_end sets all three
wait_for_quiet() {
  local server_s database_s noise
  for _ in {1..5}; do
    watch_begin
    sleep 1
    watch_end
    if awk -v noise="$noise" 'BEGIN {exit noise < 0.08 ? 0 : 1}'; then return; fi
  done
}

# resident_kib: of the receiver's processes.
resident_kib() {
  local process pids=("$receiver_pid")
  mapfile -t -O 1 pids < <(pgrep -P "$receiver_pid")
  for process in "${pids[@]}"; do
    awk '$1 == "VmRSS:" {print $2}' "/proc/$process/status" 2>/dev/null || true
  done | awk '{sum += $1} END {print sum + 0}'
}

# prepare_database: a new one with our schema. Sets $database.
prepare_database() {
  database=$(new_database)
  DATABASE_URL=$database "$callctl" migrate >/dev/null 2>&1 || die "callctl migrate failed"
}

# check_rows ACCEPTED UNANSWERED NAME: each accepted request is a row, and each row was a request, of
# which those that were under way at the end had no answer counted.
check_rows() {
  local rows least most
  if [[ $3 == callctl ]]; then
    rows="(SELECT count(*) FROM callctl.inbox WHERE applied_at IS NOT NULL AND deliveries = 1),
          (SELECT count(*) FROM callctl.work WHERE recording_sid IS NOT NULL)"
  else
    rows="(SELECT count(*) FROM call_log)"
  fi
  read -r least most < <(psql -XAtq -F ' ' "$database" -c "
    SELECT min(n), max(n)
    FROM unnest(ARRAY[(SELECT count(*) FROM call_log WHERE recording_sid IS NOT NULL), $rows]) AS n")
  [[ $least -ge $1 && $most -le $(($1 + $2)) && $least -eq $most ]] ||
    die "$3 answered $1 requests 2xx, and there are $least to $most rows: the figure would be false"
}

# wrk_figures CONNECTIONS: accepted requests, the time in microseconds, the median and the 99th
# percentile of the latency in microseconds.
wrk_figures() {
  local accepted faults rest
  read -r accepted faults rest < <(wrk --threads 1 --connections "$1" --duration "${webhook_seconds}s" \
    --timeout 20s --latency --script "$CALLCTL_ROOT/tests/bench/webhooks/wrk.lua" \
    "http://127.0.0.1:$receiver_port/" -- "$requests" "$request_length" | sed -n 's/^figures //p')
  [[ $faults -eq 0 ]] || die "$faults of $((accepted + faults)) requests failed: $(tail -n 3 "$folder/receiver.log")"
  echo "$accepted $rest"
}
