2
DATABASE_URL=postgresql:///x "$CALLCTL" reconcile
