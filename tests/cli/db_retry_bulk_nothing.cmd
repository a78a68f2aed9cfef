0
"$CALLCTL" retry --stage transcript --reason QUOTA --enqueue; "$CALLCTL" retry --stage transcript --reason QUOTA --dry-run
