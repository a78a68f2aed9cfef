1
"$CALLCTL" doctor
