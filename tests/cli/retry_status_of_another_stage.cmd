2
"$CALLCTL" retry --stage transcript --status recording --dry-run
