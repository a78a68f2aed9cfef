0
printf '[price."whisper-1"]\naudio_minute = 0.006\n' >c.toml
CALLCTL_TRANSCRIPT_MODEL=whisper-1 "$CALLCTL" --config c.toml reconcile --dry-run
