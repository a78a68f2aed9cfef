0
"$CALLCTL" status
