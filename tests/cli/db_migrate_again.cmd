0
"$CALLCTL" migrate
