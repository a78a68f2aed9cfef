2
"$CALLCTL" start-recording --wait -5s CA0123456789abcdef0123456789abcdef
