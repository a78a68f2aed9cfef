2
"$CALLCTL" status --watch=soon
