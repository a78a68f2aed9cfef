1
echo "listn = 1" >callctl.toml; "$CALLCTL" --config callctl.toml doctor
