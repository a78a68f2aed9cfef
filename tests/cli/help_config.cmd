0
"$CALLCTL" config --help
