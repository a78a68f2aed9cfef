2
"$CALLCTL" status --stage upload
