0
"$CALLCTL" status --json --limit 1
