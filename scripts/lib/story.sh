# shellcheck shell=bash
# The forty calls of the quick start: what is placed, what goes wrong, and what must come of each.
#
# Uses $sim_url and $callctl of the script that reads it.
# shellcheck disable=SC2154

declare -A story_expected=()
story_sids=()

story_sid() { printf 'CA%032d' "$1"; }

# sim METHOD PATH [JSON]
sim() {
  curl -fsS -X "$1" "$sim_url$2" ${3:+-H 'Content-Type: application/json' -d "$3"} ||
    die "the simulator refused $1 $2 $3"
}

# place NUMBER EXPECTED JSON-FIELDS: a call, and the statuses of its three stages in the end.
place() {
  local sid
  sid=$(story_sid "$1")
  story_sids+=("$sid")
  story_expected[$sid]=$2
  sim POST /sim/calls "{\"call_sid\":\"$sid\",$3}" >/dev/null
}

# sim_fault JSON-FIELDS
sim_fault() { sim POST /sim/faults "{$1}" >/dev/null; }

# fault NUMBER JSON-FIELDS: of one call.
fault() { sim_fault "\"call_sid\":\"$(story_sid "$1")\",$2"; }

readonly done_all='completed completed completed'
readonly skipped_all='skipped skipped skipped'
readonly hook=https://calls.example.com/webhook
readonly inbound="\"direction\":\"inbound\",\"voice_url\":\"$hook/incoming_call\",\"status_callback\":\"$hook/call_status\""
readonly all_events='"status_callback_events":["initiated","ringing","answered","completed"]'
readonly outbound="\"direction\":\"outbound\",\"voice_url\":\"$hook/outbound_call\",\"status_callback\":\"$hook/call_status\",$all_events"
# Somebody else serves the TwiML of these: no recording starts by itself.
readonly foreign="\"direction\":\"outbound\",\"twiml\":\"<Response><Connect><Stream url=\\\"wss://other.example.com/s\\\"/></Connect></Response>\",\"status_callback\":\"$hook/call_status\",$all_events"
readonly hebrew='"dialogue":"he-appointment"'
readonly english='"dialogue":"en-appointment"'

tell_story() {
  "story_$1"
}

# Twenty calls before the server is killed.
story_first() {
  local n
  for n in 1 2 3; do place "$n" "$done_all" "$inbound,$hebrew"; done
  for n in 4 5 6; do place "$n" "$done_all" "$outbound,$english"; done
  # Lost: the recording's callbacks, or all callbacks.
  for n in 7 8 9; do
    fault "$n" '"where":"callback.recording","kind":"drop"'
    place "$n" "$done_all" "$inbound,$english"
  done
  for n in 10 11; do
    fault "$n" '"where":"callback.recording","kind":"drop"'
    fault "$n" '"where":"callback.call","kind":"drop"'
    place "$n" "$done_all" "$outbound,$hebrew"
  done
  # Duplicated and reordered.
  for n in 12 13; do
    fault "$n" '"where":"callback.recording","kind":"duplicate"'
    place "$n" "$done_all" "$inbound,$hebrew"
  done
  for n in 14 15; do
    fault "$n" '"where":"callback.call.answered","kind":"reorder"'
    fault "$n" '"where":"callback.recording.in-progress","kind":"reorder"'
    place "$n" "$done_all" "$outbound,$english"
  done
  # Nobody answered.
  place 16 "$skipped_all" "$outbound,$hebrew,\"outcome\":\"no-answer\""
  place 17 "$skipped_all" "$outbound,$hebrew,\"outcome\":\"busy\""
  # Nothing to be heard, or nothing recorded.
  place 18 "$skipped_all" "$inbound,$hebrew,\"recording\":\"too_short\""
  place 19 "$skipped_all" "$inbound,$hebrew,\"recording\":\"silent\""
  place 20 'completed skipped skipped' "$inbound,\"dialogue\":\"silent\""
}

# Twenty calls after it.
story_second() {
  local n
  # REST starts, refused at first with 21220.
  for n in 21 22 23; do
    fault "$n" '"where":"twilio.create_recording","kind":"status","status":400,"code":"21220","times":2'
    place "$n" "$done_all" "$foreign,$english,\"duration_ms\":80000"
  done
  place 24 "$done_all" "$foreign,$hebrew,\"duration_ms\":80000"
  # Media that is not there yet.
  for n in 25 26; do
    fault "$n" '"where":"media","kind":"not_ready","times":3'
    place "$n" "$done_all" "$inbound,$hebrew"
  done
  fault 27 '"where":"media","kind":"not_ready","code":"21501","retry_after":"1","times":2'
  place 27 "$done_all" "$inbound,$english"
  fault 28 '"where":"media","kind":"truncated","times":1'
  place 28 "$done_all" "$outbound,$english"
  # Providers that fail.
  fault 29 '"where":"transcription","kind":"status","status":500,"times":1'
  place 29 "$done_all" "$inbound,$hebrew"
  fault 30 '"where":"transcription","kind":"html","times":1'
  place 30 "$done_all" "$inbound,$hebrew"
  fault 31 '"where":"transcription","kind":"status","status":429,"retry_after":"1","times":1'
  place 31 "$done_all" "$outbound,$hebrew"
  # A summary request names no call; the words of its transcript tell which one it is.
  sim_fault '"where":"summary","kind":"invalid_json","times":1,"match":"John Baker"'
  place 32 "$done_all" "$inbound,\"dialogue\":\"mixed\""
  sim_fault '"where":"summary","kind":"status","status":503,"times":1,"match":"Green Energy"'
  place 33 "$done_all" "$outbound,\"dialogue\":\"injection\""
  sim_fault '"where":"summary","kind":"refusal","match":"City Internet"'
  place 34 'completed completed failed' "$inbound,\"dialogue\":\"en-interrupted\""
  fault 35 '"where":"twilio.get_call","kind":"status","status":500,"times":1'
  fault 35 '"where":"callback.recording","kind":"drop"'
  place 35 "$done_all" "$inbound,$hebrew"
  for n in 36 37 38; do place "$n" "$done_all" "$inbound,$hebrew"; done
  for n in 39 40; do place "$n" "$done_all" "$outbound,$english"; done
}

# Every call has been answered, or was not.
story_is_under_way() {
  ! sim GET /sim/state | grep -qE '"status":"(queued|initiated|ringing)"'
}

# No call is live and no callback is on its way.
story_is_over() {
  local state
  state=$(sim GET /sim/state)
  grep -q '"callbacks_under_way":0' <<<"$state" &&
    ! grep -qE '"status":"(queued|initiated|ringing|in-progress)"' <<<"$state"
}

first_call_of_story() { echo "${story_sids[0]}"; }

# check_story: every call in its right end state, none on the schedule, none recorded twice.
check_story() {
  local wrong=0 sid statuses rows
  rows=$(psql -XAt -F ' ' "$DATABASE_URL" -c "
    select c.call_sid, c.recording_status, c.transcript_status, c.summary_status
    from call_log c join callctl.work w on w.call_log_id = c.id and w.due_at is null")
  for sid in "${story_sids[@]}"; do
    statuses=$(sed -n "s/^$sid //p" <<<"$rows")
    if [[ $statuses != "${story_expected[$sid]}" ]]; then
      printf '%s: expected "%s", found "%s"\n' "$sid" "${story_expected[$sid]}" "${statuses:-no end state}" >&2
      "$callctl" status "$sid" >&2 || true
      wrong=$((wrong + 1))
    fi
  done
  [[ $wrong -eq 0 ]] || die "$wrong of ${#story_sids[@]} calls are not in their right end state"
  check_recorded_once
}

check_recorded_once() {
  local doubled
  doubled=$(sim GET /sim/state | grep -oE '"recordings":\["RE[0-9a-f]+"(,"RE[0-9a-f]+")+' || true)
  [[ -z $doubled ]] || die "calls were recorded twice: $doubled"
}
