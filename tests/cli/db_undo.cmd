0
"$CALLCTL" migrate --undo --yes
