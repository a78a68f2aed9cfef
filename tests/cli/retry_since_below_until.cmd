2
"$CALLCTL" retry --stage transcript --since 1h --until 3h --dry-run
