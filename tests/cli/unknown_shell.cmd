2
"$CALLCTL" completion fsh
