2
"$CALLCTL" migrate status --check
