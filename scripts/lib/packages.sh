# shellcheck shell=bash
# The Debian 12 packages behind the build, the tests and the checks. Debian 13 and Ubuntu 24.04 have
# all of them under the same names.

# shellcheck disable=SC2034  # the lists are read by those who source this file
{
  build_packages=(
    g++ cmake ninja-build pkg-config git ca-certificates dpkg-dev
    libboost-dev libcli11-dev libcurl4-openssl-dev libhowardhinnant-date-dev libpqxx-dev
    libsndfile1-dev libspdlog-dev libssl-dev libsystemd-dev libtomlplusplus-dev libutf8proc-dev
    nlohmann-json3-dev prometheus-cpp-dev scdoc zlib1g-dev
  )
  test_packages=(
    asterisk-core-sounds-en-wav asterisk-moh-opsound-wav curl espeak-ng libexpat1-dev libgmock-dev
    jq libgtest-dev librapidcheck-dev pgbouncer postgresql
  )
  check_packages=(
    clang-14 clang-format clang-tidy debootstrap fish gcovr libclang-rt-14-dev lintian mandoc shellcheck
    systemd-container zsh
  )
  bench_packages=(
    ffmpeg wrk
    python3-flask python3-gevent python3-gunicorn python3-psycogreen python3-psycopg2
  )
  chaos_packages=(libfaketime)
}

# missing_packages PACKAGE...: those that are not installed, one a line.
missing_packages() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      printf '%s\n' "$package"
  done
}

# as_root COMMAND...: as it is for root, through sudo for others.
as_root() {
  if [[ $(id -u) -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -- "$@"
  else
    die "root is needed for: $*"
  fi
}

install_packages() { # PACKAGE...
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [[ ${#missing[@]} -eq 0 ]]; then
    say "all $# packages are installed"
    return
  fi
  command -v apt-get >/dev/null || die "this is not Debian or Ubuntu; install yourself: ${missing[*]}"
  say "installing ${#missing[@]} packages: ${missing[*]}"
  local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600)
  as_root "${apt[@]}" -q update >&2
  as_root "${apt[@]}" -q -y --no-install-recommends install "${missing[@]}" >&2
}
