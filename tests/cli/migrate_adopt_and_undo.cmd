2
"$CALLCTL" migrate --adopt --undo
