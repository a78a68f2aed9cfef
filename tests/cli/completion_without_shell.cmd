2
"$CALLCTL" completion
