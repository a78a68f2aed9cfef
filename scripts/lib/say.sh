# shellcheck shell=bash
# Where we are, and how we speak: progress and problems on standard error.

CALLCTL_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export CALLCTL_ROOT

say() { printf '==> %s\n' "$*" >&2; }

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# usage FILE: the comment at the head of a script is its help.
usage() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$1"; }

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || die "$tool is missing; ./scripts/setup installs it"
  done
}

# newest NAME VERSION: the tool of that version where there is one, else what NAME is.
versioned() { command -v "$1-$2" || command -v "$1" || die "$1 is missing; ./scripts/setup installs it"; }
