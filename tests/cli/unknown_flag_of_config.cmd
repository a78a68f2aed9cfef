2
"$CALLCTL" config --jsn
