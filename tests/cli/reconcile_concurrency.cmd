2
"$CALLCTL" reconcile --concurrency 513
