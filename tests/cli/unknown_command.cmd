2
"$CALLCTL" reconcil
