0
"$CALLCTL" retry --stage transcript --failed --force --dry-run --json
