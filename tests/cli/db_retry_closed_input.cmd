0
timeout 20 "$CALLCTL" retry --stage transcript -n - <&-
