2
"$CALLCTL" reconcile --since yesterday
