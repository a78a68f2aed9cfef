# shellcheck shell=bash
# A PostgreSQL cluster of one's own: no TCP, a Unix socket in a short path, trust within it.
#
# A cluster is named by its folder. Set CALLCTL_PG_SETTINGS to `-c name=value ...` for more settings.

# The server's programs; Debian keeps them out of PATH.
pg_bin() {
  local newest
  if command -v initdb >/dev/null; then
    dirname "$(command -v initdb)"
    return
  fi
  newest=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -V | tail -n 1)
  [[ -n $newest ]] || die "initdb is missing; ./scripts/setup installs PostgreSQL"
  dirname "$newest"
}

# The server refuses to run as root, so root runs it as the user that the Debian package makes.
pg_user() { if [[ $(id -u) -eq 0 ]]; then echo postgres; else id -un; fi; }

as_pg_user() {
  if [[ $(id -u) -eq 0 ]]; then
    # From /, because that user may not be able to enter the present folder.
    (cd / && setpriv --reuid=postgres --regid=postgres --init-groups --reset-env -- "$@")
  else
    "$@"
  fi
}

# pg_data FOLDER: where the cluster's data is: in FOLDER, or, where the server's user cannot reach
# that (a checkout in /root), in a folder below /var/tmp that FOLDER points to.
pg_data() {
  if [[ -L $1/data ]]; then readlink "$1/data"; else echo "$1/data"; fi
}

# pg_socket FOLDER: the folder of its socket, in /tmp because a socket's path has at most 107 bytes.
pg_socket() { cat "$1/socket" 2>/dev/null; }

# pg_url FOLDER [DATABASE]
pg_url() {
  [[ -s $1/socket ]] || die "no cluster runs in $1"
  echo "postgresql://postgres@/${2:-postgres}?host=$(pg_socket "$1")"
}

pg_is_running() {
  [[ -d $(pg_data "$1") ]] && as_pg_user "$(pg_bin)/pg_ctl" --pgdata "$(pg_data "$1")" status >/dev/null 2>&1
}

# A folder that only the server's user may look into.
pg_own_folder() {
  chmod 700 "$1"
  [[ $(id -u) -ne 0 ]] || chown postgres:postgres "$1"
}

pg_make_data_folder() { # FOLDER
  local data=$1/data
  mkdir -p "$data"
  if ! as_pg_user test -x "$data"; then
    rmdir "$data"
    data=$(mktemp -d /var/tmp/callctl-pg.XXXXXXXX)
    ln -s "$data" "$1/data"
    say "the user postgres cannot enter $1: the data is in $data"
  fi
  pg_own_folder "$data"
}

pg_make_socket_folder() { # FOLDER
  local socket
  socket=$(mktemp -d /tmp/callctl-pg.XXXXXXXX)
  pg_own_folder "$socket"
  echo "$socket" >"$1/socket"
}

pg_init() { # FOLDER
  pg_remove "$1"
  pg_make_data_folder "$1"
  as_pg_user "$(pg_bin)/initdb" --pgdata "$(pg_data "$1")" --username postgres --auth trust \
    --encoding UTF8 --locale C.UTF-8 --no-sync >"$1/initdb.log" 2>&1 ||
    { cat "$1/initdb.log" >&2 && die "initdb failed"; }
}

# pg_start FOLDER: makes the cluster where there is none. What is lost when the machine stops does
# not matter here, so nothing waits for the disk; a server that is killed still loses nothing.
pg_start() {
  local data settings
  ! pg_is_running "$1" || return 0
  [[ -s $(pg_data "$1")/PG_VERSION ]] || pg_init "$1"
  data=$(pg_data "$1")
  [[ -d $(pg_socket "$1") ]] || pg_make_socket_folder "$1"
  settings="-c listen_addresses='' -c unix_socket_directories=$(pg_socket "$1") -c max_connections=200"
  settings+=" -c fsync=off -c full_page_writes=off -c log_line_prefix='%m %a '"
  # The server must not hold our standard output open: whoever reads that would wait for ever.
  as_pg_user "$(pg_bin)/pg_ctl" --pgdata "$data" --log "$data/server.log" --silent --wait --timeout 60 \
    --options "$settings ${CALLCTL_PG_SETTINGS:-}" start </dev/null >"$1/start.log" 2>&1 ||
    { tail -n 20 "$1/start.log" "$data/server.log" >&2 && die "PostgreSQL did not start"; }
}

# pg_halt FOLDER [fast|immediate]: it can be started again, at the same address.
pg_halt() {
  ! pg_is_running "$1" ||
    as_pg_user "$(pg_bin)/pg_ctl" --pgdata "$(pg_data "$1")" --mode "${2:-fast}" --silent --wait stop \
      </dev/null >/dev/null 2>&1
}

pg_stop() { # FOLDER [fast|immediate]
  pg_halt "$@"
  [[ ! -s $1/socket ]] || rm -rf "$(pg_socket "$1")" "$1/socket"
}

pg_sql() { # FOLDER STATEMENT
  psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --command "$2" "$(pg_url "$1")"
}

# pg_standby FOLDER PRIMARY: a new cluster that follows PRIMARY; from then on a commit there waits for
# it, so that a fail-over loses nothing.
pg_standby() {
  local second
  pg_remove "$1"
  pg_make_data_folder "$1"
  as_pg_user "$(command -v pg_basebackup)" --host "$(pg_socket "$2")" --username postgres \
    --pgdata "$(pg_data "$1")" --write-recovery-conf --checkpoint fast --no-sync </dev/null >"$1/backup.log" 2>&1 ||
    { cat "$1/backup.log" >&2 && die "the base backup failed"; }
  pg_start "$1"
  pg_sql "$2" "ALTER SYSTEM SET synchronous_standby_names = '*'"
  pg_sql "$2" 'SELECT pg_reload_conf()' >/dev/null
  for second in {1..60}; do
    [[ $(pg_sql "$2" "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") -eq 0 ]] || return 0
    sleep 0.5
  done
  die "the standby does not follow after $((second / 2)) s"
}

# pg_promote FOLDER: a standby becomes a primary that waits for nobody.
pg_promote() {
  as_pg_user "$(pg_bin)/pg_ctl" --pgdata "$(pg_data "$1")" --silent --wait promote </dev/null >/dev/null 2>&1 ||
    die "the standby in $1 was not promoted"
  pg_sql "$1" 'ALTER SYSTEM RESET synchronous_standby_names'
  pg_sql "$1" 'SELECT pg_reload_conf()' >/dev/null
}

pg_remove() { # FOLDER
  [[ -d $1 ]] || return 0
  pg_stop "$1" immediate
  rm -rf "$(pg_data "$1")" "$1"
}
