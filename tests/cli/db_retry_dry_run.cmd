4
CALLCTL_STATE_DIR="$PWD/state" "$CALLCTL" retry --stage summary --dry-run CA0123456789abcdef0123456789abcdef; code=$?; ls; exit $code
