2
"$CALLCTL" retry --stage summary --failed --status pending
