1
"$CALLCTL" status --check
