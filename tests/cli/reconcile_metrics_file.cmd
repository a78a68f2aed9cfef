2
"$CALLCTL" reconcile --metrics-file /tmp/callctl.txt
