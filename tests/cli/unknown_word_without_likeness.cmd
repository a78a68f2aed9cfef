2
"$CALLCTL" migrate everything
