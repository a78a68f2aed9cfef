0
printf "[call_log.defaults]\nbusiness_id = 1\n" >c.toml
"$CALLCTL" --config c.toml migrate --adopt --yes | tail -n 1
"$CALLCTL" migrate --undo --yes --json >/dev/null && psql -XAtq "$DATABASE_URL" -c "select count(*), sum(id) from call_log"
