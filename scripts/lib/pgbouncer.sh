# shellcheck shell=bash
# PgBouncer in transaction mode in front of a cluster of scripts/lib/postgres.sh.

# The Debian package keeps it out of PATH.
pgbouncer_program() { command -v pgbouncer || echo /usr/sbin/pgbouncer; }

pgbouncer_url() { echo "postgresql://postgres@/postgres?host=$(cat "$1/pooler")"; }

pgbouncer_start() { # FOLDER of the cluster
  local own
  own=$(mktemp -d /tmp/callctl-pooler.XXXXXXXX)
  echo '"postgres" ""' >"$own/users"
  cat >"$own/pgbouncer.ini" <<SETTINGS
[databases]
* = host=$(pg_socket "$1") port=5432
[pgbouncer]
listen_addr =
listen_port = 5432
unix_socket_dir = $own
auth_type = trust
auth_file = $own/users
auth_user = postgres
pool_mode = transaction
max_client_conn = 500
default_pool_size = 10
server_idle_timeout = 5
logfile = $own/log
pidfile = $own/pid
SETTINGS
  pg_own_folder "$own"
  [[ $(id -u) -ne 0 ]] || chown postgres:postgres "$own"/*
  echo "$own" >"$1/pooler"
  as_pg_user "$(pgbouncer_program)" --daemon "$own/pgbouncer.ini" </dev/null >/dev/null 2>&1 ||
    die "PgBouncer did not start: $(tail -n 5 "$own/log" 2>/dev/null)"
}

pgbouncer_stop() { # FOLDER of the cluster
  local own
  own=$(cat "$1/pooler" 2>/dev/null) || return 0
  [[ ! -s $own/pid ]] || kill "$(cat "$own/pid")" 2>/dev/null || true
  rm -rf "$own" "$1/pooler"
}
