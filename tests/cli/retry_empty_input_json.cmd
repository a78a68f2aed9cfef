0
"$CALLCTL" retry --stage summary --json -
