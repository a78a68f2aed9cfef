2
"$CALLCTL" migrate --adopt --force
