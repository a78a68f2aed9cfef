2
"$CALLCTL" serve-webhooks --workers x
