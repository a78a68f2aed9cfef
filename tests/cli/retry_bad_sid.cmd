2
"$CALLCTL" retry --stage summary "CA x; drop table"
