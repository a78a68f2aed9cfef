0
"$CALLCTL" serve-webhooks --help
