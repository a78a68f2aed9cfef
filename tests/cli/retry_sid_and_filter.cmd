2
"$CALLCTL" retry --stage summary --failed CA0123456789abcdef0123456789abcdef
