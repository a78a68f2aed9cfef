75
"$CALLCTL" retry --stage transcript --failed --enqueue --yes 2>told; code=$?; echo; seq -f CA%032.0f 105 | "$CALLCTL" retry --stage transcript --enqueue --yes --json - 2>>told | grep -E '^  "(matched|changed|not_begun)"'; echo "${PIPESTATUS[1]}"; sed 's#postgresql://[^ ]*#<server>#' told >&2; exit $code
