# shellcheck shell=bash
# promtool, which checks rules and figures of Prometheus. Its package would start a monitoring server
# and take a port, so where it is not installed only this program is taken out of it.

promtool_fetched=$CALLCTL_ROOT/build/tools/promtool

# promtool_program: where it is; fails where there is none.
promtool_program() {
  command -v promtool || { [[ -x $promtool_fetched ]] && echo "$promtool_fetched"; }
}

fetch_promtool() {
  ! promtool_program >/dev/null || return 0
  command -v apt-get >/dev/null || die "this is not Debian or Ubuntu; install promtool yourself"
  say "fetching promtool"
  local own
  own=$(mktemp -d)
  # The lists of packages may be old, or not be there yet.
  (cd "$own" && apt-get -q download prometheus) >&2 ||
    { as_root apt-get -q update >&2 && (cd "$own" && apt-get -q download prometheus) >&2; } ||
    { rm -rf "$own" && die "the package prometheus cannot be downloaded"; }
  mkdir -p "$(dirname "$promtool_fetched")"
  dpkg-deb --fsys-tarfile "$own"/prometheus_*.deb | tar --extract --to-stdout ./usr/bin/promtool >"$promtool_fetched.new"
  chmod +x "$promtool_fetched.new"
  mv "$promtool_fetched.new" "$promtool_fetched"
  rm -rf "$own"
}
