# shellcheck shell=bash
# A Debian of its own below a temporary folder, which goes when the script ends.

clean_root_suite=bookworm

# The first server of this suite that apt knows.
clean_root_mirror() {
  # shellcheck disable=SC2016  # apt expands it
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk -v suite="$clean_root_suite" '$2 == suite && $3 == "main" { print $1; exit }'
}

make_clean_root() {
  local mirror
  mirror=$(clean_root_mirror)
  [[ -n $mirror ]] || die "this machine's apt has no source of $clean_root_suite"
  clean_root=$(mktemp -d)
  trap 'rm -rf --one-file-system "$clean_root"' EXIT
  chmod 755 "$clean_root"
  debootstrap --variant=minbase "$clean_root_suite" "$clean_root" "$mirror" >"$clean_root.log" ||
    { tail "$clean_root.log" >&2 && die "debootstrap failed"; }
  rm "$clean_root.log"
  apt_in_root update
}

# in_root COMMAND...: in the clean root, with nothing of this machine's environment. What it mounts and
# starts goes with it.
in_root() {
  # shellcheck disable=SC2016  # the inner shell expands it
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    unshare --mount --pid --fork sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"' "$clean_root" "$@"
}

apt_in_root() {
  in_root apt-get -q -y -o Acquire::Retries=3 -o APT::Install-Recommends=false "$@" >"$clean_root/var/tmp/apt.log" 2>&1 ||
    { cat "$clean_root/var/tmp/apt.log" >&2 && die "apt-get $* failed"; }
}

# boot_and_run SCRIPT: boots systemd in the clean root, with no network but a loopback of its own, has it
# run the script in bash, and prints what that prints.
boot_and_run() {
  local unit=$clean_root/etc/systemd/system/run-script.service
  cp "$1" "$clean_root/var/tmp/script"
  cat >"$unit" <<'UNIT'
[Unit]
SuccessAction=poweroff
FailureAction=poweroff
[Service]
Type=oneshot
ExecStart=/bin/bash /var/tmp/script
StandardOutput=file:/var/tmp/script.out
StandardError=file:/var/tmp/script.out
TimeoutStartSec=90
UNIT
  timeout 150 systemd-nspawn --quiet --register=no --keep-unit --private-network --directory="$clean_root" \
    --boot -- --unit=run-script.service >"$clean_root/var/tmp/console" 2>&1 </dev/null ||
    { tail "$clean_root/var/tmp/console" >&2 && return 1; }
  rm "$unit"
  cat "$clean_root/var/tmp/script.out"
}
