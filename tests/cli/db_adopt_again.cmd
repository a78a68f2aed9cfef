0
printf "[call_log.defaults]\nbusiness_id = 1\n" >c.toml
"$CALLCTL" --config c.toml migrate --adopt --yes >/dev/null && "$CALLCTL" --config c.toml migrate --adopt | tail -n 1
