# shellcheck shell=bash
# How long the webhook server's answers take, and what is lost of what it has answered. For
# scripts/bench, whose functions and variables it uses.
# shellcheck disable=SC2154

# --- The time until an answer ---

# send_at_rate FILE LENGTH RATE SECONDS: ACCEPTED P50 P99 LONGEST, the last three in milliseconds.
send_at_rate() {
  local sent accepted rest
  read -r sent accepted rest < <("$programs/bench_webhooks" rate "$1" "$2" "$receiver_port" "$3" "$4" 64)
  [[ -n $sent && $sent -eq $accepted ]] ||
    die "of ${sent:-no} requests ${accepted:-none} were accepted: $(tail -n 3 "$folder/receiver.log")"
  echo "$accepted $rest"
}

# again_and_again COMMAND...: time and again until $folder/calm is there.
again_and_again() {
  while [[ ! -e $folder/calm ]]; do
    "$@" >>"$folder/beside.log" 2>&1 || true
  done
}

# Starts what else an operator does: sets $beside and $twilio_pid.
start_beside() {
  local twilio
  twilio=$(free_port)
  rm -f "$folder/calm"
  (exec node "$folder/peers/no_calls.mjs" "$twilio") >/dev/null 2>&1 &
  twilio_pid=$!
  (
    receiver_environment "$receiver_port" "$admin_port"
    export TWILIO_API_BASE_URL=http://127.0.0.1:$twilio OPENAI_API_KEY=none
    export CALLCTL_TRANSCRIPT_MODEL=none CALLCTL_SUMMARY_MODEL=none CALLCTL_STATE_DIR=$folder/state-beside
    mkdir -p "$CALLCTL_STATE_DIR"
    again_and_again "$callctl" reconcile --until-idle --max-runtime 10s &
    again_and_again "$callctl" migrate &
    again_and_again psql -XAtq "$database" -c 'VACUUM (ANALYZE) callctl.inbox' -c 'VACUUM (ANALYZE) callctl.work' \
      -c 'VACUUM (ANALYZE) call_log' &
    wait
  ) &
  beside=$!
}

end_beside() {
  touch "$folder/calm"
  wait "$beside" 2>/dev/null || true
  kill "$twilio_pid" 2>/dev/null || true
}

# sample_latency ROUND alone|beside: 1,000 requests a second. Beside them are 20,000 calls on the schedule,
# which reconcile drives against a Twilio that knows none of them.
sample_latency() {
  local accepted p50 p99 longest
  database=$(new_database)
  "$programs/bench_engine" --url "$database" --calls 20000 --rows-only
  start_receiver callctl
  wait_for_quiet
  : >"$folder/beside.log"
  [[ $2 == alone ]] || start_beside
  watch_begin
  read -r accepted p50 p99 longest < <(send_at_rate "$requests" "$request_length" 1000 $((2 * webhook_seconds)))
  watch_end
  [[ $2 == alone ]] || end_beside
  stop_receiver
  [[ $(psql -XAtq "$database" -c 'SELECT count(*) FROM callctl.inbox WHERE applied_at IS NOT NULL') -eq $accepted ]] ||
    die "not every accepted request is in the inbox"
  echo "$1 $2 $p50 $p99 $longest $noise" >>"$folder/latencies"
}

# sample_voice ROUND: calls that wait for their TwiML, 200 a second, and no database.
sample_voice() {
  local accepted p50 p99 longest
  prepare_database
  start_receiver callctl
  pg_halt "$cluster" immediate
  read -r accepted p50 p99 longest < <(send_at_rate "$folder/voice" "$voice_length" 200 "$webhook_seconds")
  stop_receiver
  start_cluster "$webhook_settings" 2>/dev/null
  echo "$1 voice $p50 $p99 $longest 0" >>"$folder/latencies"
}

latency_figure() { # NAME SIDE GOAL
  awk -v side="$2" '$2 == side' "$folder/latencies" >"$folder/latency"
  printf '%-48s %9.1f %9.1f %15s %9.1f %10s %5.0f%%\n' "$1" "$(cut -d ' ' -f 3 "$folder/latency" | median)" \
    "$(cut -d ' ' -f 4 "$folder/latency" | median)" \
    "$(cut -d ' ' -f 4 "$folder/latency" | sort -n | awk 'NR == 1 {low = $1} {high = $1} END {printf "(%.1f-%.1f)", low, high}')" \
    "$(cut -d ' ' -f 5 "$folder/latency" | sort -n | tail -n 1)" "$3" \
    "$(cut -d ' ' -f 6 "$folder/latency" | sort -n | tail -n 1 | awk '{print 100 * $1}')"
}

latency_figures() {
  local round voice_length
  : >"$folder/latencies"
  voice_length=$("$programs/bench_webhooks" make voice 2000 "$folder/voice")
  for ((round = 1; round <= pairs; ++round)); do
    say "round $round of $pairs: 1,000 requests a second; no database"
    sample_latency "$round" alone
    sample_latency "$round" beside
    sample_voice "$round"
  done
  printf '\n%-48s %9s %9s %15s %9s %10s %6s\n' 'ms until the answer' median p99 '(range)' longest goal others
  latency_figure '1,000 a second, alone' alone ''
  latency_figure '1,000 a second, with reconcile, VACUUM, migrate' beside '< 25'
  latency_figure 'voice, 200 a second, PostgreSQL stopped' voice '< 50'
}

# --- What is lost ---

loss_figure() {
  local kills=$((40 * pairs)) stops=$((10 * pairs))
  kills=$((kills < 200 ? kills : 200))
  stops=$((stops < 50 ? stops : 50))
  say "$kills times kill -9 of callctl, $stops immediate stops of PostgreSQL, under load"
  printf '\n'
  "$CALLCTL_ROOT/build/bench/tests/e2e/chaos/callctl-lost-webhooks" --callctl "$callctl" \
    --pg "$CALLCTL_ROOT/scripts/pg" --folder "$folder/loss" --kills "$kills" --stops "$stops" ||
    die "what was answered 2xx is lost"
}
