0
"$CALLCTL" start-recording --help
