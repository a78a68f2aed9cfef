0
"$CALLCTL" status --json
