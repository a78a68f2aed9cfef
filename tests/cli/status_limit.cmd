2
"$CALLCTL" status --limit -1
