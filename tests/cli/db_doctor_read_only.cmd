1
PGOPTIONS="-c default_transaction_read_only=on" CALLCTL_STATE_DIR="$PWD/state" "$CALLCTL" doctor | grep -A1 call_log; exit "${PIPESTATUS[0]}"
