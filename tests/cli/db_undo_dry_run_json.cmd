0
"$CALLCTL" migrate --undo --dry-run --json
