75
coproc psql -XAtq "$DATABASE_URL"; echo "begin; select id from call_log where call_sid like 'CA3333%' for update;" >&"${COPROC[1]}"; read -r id <&"${COPROC[0]}"; "$CALLCTL" retry --stage transcript --enqueue --force CA$(printf %032d 0 | tr 0 3); exit $?
