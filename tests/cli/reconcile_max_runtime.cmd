2
"$CALLCTL" reconcile --max-runtime 10
