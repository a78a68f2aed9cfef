2
"$CALLCTL" status --stagee transcript
