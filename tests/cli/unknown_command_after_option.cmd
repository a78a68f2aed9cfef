2
"$CALLCTL" --config x.toml stauts
