2
"$CALLCTL" reconcile --stage sumary
