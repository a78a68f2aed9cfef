2
DATABASE_URL=postgresql://127.0.0.1:1/x "$CALLCTL" reconcile --dry-run --max-cost 1
