8
printf "[call_log.defaults]\nbusiness_id = 1\n" >c.toml
"$CALLCTL" --config c.toml migrate --adopt --yes | grep touch | cat -v
exit "${PIPESTATUS[0]}"
