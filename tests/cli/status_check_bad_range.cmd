3
"$CALLCTL" status --check -w ten
