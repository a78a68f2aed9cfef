2
CALLCTL_METRICS_FILE=callctl.prom "$CALLCTL" config
