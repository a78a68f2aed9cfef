2
"$CALLCTL" retry --stage summary --untried-since yesterday
