# shellcheck shell=bash
# What the examples of the documents meet: the simulator, a configured callctl, and the calls that they name.
#
# Uses $callctl, $simulator, $page, $call, $work and failed() of the script that reads it, and adds to $pids.
# shellcheck disable=SC2154

sim() { # METHOD PATH [JSON]
  curl -fsS --noproxy '*' --max-time 60 -X "$1" "$sim_url$2" ${3:+-H 'Content-Type: application/json' -d "$3"}
}

start_simulator() { # TIME-SCALE
  "$simulator" --listen 127.0.0.1:0 --port-file "$work/port" --allow-tones --time-scale "$1" >"$work/simulator.log" 2>&1 &
  pids+=($!)
  wait_for 20 test -s "$work/port" || failed "the simulator did not start" "$work/simulator.log"
  sim_url=http://127.0.0.1:$(cat "$work/port")
}

configure_callctl() {
  make_database "callctl_examples_$$"
  port=$(free_port)
  printf '[price."whisper-1"]\naudio_minute = 0.006\n[price."gpt-6-luna"]\ninput_million = 0.1\noutput_million = 0.5\n' \
    >"$work/callctl.toml"
  environment=(PATH="$(dirname "$callctl"):$PATH" HOME="$work" LC_ALL=C.UTF-8 DATABASE_URL="$DATABASE_URL"
    TWILIO_ACCOUNT_SID=AC00000000000000000000000000000000 TWILIO_AUTH_TOKEN="sim-auth-token"
    TWILIO_API_BASE_URL="$sim_url" OPENAI_API_KEY="sk-sim" OPENAI_BASE_URL="$sim_url/v1"
    CALLCTL_TRANSCRIPT_MODEL="whisper-1" CALLCTL_SUMMARY_MODEL="gpt-6-luna" CALLCTL_CONFIG="$work/callctl.toml"
    CALLCTL_PUBLIC_URL="https://127.0.0.1:$(free_port)" CALLCTL_LISTEN="127.0.0.1:$port"
    CALLCTL_STATE_DIR="$work/state")
}

run() { env -i "${environment[@]}" "$@"; }

place() { # SID JSON-FIELDS: a call that some other application placed
  local twiml='<Response><Connect><Stream url=\"wss://other.example.com/s\"/></Connect></Response>'
  sim POST /sim/calls "{\"call_sid\":\"$1\",\"direction\":\"outbound\",\"twiml\":\"$twiml\",\"dialogue\":\"en-appointment\",$2}" >/dev/null
}

standing() { # SID
  psql -XAtq -F ' ' "$DATABASE_URL" -c "select recording_status, transcript_status from call_log where call_sid = '$1'"
}

catch_up() {
  run callctl reconcile --backfill 1h --until-idle --max-runtime 60s >"$work/out" 2>&1 || [[ $? -eq 3 ]] ||
    failed "the calls cannot be prepared" "$work/out"
}

# One call is done; of another one the transcript was given up.
have_calls() {
  unwell=$(printf 'CA%032d' 2)
  place "$call" '"record":true'
  sim GET /sim/quiet >/dev/null
  catch_up
  [[ $(standing "$call") == 'completed completed' ]] || failed "the call of the examples is not done: $(standing "$call")"
  place "$unwell" '"record":true'
  sim GET /sim/quiet >/dev/null
  sim POST /sim/faults '{"where":"transcription","kind":"status","status":500}' >/dev/null
  environment+=(CALLCTL_MAX_ATTEMPTS=1)
  catch_up
  sim DELETE /sim/faults >/dev/null
  [[ $(standing "$unwell") == 'completed failed' ]] || failed "no transcript was given up: $(standing "$unwell")"
}

is_live() { sim GET "/sim/calls/$call" | grep -q '"status":"in-progress"'; }

prepare() {
  if [[ $page == callctl-start-recording.1 ]]; then
    start_simulator 1
    configure_callctl
    run callctl migrate >"$work/out" 2>&1 || failed "migrate" "$work/out"
    place "$call" '"queue_ms":1,"ring_ms":1,"duration_ms":600000'
    wait_for 20 is_live || failed "the call is not live"
  else
    start_simulator 200
    configure_callctl
    case $page in
      # Of a database without the schema; of the configuration alone.
      callctl-migrate.1 | callctl-config.1 | callctl.toml.5) return ;;
      callctl-completion.1) mkdir -p "$work/.config/fish/completions" "$work/.zsh/completions" && return ;;
    esac
    run callctl migrate >"$work/out" 2>&1 || failed "migrate" "$work/out"
    have_calls
  fi
}
