8
psql -Xq "$DATABASE_URL" -c "set client_min_messages to error; drop schema callctl cascade"; "$CALLCTL" status
