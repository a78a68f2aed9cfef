# shellcheck shell=bash
# A database of one's own for tests that are scripts, in the cluster of $CALLCTL_TEST_DATABASE_URL.

own_database=

# make_database NAME: empty; sets DATABASE_URL. Without a cluster the test exits with 125, or with 1 where
# CALLCTL_REQUIRE_DB is set.
make_database() {
  if [[ -z ${CALLCTL_TEST_DATABASE_URL:-} ]]; then
    [[ -z ${CALLCTL_REQUIRE_DB:-} ]] || { echo "CALLCTL_TEST_DATABASE_URL is not set" && exit 1; }
    echo "no database; run ./scripts/test" && exit 125
  fi
  own_database=$1
  psql -Xq "$CALLCTL_TEST_DATABASE_URL" -c "create database $own_database template template0"
  # The name of the database is the last part of the path.
  # shellcheck disable=SC2034  # read by those who source this file
  DATABASE_URL=$(sed -E "s#^(postgres(ql)?://[^/]*)/[^?]*#\1/$own_database#" <<<"$CALLCTL_TEST_DATABASE_URL")
}

drop_database() {
  [[ -z $own_database ]] ||
    psql -Xq "$CALLCTL_TEST_DATABASE_URL" -c "drop database if exists $own_database with (force)" || true
}
