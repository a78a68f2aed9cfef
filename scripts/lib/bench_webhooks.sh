# shellcheck shell=bash
# The webhook server beside its peers. For scripts/bench, whose functions and variables it uses.
# shellcheck disable=SC2154

source "$CALLCTL_ROOT/scripts/lib/bench_receivers.sh"
source "$CALLCTL_ROOT/scripts/lib/bench_answers.sh"

# A sample is a line `ROUND SIDE RATE P99-ms SERVER-us DATABASE-us RESIDENT-MiB NOISE`.
readonly webhook_settings='-c shared_buffers=1GB'
readonly column_rate=3 column_p99=4 column_cpu='5+6' column_resident=7

# sample ROUND SIDE RECEIVER CONNECTIONS: a run of a receiver on a database of its own, in which nothing
# it is sent can be a duplicate.
sample() {
  local accepted microseconds p99
  prepare_database
  start_receiver "$3"
  wait_for_quiet
  watch_begin
  read -r accepted microseconds _ p99 < <(wrk_figures "$4")
  watch_end
  [[ -n $accepted ]] || die "no figures of $3"
  awk -v round="$1" -v side="$2" -v accepted="$accepted" -v us="$microseconds" -v p99="$p99" \
    -v server="$server_s" -v database="$database_s" -v kib="$(resident_kib)" -v noise="$noise" '
    BEGIN {
      print round, side, accepted / us * 1e6, p99 / 1000, server / accepted * 1e6, database / accepted * 1e6,
            kib / 1024, noise
    }' >>"$samples"
  stop_receiver
  check_rows "$accepted" "$4" "$3"
}

# sample_pgbench ROUND SIDE: the upsert of one row a commit, without HTTP.
sample_pgbench() {
  local pgbench rate
  pgbench=$(command -v pgbench || compgen -G '/usr/lib/postgresql/*/bin/pgbench' | tail -n 1)
  prepare_database
  wait_for_quiet
  watch_begin
  rate=$(PGHOST=$(pg_socket "$cluster") "$pgbench" --no-vacuum --protocol prepared --client 32 --jobs 2 \
    --time "$webhook_seconds" --file "$CALLCTL_ROOT/tests/bench/webhook_upsert.sql" --username postgres bench |
    awk '/^tps/ {print $3}')
  watch_end
  echo "$1 $2 $rate 0 0 0 0 $noise" >>"$samples"
}

# Of the samples of one SIDE: the median.
median_of() { # SIDE COLUMNS
  awk -v side="$1" -v columns="$2" '
    BEGIN {n = split(columns, c, "+")}
    $2 == side {sum = 0; for (i = 1; i <= n; i++) sum += $c[i]; print sum}' "$samples" | median
}

# figure NAME SIDE-BELOW SIDE-ABOVE COLUMNS GOAL: the ratio of the samples of each round, which were taken
# one after the other; and how much of the machine others had in the worst of them.
figure() {
  local ratios
  ratios=$(awk -v below="$2" -v above="$3" -v columns="$4" '
    BEGIN {n = split(columns, c, "+")}
    $2 == below || $2 == above {
      sum = 0
      for (i = 1; i <= n; i++) sum += $c[i]
      value[$1, $2] = sum
      if ($8 > noise[$1]) noise[$1] = $8
      rounds[$1]
    }
    END {for (r in rounds) print value[r, above] / value[r, below], noise[r]}' "$samples" | sort -n)
  printf '%-48s %9.5g %9.5g %7.2f %15s %10s %5.0f%%\n' "$1" "$(median_of "$2" "$4")" "$(median_of "$3" "$4")" \
    "$(cut -d ' ' -f 1 <<<"$ratios" | median)" \
    "$(awk 'NR == 1 {low = $1} {high = $1} END {printf "(%.2f-%.2f)", low, high}' <<<"$ratios")" "$5" \
    "$(awk '$2 > worst {worst = $2} END {print 100 * worst}' <<<"$ratios")"
}

figures_header() {
  printf '\n%-48s %9s %9s %7s %15s %10s %6s\n' "$1" "$2" "$3" ratio '(range)' goal others
}

# Each side of a ratio is next to the other one.
webhook_rounds() {
  local round
  for ((round = 1; round <= pairs; ++round)); do
    say "round $round of $pairs: callctl, pgbench, Flask, gevent, Node.js"
    sample "$round" callctl-32 callctl 32
    sample_pgbench "$round" pgbench
    sample "$round" callctl callctl 256
    sample "$round" flask flask 256
    sample "$round" gevent gevent 256
    sample "$round" callctl-again callctl 256
    sample "$round" node node 256
  done
}

webhook_rate_figures() {
  figures_header 'webhooks a second, durable' peer callctl
  figure 'pgbench, 32 clients : 256 connections' pgbench callctl $column_rate '>= 1.5'
  figure 'pgbench, 32 clients : 32 connections' pgbench callctl-32 $column_rate '>= 1.0'
  figure 'Flask, gunicorn gthread 2x4 : 256' flask callctl $column_rate '>= 10'
  figure 'Flask, gunicorn gevent x2 : 256' gevent callctl-again $column_rate '>= 6'
  figure 'Node.js http and pg, cluster of 2 : 256' node callctl-again $column_rate '>= 3'
  figures_header 'us of CPU a request, with PostgreSQL' callctl peer
  figure 'callctl : Flask' callctl flask $column_cpu '>= 10'
  figure 'callctl : Node.js' callctl-again node $column_cpu '>= 4'
  figures_header 'ms until the answer, 99th percentile, 256' peer callctl
  figure 'Flask : callctl' flask callctl $column_p99 '<= 0.2'
  figure 'Node.js : callctl' node callctl-again $column_p99 '<= 0.2'
  printf '\ncallctl at 256 connections: %.0f us a request itself, %.0f us PostgreSQL\n' \
    "$(median_of callctl 5)" "$(median_of callctl 6)"
}

# --- Connections that are held ---

# hold_begin idle|drip COUNT: sets $hold_pid; held until hold_end, which prints what became of them.
hold_begin() {
  rm -f "$folder/hold.in"
  mkfifo "$folder/hold.in"
  "$programs/bench_webhooks" hold "$1" "$2" "$receiver_port" <"$folder/hold.in" >"$folder/hold.out" 2>"$folder/hold.log" &
  hold_pid=$!
  exec {hold_input}>"$folder/hold.in"
  until grep -q ready "$folder/hold.out"; do
    kill -0 "$hold_pid" 2>/dev/null || die "cannot hold $2 connections: $(tail -n 1 "$folder/hold.log")"
    sleep 0.05
  done
}

hold_end() {
  exec {hold_input}>&-
  wait "$hold_pid"
  tail -n 1 "$folder/hold.out" >>"$folder/held.$1"
}

# sample_held ROUND idle|drip COUNT: the rate at 32 connections while others are open. Drips are all begun
# before, and none is due meanwhile; in the end each must have been closed.
sample_held() {
  local accepted microseconds p99
  prepare_database
  start_receiver callctl
  wait_for_quiet
  hold_begin "$2" "$3"
  watch_begin
  read -r accepted microseconds _ p99 < <(wrk_figures 32)
  watch_end
  awk -v round="$1" -v side="$2" -v accepted="$accepted" -v us="$microseconds" -v p99="$p99" \
    -v kib="$(resident_kib)" -v noise="$noise" '
    BEGIN {print round, side, accepted / us * 1e6, p99 / 1000, 0, 0, kib / 1024, noise}' >>"$samples"
  hold_end "$2"
  stop_receiver
  check_rows "$accepted" 32 callctl
}

held_figures() {
  local round
  for ((round = 1; round <= pairs; ++round)); do
    say "round $round of $pairs: 5,000 idle and 500 dripping connections"
    sample "$round" idle-none callctl 32
    sample_held "$round" idle 5000
    sample "$round" drip-none callctl 32
    sample_held "$round" drip 500
  done
  figures_header 'webhooks a second at 32 connections' without with
  figure '5,000 idle connections' idle-none idle $column_rate '>= 0.7'
  figure '500 connections that drip' drip-none drip $column_rate '>= 0.7'
  awk '{held += $1; closed += $2} END {printf "\n%d of %d idle connections were closed (goal: none)\n", closed, held}' \
    "$folder/held.idle"
  awk '{held += $1; closed += $2; if ($3 > latest) latest = $3}
    END {printf "%d of %d that dripped were closed, the last after %.1f s (goal: all)\n", closed, held, latest}' \
    "$folder/held.drip"
  printf '\n%-48s %9s %10s\n' 'resident memory' MiB goal
  printf '%-48s %9.1f %10s\n' 'at 256 connections' "$(median_of callctl $column_resident)" '< 24' \
    'with 5,000 idle' "$(median_of idle $column_resident)" '< 48'
}

# Descriptors for 5,000 connections, on both sides.
raise_limits() {
  ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
  [[ $(ulimit -n) == unlimited || $(ulimit -n) -ge 6000 ]] ||
    die "a process may open $(ulimit -n) files, and 5,000 connections need 6,000: raise the hard limit (ulimit -Hn)"
}

# On the way out, wherever that is.
webhook_cleanup() {
  touch "$folder/calm"
  stop_receiver
  kill "${twilio_pid:-}" "${hold_pid:-}" 2>/dev/null || true
  pg_remove "$webhook_cluster"
}

bench_webhooks() {
  local cluster=$webhook_cluster webhook_seconds=4 requests=$folder/requests samples=$folder/samples request_length
  local callctl=$CALLCTL_ROOT/build/bench/callctl database
  need_receivers
  raise_limits
  install_peers
  start_cluster "$webhook_settings"
  print_flush
  : >"$samples"
  # More than any receiver takes in that time.
  request_length=$("$programs/bench_webhooks" make recording 120000 "$requests")
  webhook_rounds
  webhook_rate_figures
  held_figures
  latency_figures
  loss_figure
}
