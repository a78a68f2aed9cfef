2
"$CALLCTL" status --check -w '~:5' -c @7:9 --warning-age 36000 --critical-age 0: --warning-gave-up 0 -t 30s | sed -E "s/(oldest_s|last_pass_s)=[0-9]+/\1=<s>/g"; exit "${PIPESTATUS[0]}"
