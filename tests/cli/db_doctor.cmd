1
TWILIO_ACCOUNT_SID=AC00000000000000000000000000000000 TWILIO_AUTH_TOKEN=secret TWILIO_API_BASE_URL=http://127.0.0.1:1 CALLCTL_PUBLIC_URL=https://127.0.0.1:1 \
  OPENAI_API_KEY=secret OPENAI_BASE_URL=http://127.0.0.1:1/v1 CALLCTL_TRANSCRIPT_MODEL=whisper-1 CALLCTL_SUMMARY_MODEL=gpt-6-luna CALLCTL_STATE_DIR="$PWD/state" \
  "$CALLCTL" doctor --color always |
  sed -E -e "s/: Failed to connect .*/: <why>/" -e "s/within [0-9]+ms/within <time>/" | cat -v; exit "${PIPESTATUS[0]}"
