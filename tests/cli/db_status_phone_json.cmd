0
"$CALLCTL" status --phone +972501234562 --json | sed -n "/\"lead\"/,/\"newest\"/p"
