2
"$CALLCTL" retry --stage summary
