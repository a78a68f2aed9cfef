2
"$CALLCTL" srve
