2
"$CALLCTL" migrate status --colour always
