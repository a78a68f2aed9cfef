3
"$CALLCTL" retry --stage transcript --failed --dry-run
