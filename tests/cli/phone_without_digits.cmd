2
"$CALLCTL" retry --stage transcript --phone abc --dry-run; "$CALLCTL" status --phone abc
