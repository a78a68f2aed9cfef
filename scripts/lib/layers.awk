# Reads `FILE:LINE:#include ...` and prints each include that the order of the folders forbids.
# `a <- b` in ARCHITECTURE.md: b may include a.

BEGIN {
  own("base", "")
  own("call", "base")
  own("pipeline", "base call"); own("twilio", "base call"); own("transcript", "base call")
  own("summary", "base call"); own("audio", "base call")
  own("port", "base call")
  own("app", "base call pipeline twilio transcript summary audio port")
  own("pg", "base call port"); own("curl", "base call port")
  own("sys", "base call port"); own("web", "base call port")
  own("config", "base")
  own("cmd", "base call pipeline twilio transcript summary audio port app pg curl sys web config")

  # library("<prefix", folders, "source" when headers may not have it either)
  library("pqxx/", "pg", ""); library("libpq-fe.h", "pg", ""); library("curl/", "curl", "")
  library("boost/", "web", ""); library("CLI/", "cmd", "")
  library("toml++/", "config", "source"); library("sndfile", "audio", "source")
  library("utf8proc.h", "transcript cmd", "source"); library("systemd/", "sys", "source")
  library("zlib.h", "transcript", "source")
  library("nlohmann/", "*", "source"); library("openssl/", "*", "source")
  library("date/", "*", "source")
  library("spdlog/", "app pg curl sys web cmd", "")
  library("prometheus/", "app web cmd", "")

  # No clock, no I/O, no threads: these folders decide and nothing else.
  split("pipeline twilio transcript summary call", names, " ")
  for (i in names) pure[names[i]] = 1
  split("fstream iostream filesystem thread mutex condition_variable future cstdio random", names, " ")
  for (i in names) impure[names[i]] = 1
}

function own(folder, others) { allowed[folder] = " " folder " " others " " }

function library(prefix, folders, where) {
  library_folders[prefix] = " " folders " "
  library_where[prefix] = where
}

function wrong(what) { print file ":" line ": " what; found = 1 }

function check_own(target,    folder_of_target) {
  folder_of_target = target
  sub(/\/.*/, "", folder_of_target)
  if (folder_of_target in allowed) {
    if (index(allowed[folder], " " folder_of_target " ") == 0)
      wrong(folder " may not include " folder_of_target ": \"" target "\"")
  } else if (folder != "cmd") {
    wrong("include from the root of src, not \"" target "\"")
  }
}

function check_library(target,    prefix, folders) {
  if (target == "nlohmann/json_fwd.hpp") return  # declarations only, made for headers
  for (prefix in library_folders) {
    if (index(target, prefix) != 1) continue
    folders = library_folders[prefix]
    if (folders != " * " && index(folders, " " folder " ") == 0)
      wrong("only" folders "may include <" target ">")
    # X_library.hpp is internal to its folder: it names the functions of a library that is loaded late
    else if (library_where[prefix] == "source" && file ~ /\.hpp$/ && file !~ /_library\.hpp$/)
      wrong("<" target "> belongs in a source file, not in a header")
  }
  if ((folder in pure) && ((target in impure) || target ~ /^(unistd|sys\/|fcntl|poll)/))
    wrong(folder " only decides: no <" target ">")
}

{
  file = $0; sub(/:.*/, "", file)
  line = $0; sub(/^[^:]*:/, "", line); sub(/:.*/, "", line)
  text = $0; sub(/^[^:]*:[^:]*:/, "", text)
  folder = file; sub(/^src\//, "", folder); sub(/\/.*/, "", folder)
  if (!(folder in allowed)) { wrong("the folder " folder " has no place in the order"); next }
  if (match(text, /"[^"]+"/)) check_own(substr(text, RSTART + 1, RLENGTH - 2))
  else if (match(text, /<[^>]+>/)) check_library(substr(text, RSTART + 1, RLENGTH - 2))
  else if ((folder in pure) && text ~ /_clock::now/) wrong(folder " only decides: the time is a parameter")
}

END { exit found }
