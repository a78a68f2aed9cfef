2
"$CALLCTL" status --color alway
