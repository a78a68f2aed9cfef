2
"$CALLCTL" status CA12
