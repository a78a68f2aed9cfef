0
"$CALLCTL" completion --help
