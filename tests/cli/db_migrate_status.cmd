0
"$CALLCTL" migrate status
