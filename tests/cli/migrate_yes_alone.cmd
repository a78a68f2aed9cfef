2
"$CALLCTL" migrate --yes
