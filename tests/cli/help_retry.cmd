0
"$CALLCTL" retry --help
