0
TWILIO_AUTH_TOKEN=secret CALLCTL_BUSINESS_NAME="Example Dental Clinic" "$CALLCTL" config |
  grep -E "^(SETTING|database_url|listen|business_name|state_dir|twilio.auth_token) "
