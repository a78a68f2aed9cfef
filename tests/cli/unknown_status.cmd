2
"$CALLCTL" status --status complete
