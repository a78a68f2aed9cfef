# shellcheck shell=bash
# Configure and build, with ccache where there is one.

configure() { # PRESET [ARG...]
  local preset=$1 launcher=()
  shift
  if command -v ccache >/dev/null; then
    launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    # Without these, ccache misses on every file that has a precompiled header.
    export CCACHE_SLOPPINESS=${CCACHE_SLOPPINESS:-pch_defines,time_macros,include_file_mtime,include_file_ctime}
  fi
  (cd "$CALLCTL_ROOT" && cmake --preset "$preset" "${launcher[@]}" "$@")
}

build() { # PRESET [TARGET...]
  local preset=$1 targets=()
  shift
  [[ $# -eq 0 ]] || targets=(--target "$@")
  (cd "$CALLCTL_ROOT" && cmake --build --preset "$preset" --parallel "$(jobs_at_once)" "${targets[@]}")
}

# One job a core; the biggest files take 700 MB each.
jobs_at_once() {
  local cores kilobytes by_memory
  cores=$(nproc)
  kilobytes=$(awk '$1 == "MemAvailable:" {print $2}' /proc/meminfo 2>/dev/null)
  by_memory=$((${kilobytes:-8000000} / 800000))
  [[ $by_memory -ge 1 ]] || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}
