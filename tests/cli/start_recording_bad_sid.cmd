2
"$CALLCTL" start-recording RE0123456789abcdef0123456789abcdef
