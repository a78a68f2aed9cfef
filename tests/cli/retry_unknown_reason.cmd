2
"$CALLCTL" retry --stage summary --reason TIMEOT
