1
CALLCTL_WORKERS=many "$CALLCTL" doctor; CALLCTL_WORKERS=many "$CALLCTL" doctor --json; exit 1
