2
CALLCTL_PUBLIC_URL=ftp://calls.example.com "$CALLCTL" config
