5
"$CALLCTL" migrate --undo >/dev/null
