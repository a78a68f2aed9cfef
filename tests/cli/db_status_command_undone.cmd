0
"$CALLCTL" status CA77777777777777777777777777777777 --json | grep \"command; "$CALLCTL" retry --stage transcript --enqueue CA77777777777777777777777777777777 >/dev/null
