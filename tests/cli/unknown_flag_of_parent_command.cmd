2
"$CALLCTL" migrate status --addopt
