1
CALLCTL_STATE_DIR="$PWD/state" "$CALLCTL" doctor --json
