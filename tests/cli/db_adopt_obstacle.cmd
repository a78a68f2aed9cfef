8
set -o pipefail; "$CALLCTL" migrate --adopt --yes | tail -n 2
