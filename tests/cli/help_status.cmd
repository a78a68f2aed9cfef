0
"$CALLCTL" status --help
