0
"$CALLCTL" migrate --help
