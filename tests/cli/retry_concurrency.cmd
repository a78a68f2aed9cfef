2
"$CALLCTL" retry --stage summary --concurrency 1.5 -
