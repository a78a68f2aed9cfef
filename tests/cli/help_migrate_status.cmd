0
"$CALLCTL" migrate status --help
