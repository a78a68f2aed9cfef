2
"$CALLCTL" status -w 5
