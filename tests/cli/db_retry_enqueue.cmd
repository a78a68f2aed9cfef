4
"$CALLCTL" retry --stage summary --enqueue CA0123456789abcdef0123456789abcdef
