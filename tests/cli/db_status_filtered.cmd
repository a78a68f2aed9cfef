0
"$CALLCTL" status --status failed --show-numbers | tail -n 3
