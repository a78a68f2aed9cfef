2
"$CALLCTL" status --check | sed -E "s/(oldest_s|last_pass_s)=[0-9]+/\1=<s>/g"; exit "${PIPESTATUS[0]}"
