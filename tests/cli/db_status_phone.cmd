0
"$CALLCTL" status --phone +97231234567 --limit 3
