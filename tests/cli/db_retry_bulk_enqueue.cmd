3
"$CALLCTL" retry --stage transcript --failed --enqueue; code=$?; echo; "$CALLCTL" retry --stage transcript --failed --enqueue; exit $code
