2
"$CALLCTL" retry --stage summary --limit 5
