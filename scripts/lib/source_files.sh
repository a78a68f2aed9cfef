# shellcheck shell=bash
# Which files are ours: those that git tracks or would track; in a tarball, those that are there.

# source_files PATTERN...: paths below the root that end in one of the patterns, one a line.
source_files() {
  local specs=() pattern
  for pattern in "$@"; do
    specs+=("*$pattern")
  done
  if git -C "$CALLCTL_ROOT" rev-parse --git-dir >/dev/null 2>&1; then
    # Deleted files are still in the index.
    git -C "$CALLCTL_ROOT" ls-files --cached --others --exclude-standard -- "${specs[@]}" |
      while IFS= read -r file; do
        [[ ! -f "$CALLCTL_ROOT/$file" ]] || printf '%s\n' "$file"
      done | sort -u
  else
    local tests=()
    for pattern in "${specs[@]}"; do
      tests+=(-o -name "$pattern")
    done
    (cd "$CALLCTL_ROOT" && find . -path ./build -prune -o \( "${tests[@]:1}" \) -type f -print) |
      sed 's|^\./||' | sort
  fi
}

# script_files: every shell script, by its first line.
script_files() {
  source_files '' | grep -E '^(scripts|\.ci|tests|package)/' | while IFS= read -r file; do
    case $(head -c 64 "$CALLCTL_ROOT/$file" | tr -d '\0' | head -n 1) in
      '#!/usr/bin/env bash' | '#!/bin/sh' | '#!/bin/bash' | '# shellcheck shell='*) printf '%s\n' "$file" ;;
    esac
  done
}
