141
exec 3> >(:); wait $!; "$CALLCTL" --help >&3
