3
"$CALLCTL" retry --stage transcript --enqueue CA$(printf %032d 0 | tr 0 2) CA$(printf %032d 0 | tr 0 3) CA$(printf %032d 0 | tr 0 4) CA$(printf %032d 0 | tr 0 6) CA$(printf %032d 0 | tr 0 7)
