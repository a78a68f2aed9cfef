# shellcheck shell=bash
# What `--help` and a manual page say of a command, one a line and in the same form: options as
# `-n,--dry-run` or `--limit N`, exit codes as `exit 3`.
#
# Uses $program of the script that reads it.
# shellcheck disable=SC2154

# names_below COMMAND...: the commands that its help lists.
names_below() {
  "$program" "$@" --help | awk '/^[A-Z][a-z ]*:$/ { part = $0 } part == "Subcommands:" && /^  [a-z]/ { print $1 }'
}

# said_by_help COMMAND...: a value is a word in capitals behind the option.
said_by_help() {
  "$program" "$@" --help | awk '
    /^[A-Z][a-z ]*:$/ { part = $0 }
    part == "Options:" && /^ +-/ {
      value = $2
      sub(/=.*/, "", value)
      print $1 (value ~ /^[A-Z][A-Z:]*$/ ? " " value : "")
    }
    part == "Exit codes:" && $1 ~ /^[0-9]+$/ { print "exit " $1 }'
}

said_by_page() { # FILE
  awk '
    /^# / { part = $0 }
    { gsub(/[*_]/, ""); gsub(/, /, ","); sub(/\[=[A-Z]+\]/, "") } # --help has no place for such a value
    part == "# OPTIONS" && /^-/
    part == "# EXIT STATUS" && /^[0-9]/ {
      split($0, codes, ",")
      for (i in codes) print "exit " codes[i]
    }' "$1"
}

synopsis_of() { sed -n '/^# SYNOPSIS/,/^# DESCRIPTION/p' "$1"; } # FILE

# said_by_command [COMMAND]: with what is below it, since that has no page of its own, and without the
# help that every command has; without COMMAND it is callctl itself.
said_by_command() {
  [[ $# -gt 0 ]] || { said_by_help && return; }
  local below
  {
    said_by_help "$1"
    while IFS= read -r below; do said_by_help "$1" "$below"; done < <(names_below "$1")
  } | grep -vx -e '-h,--help'
}

# compare_help PAGE [COMMAND]: prints what only one of them says; fails after any.
compare_help() {
  local page=$1 option difference status=0
  shift
  difference=$(diff <(said_by_command "$@" | sort -u) <(said_by_page "$page" | sort -u)) || status=1
  [[ $status -eq 0 ]] || grep '^[<>]' <<<"$difference"
  while IFS= read -r option; do
    grep -qF -e "*$option*" <<<"$(synopsis_of "$page")" || { status=1 && echo "> $option is not in the synopsis"; }
  done < <(said_by_page "$page" | grep -oE -e '--[a-z-]+')
  return $status
}
