0
"$CALLCTL" migrate --json
