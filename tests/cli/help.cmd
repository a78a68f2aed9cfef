0
"$CALLCTL" --help
