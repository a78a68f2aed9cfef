4
psql -Xq "$DATABASE_URL" -c "delete from call_log where call_sid like 'CA3333%'"; "$CALLCTL" retry --stage transcript --force -n CA$(printf %032d 0 | tr 0 3)
