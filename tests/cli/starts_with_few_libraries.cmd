1
ldd "$CALLCTL" | grep -oE "lib(curl|sndfile|systemd)[^ ]*"
