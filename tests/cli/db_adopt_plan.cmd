0
"$CALLCTL" migrate --dry-run | head -n 26
