1
PGOPTIONS="-c role=pg_read_all_data" "$CALLCTL" retry --stage transcript --enqueue CA55555555555555555555555555555555
