2
"$CALLCTL" status --reason NO_ANSWERS
