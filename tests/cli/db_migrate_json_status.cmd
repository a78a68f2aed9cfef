0
"$CALLCTL" migrate --json status | head -n 4
