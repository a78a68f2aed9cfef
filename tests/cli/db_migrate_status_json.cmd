0
"$CALLCTL" migrate status --json | head -n 18
