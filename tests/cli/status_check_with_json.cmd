3
"$CALLCTL" status --check --json
