2
"$CALLCTL" status --since 24
