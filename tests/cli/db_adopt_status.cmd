8
"$CALLCTL" migrate status
