# The examples of a document, each as a block: its lines, then a line that is only a form feed.
# Of a manual page those of its section EXAMPLES, or of the whole page with -v everywhere=1; there a block
# is a paragraph that begins with a tab, or stands between fences. Of Markdown all between fences.
# -v kind=page|markdown|help

function finish() {
  if (lines != "") printf "%s\f\n", lines
  lines = ""
  code = 0
}

kind == "page" && /^# / { finish(); wanted = everywhere || /^# EXAMPLES?$/ }
kind == "markdown" { wanted = 1 }
kind == "help" { wanted = inside; if (/^Examples:$/) inside = 1; else if (/^$/) { finish(); inside = 0 } }

!wanted { previous = $0; next }

kind != "help" && /^```/ { if (fenced) finish(); fenced = !fenced; previous = $0; next }
fenced { lines = lines $0 "\n"; next }
kind == "help" && inside { sub(/^  /, ""); lines = lines $0 "\n" }
kind == "page" && /^$/ { finish() }
kind == "page" && /^\t/ && previous == "" { code = 1 }
kind == "page" && code {
  sub(/^\t/, "")
  sub(/\+\+$/, "")
  lines = lines unescaped($0) "\n"
}
{ previous = $0 }
END { finish() }

# scdoc takes the character behind a backslash as it is.
function unescaped(text,    out, at) {
  while (at = index(text, "\\")) {
    out = out substr(text, 1, at - 1) substr(text, at + 1, 1)
    text = substr(text, at + 2)
  }
  return out text
}
