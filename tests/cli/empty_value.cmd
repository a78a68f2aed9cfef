2
"$CALLCTL" retry --stage summary --failed --since "" --yes
