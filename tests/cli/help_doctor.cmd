0
"$CALLCTL" doctor --help
