2
"$CALLCTL" reconcile --limit 0
