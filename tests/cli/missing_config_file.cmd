2
"$CALLCTL" --config nowhere.toml config
