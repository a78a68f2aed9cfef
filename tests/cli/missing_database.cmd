2
"$CALLCTL" status
