2
"$CALLCTL" --log-level info migrate stauts
