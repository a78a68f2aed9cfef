2
"$CALLCTL" status --watch 5
