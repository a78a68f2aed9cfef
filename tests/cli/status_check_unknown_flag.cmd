3
"$CALLCTL" status --check --warnin 5
