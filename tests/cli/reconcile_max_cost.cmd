2
"$CALLCTL" reconcile --max-cost much
