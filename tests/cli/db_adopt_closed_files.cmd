0
"$CALLCTL" migrate <&- 2>&- >&- || "$CALLCTL" migrate status | head -n 3
