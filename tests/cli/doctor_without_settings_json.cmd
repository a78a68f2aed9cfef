1
"$CALLCTL" doctor --json
