2
"$CALLCTL" status --reason RATE
