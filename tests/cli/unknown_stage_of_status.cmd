2
"$CALLCTL" status --stage Recording
