0
TWILIO_AUTH_TOKEN=secret "$CALLCTL" --log-format json config --json |
  grep -B 1 -A 3 -E '"key": "(database_url|log.format|twilio.auth_token)"'
