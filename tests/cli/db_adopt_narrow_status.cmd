8
psql -Xq "$DATABASE_URL" -c "ALTER TABLE call_log ADD recording_status varchar(8)"
printf "[call_log.defaults]\nbusiness_id = 1\n" >c.toml
"$CALLCTL" --config c.toml migrate --adopt
