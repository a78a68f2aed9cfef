0
CALLCTL_STATE_DIR="$PWD/state" "$CALLCTL" reconcile --dry-run && ls
