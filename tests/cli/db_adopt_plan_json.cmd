0
"$CALLCTL" migrate --dry-run --json | head -n 12
