3
"$CALLCTL" status --check
