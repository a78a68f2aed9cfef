2
"$CALLCTL" migrate --undo --yes status
