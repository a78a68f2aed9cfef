0
"$CALLCTL" status --phone +972501234567 --json | grep call_sid
