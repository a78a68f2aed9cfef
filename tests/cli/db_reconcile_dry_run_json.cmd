0
"$CALLCTL" reconcile --dry-run --json
