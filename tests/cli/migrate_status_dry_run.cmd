2
"$CALLCTL" migrate status --dry-run
