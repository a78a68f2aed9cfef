# shellcheck shell=bash
# clang-tidy on many files: its own compilation database, a memory of clean files, progress.

tidy_folder=$CALLCTL_ROOT/build/lint

# with_includers: the list on standard input, and beside each header the sources that include it.
with_includers() {
  local file
  while IFS= read -r file; do
    printf '%s\n' "$file"
    [[ $file != *.hpp ]] || grep -rlF --include='*.cpp' "#include \"$(include_name "$file")\"" src cmd tests || true
  done | sort -u
}

# include_name PATH: as it stands in an include; src, cmd and tests are on the include path.
include_name() { sed -E 's,^(src|cmd|tests)/,,' <<<"$1"; }

# tidy_prepare yes|no: with or without the memory of clean files.
tidy_prepare() {
  tidy_cache=$1
  clang_tidy=$(versioned clang-tidy 14)
  mkdir -p "$tidy_folder/clean"
  # Each source by itself, and without GCC's precompiled headers, which say nothing to clang.
  configure dev -B "$tidy_folder" -DCMAKE_UNITY_BUILD=OFF -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
  # What every result hangs on beside the sources themselves.
  tidy_base=$(cat <("$clang_tidy" --version) .clang-tidy tests/.clang-tidy | sha256sum)
  includes_of_all >"$tidy_folder/includes"
}

# tidy_sources: what the compilation database has of ours; generated files are not linted.
tidy_sources() {
  sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$tidy_folder/compile_commands.json" |
    sed -n "s|^$CALLCTL_ROOT/||p" | grep -v '^build/' | sort -u
}

# includes_of_all: `FILE INCLUDED` for each include of a file of ours.
includes_of_all() {
  grep -rHoE --include='*.hpp' --include='*.cpp' '^#include "[^"]+"' src cmd tests |
    sed -E 's/^([^:]+):#include "([^"]+)"/\1 \2/' |
    while read -r file name; do
      for root in src cmd tests "$(dirname "$file")"; do
        [[ ! -f $root/$name ]] || printf '%s %s\n' "$file" "$root/$name"
      done
    done
}

# tidy_key FILE: changes when the file, what it includes, or the checks change.
tidy_key() {
  local inputs
  mapfile -t inputs < <(awk -v start="$1" '
    { includes[$1] = includes[$1] " " $2 }
    END {
      queue[n = 1] = start; seen[start] = 1
      for (i = 1; i <= n; i++) {
        print queue[i]
        count = split(includes[queue[i]], next_files, " ")
        for (j = 1; j <= count; j++)
          if (!(next_files[j] in seen)) { seen[next_files[j]] = 1; queue[++n] = next_files[j] }
      }
    }' "$tidy_folder/includes" | sort)
  { echo "$tidy_base" && sha256sum "${inputs[@]}"; } | sha256sum | cut -d ' ' -f 1
}

# tidy_one FILE: one line of progress; the findings, where there are any.
tidy_one() {
  local key output start=$SECONDS
  key=$tidy_folder/clean/$(tidy_key "$1")
  if [[ $tidy_cache == yes && -e $key ]]; then
    printf '%s: unchanged\n' "$1"
  elif output=$("$clang_tidy" -p "$tidy_folder" --quiet "$1" 2>&1); then
    : >"$key"
    printf '%s: clean, %s s\n' "$1" $((SECONDS - start))
  else
    printf '%s: %s s\n%s\n' "$1" $((SECONDS - start)) "$(grep -v ' warnings generated\.$' <<<"$output")"
    return 1
  fi
}

# tidy_batch FILE: a source of a unity build. What it includes are headers to clang-tidy; src/web tells
# in a .clang-tidy of its own what Asio's coroutines need, which is not asked for a file elsewhere.
tidy_batch() {
  local output start=$SECONDS name tidy_coroutines
  mapfile -t tidy_coroutines < <(sed -n 's/^  - \(-.*\)/\1/p' "$CALLCTL_ROOT/src/web/.clang-tidy")
  name=$(sed -E 's,.*CMakeFiles/([^/]*)\.dir/Unity/,\1/,' <<<"$1")
  if output=$("$clang_tidy" -p "$tidy_batches_folder" --quiet --header-filter='(^|/)(src|cmd)/[^:]*\.[hc]pp$' \
    --checks=-misc-definitions-in-headers,-bugprone-suspicious-include \
    "${tidy_coroutines[@]/#/--extra-arg=}" "$1" 2>&1); then
    printf '%s: clean, %s s\n' "$name" $((SECONDS - start))
  else
    printf '%s: %s s\n%s\n' "$name" $((SECONDS - start)) "$(grep -v ' warnings generated\.$' <<<"$output")"
    return 1
  fi
}

# tidy_batches JOBS: all of src and cmd; headers that many sources include are read once a batch.
tidy_batches() {
  local files
  clang_tidy=$(versioned clang-tidy 14)
  tidy_batches_folder=$CALLCTL_ROOT/build/lint-batches
  configure dev -B "$tidy_batches_folder" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON >/dev/null
  mapfile -t files < <(sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' "$tidy_batches_folder/compile_commands.json" |
    grep -E "^($tidy_batches_folder|$CALLCTL_ROOT)/(src|cmd)/" | sort -u)
  say "clang-tidy on ${#files[@]} batches, $1 at a time"
  export -f tidy_batch
  export CALLCTL_ROOT tidy_batches_folder clang_tidy
  # shellcheck disable=SC2016  # $1 is the inner shell's
  printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$1" bash -c 'set -euo pipefail; tidy_batch "$1"' tidy_batch >&2
}

# tidy_all JOBS FILE...: all files, the largest first so that none is left for the end.
tidy_all() {
  local jobs=$1
  shift
  say "clang-tidy on $# files, $jobs at a time"
  export -f tidy_one tidy_key
  export tidy_folder tidy_base tidy_cache clang_tidy
  # shellcheck disable=SC2016  # $1 is the inner shell's
  stat -c '%s %n' "$@" | sort -rn | cut -d ' ' -f 2- |
    xargs -d '\n' -n 1 -P "$jobs" bash -c 'set -euo pipefail; tidy_one "$1"' tidy_one >&2
}
