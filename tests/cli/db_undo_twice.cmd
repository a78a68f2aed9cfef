0
"$CALLCTL" migrate --undo --yes >/dev/null; "$CALLCTL" migrate --undo --yes
