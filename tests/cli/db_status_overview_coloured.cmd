0
"$CALLCTL" status --color always | head -n 12 | cat -v
