75
DATABASE_URL=postgresql://callctl:secret@127.0.0.1:1/calls "$CALLCTL" migrate --adopt
