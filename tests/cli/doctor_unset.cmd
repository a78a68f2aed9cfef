1
"$CALLCTL" doctor --webhook
