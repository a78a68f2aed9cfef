0
"$CALLCTL" reconcile --help
