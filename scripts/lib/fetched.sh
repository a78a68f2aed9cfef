# shellcheck shell=bash
# Programs for tests whose packages would start a server and take a port: where one is not installed,
# only the program is taken out of its package.

fetched_folder=$CALLCTL_ROOT/build/tools

# found_program NAME: where it is; fails where there is none.
found_program() {
  # Not everybody looks for programs in sbin.
  PATH=$PATH:/usr/sbin command -v "$1" || { [[ -x $fetched_folder/$1 ]] && echo "$fetched_folder/$1"; }
}

# need_program_or_skip NAME VARIABLE: prints where it is; else says so and exits with 125, or with 1 where
# VARIABLE is 1.
need_program_or_skip() {
  found_program "$1" && return
  say "$1 is missing; ./scripts/setup --checks fetches it"
  [[ ${!2:-} == 1 ]] && exit 1
  exit 125
}

# fetch_program PACKAGE PATH: the file PATH of the package.
fetch_program() {
  local name own
  name=$(basename "$2")
  ! found_program "$name" >/dev/null || return 0
  command -v apt-get >/dev/null || die "this is not Debian or Ubuntu; install $name yourself"
  say "fetching $name"
  own=$(mktemp -d)
  # The lists of packages may be old, or not be there yet.
  (cd "$own" && apt-get -q download "$1") >&2 ||
    { as_root apt-get -q update >&2 && (cd "$own" && apt-get -q download "$1") >&2; } ||
    { rm -rf "$own" && die "the package $1 cannot be downloaded"; }
  mkdir -p "$fetched_folder"
  dpkg-deb --fsys-tarfile "$own/$1"_*.deb | tar --extract --to-stdout ".$2" >"$fetched_folder/$name.new"
  chmod +x "$fetched_folder/$name.new"
  mv "$fetched_folder/$name.new" "$fetched_folder/$name"
  rm -rf "$own"
}

fetch_programs() {
  fetch_program prometheus /usr/bin/promtool
  fetch_program nginx /usr/sbin/nginx
  fetch_program caddy /usr/bin/caddy
}
