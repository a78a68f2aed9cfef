2
"$CALLCTL" reconcile --limit x
