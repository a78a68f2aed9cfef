2
"$CALLCTL" --log-level x config
