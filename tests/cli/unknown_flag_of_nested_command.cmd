2
"$CALLCTL" migrate status --jso
