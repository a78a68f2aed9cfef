2
"$CALLCTL" retry --stage transcrip CA0123456789abcdef0123456789abcdef
