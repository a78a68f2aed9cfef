# shellcheck shell=bash
# The README's reverse proxies, as real processes before whatever listens on $port.
#
# Uses $kind, $proxy, $name, $work, $port, $tls_port and failed() of the script that reads it; adds to $pids.
# shellcheck disable=SC2034,SC2154

# readme_block WORD: the block of the README that is marked with it.
readme_block() { awk -v mark="\`\`\`$1" '$0 == mark { on = 1; next } /^```/ { on = 0 } on' "$CALLCTL_ROOT/README.md"; }

# site OLD NEW...: the README's block, with what cannot be the same here replaced. Each OLD has to be there.
site() {
  local text old
  text=$(readme_block "$kind")
  while [[ $# -gt 0 ]]; do
    old=$1
    [[ $text == *"$old"* ]] || failed "the block of the README has no '$old'"
    text=${text//"$old"/"$2"}
    shift 2
  done
  printf '%s\n' "$text"
}

# certify FILE SUBJECT [ARGUMENT...]: FILE.pem and FILE.key.
certify() {
  local file=$1 subject=$2
  shift 2
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj "/CN=$subject" \
    -keyout "$file.key" -out "$file.pem" "$@" 2>>"$work/openssl.log" || failed "no certificate for $subject"
}

# make_authority NAME...: one that signs by an intermediate, as public ones do: the root is $authority. For
# nginx also a certificate for those names, with its chain: $certificate.
make_authority() {
  authority=$work/root.pem
  certificate=$work/fullchain.pem
  certify "$work/root" 'Root of the tests'
  [[ $kind == nginx ]] || return 0
  certify "$work/intermediate" 'Intermediate of the tests' -CA "$work/root.pem" -CAkey "$work/root.key"
  certify "$work/leaf" "$1" -CA "$work/intermediate.pem" -CAkey "$work/intermediate.key" \
    -addext "subjectAltName=$(printf 'DNS:%s\n' "$@" | paste -s -d ,)"
  cat "$work/leaf.pem" "$work/intermediate.pem" >"$certificate"
}

# start_KIND [OLD NEW...]: with the README's block, after those changes to it; sets $proxy_pid.
start_nginx() {
  site "$@" 'listen 443 ssl' "listen 127.0.0.1:$tls_port ssl" 127.0.0.1:8080 "127.0.0.1:$port" \
    /etc/letsencrypt/live/calls.example.com/fullchain.pem "$certificate" \
    /etc/letsencrypt/live/calls.example.com/privkey.pem "$work/leaf.key" calls.example.com "$name" >"$work/site.conf"
  cat >"$work/nginx.conf" <<END
$([[ $(id -u) -ne 0 ]] || echo "user root;")
daemon off;
pid $work/nginx.pid;
error_log $work/nginx-error.log;
events {}
http {
    access_log off;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    include $work/site.conf;
}
END
  "$proxy" -c "$work/nginx.conf" -e "$work/nginx-error.log" -p "$work" >"$work/nginx.log" 2>&1 &
  proxy_pid=$!
  pids+=("$proxy_pid")
}

# It signs its certificates itself, as with `tls internal`, but as the authority of the tests.
start_caddy() {
  {
    printf '{\n\tadmin off\n\thttp_port %s\n\thttps_port %s\n' "$(free_port)" "$tls_port"
    printf '\tdefault_bind 127.0.0.1\n\tlocal_certs\n\tskip_install_trust\n'
    printf '\tpki {\n\t\tca local {\n\t\t\troot {\n\t\t\t\tcert %s\n\t\t\t\tkey %s\n\t\t\t}\n\t\t}\n\t}\n}\n' \
      "$work/root.pem" "$work/root.key"
    site "$@" 127.0.0.1:8080 "127.0.0.1:$port" calls.example.com "$name"
  } >"$work/Caddyfile"
  env -i PATH="$PATH" HOME="$work" XDG_DATA_HOME="$work/data" XDG_CONFIG_HOME="$work/config" \
    "$proxy" run --config "$work/Caddyfile" --adapter caddyfile >"$work/caddy.log" 2>&1 &
  proxy_pid=$!
  pids+=("$proxy_pid")
}
