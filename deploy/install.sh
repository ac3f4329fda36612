#!/usr/bin/env bash
# From an empty Debian 12 to CdrApi behind nginx, on one host; see --help.
set -euo pipefail
# Whatever root's is: the service, postgres and prometheus read what is installed here.
umask 022

usage() {
  cat <<'TEXT'
deploy/install.sh --server-name NAME [options]     installs
deploy/install.sh [options]                        brings what is there up to date
deploy/install.sh --uninstall [--purge]            takes it away again

Run as root on Debian 12. It may be run again: what is right stays untouched, your own files are never overwritten, and
instances restart one after the other. The options of before hold (/etc/cdrapi/install.conf), but for files with secrets
and certificates, unless they are given again. What a first run has written for you (addresses, the connection string)
is yours from then on: change it there.

Where the CDRs come from; one of the two, needed the first time
  --primary HOST[:PORT]          make a streaming standby of it on this host (cdrapi-replica --help)
  --standby HOST[:PORT],...      read from standbys that exist; over a network set SSL Mode in /etc/cdrapi/cdrapi.json.
                                 A HOST is a name or an address; an IPv6 address with a port is written [2001:db8::1]:5432
  --replicator-password FILE     with --primary: file with the password of cdr_replicator
  --reader-password FILE         file with the password of cdr_reader, needed the first time
  --database NAME                Sippy's database (sippy)
  --replica-option NAME=VALUE    with --primary: passed on to cdrapi-replica, such as --replica-option sslmode=verify-full; may be repeated

Callers
  --server-name NAME             the name in the certificate
  --certificate FILE --key FILE  PEM, the certificate with its chain; or
  --self-signed                  a certificate of its own for 365 days: for a trial, no client trusts it
  --exempt NETWORK               an application server without the limit per address; may be repeated
  --instances PORT,...           loopback ports of the instances, from 1024 on (3001,3002)

Firewall: everything but these is refused. A NETWORK is an address too: 192.0.2.20, 198.51.100.0/24, 2001:db8::/48
  --caller NETWORK               may reach 443; may be repeated
  --administrator NETWORK        may reach 22; may be repeated
  --no-firewall                  leave the firewall alone

  --no-monitoring                no Prometheus, exporters and alerts
  --no-backup                    no daily backup and monthly restore test; they come only with --primary
  --program DIRECTORY            the published program (program/ beside deploy/, see deploy/publish.sh)
  --dry-run                      say what would be done, do nothing
  --uninstall                    stop and remove the service, its firewall and its monitoring. Your own files, keys, the
                                 standby, backups, logs and Debian's packages stay
  --purge                        with --uninstall: also /etc/cdrapi with its keys, /etc/nginx/cdrapi,
                                 /etc/prometheus/cdrapi and the user cdrapi

Exit code: 0 done, 1 it cannot be done, 2 a wrong command line: nothing was changed.
TEXT
}

fail() { echo "install.sh: $1" >&2; exit "${2:-1}"; }
say() { echo "$*"; }
secret() { head -n 1 "$1" | tr -d '\r\n'; }

here=$(cd "$(dirname "$0")" && pwd)
program=$here/../program
# shellcheck source=options.bash
. "$here/options.bash"
# shellcheck source=install-options.bash
. "$here/install-options.bash"
read_options "$@"

# --- what every part is made of -------------------------------------------------------------------------------------------

run() { if $dry; then say "would run: $*"; else "$@"; fi; }

# put SOURCE TARGET [MODE [OWNER:GROUP]]: a file as it should be, touched only if it is not.
put() {
  local source=$1 target=$2 mode=${3:-0644} owner=${4:-root:root}
  if cmp -s "$source" "$target" && [ "$(stat -c '%#a %U:%G' "$target")" = "$mode $owner" ]; then
    return
  fi
  if $dry; then say "would write $target"; return; fi
  mkdir -p "$(dirname "$target")"
  # Beside it and then in one step: nobody reads half a file.
  install -m "$mode" -o "${owner%:*}" -g "${owner#*:}" "$source" "$target.new"
  mv "$target.new" "$target"
  say "wrote $target"
}

# keep TARGET [MODE [OWNER:GROUP]] < text: the operator's own file, written only if there is none.
keep() {
  local target=$1 text
  text=$(mktemp)
  cat >"$text"
  if [ ! -e "$target" ]; then
    put "$text" "$target" "${@:2}"
  elif ! cmp -s "$text" "$target"; then
    say "left $target as it is: it is yours"
  fi
  rm -f "$text"
}

# set_aside TARGET: what one of Debian's own files was is kept beside it, for --uninstall. False: it was before.
set_aside() {
  [ ! -e "$1.before-cdrapi" ] || return 1
  [ ! -e "$1" ] || run cp -a "$1" "$1.before-cdrapi"
}

# take_over SOURCE TARGET: one of Debian's own files is replaced once, and is the operator's then.
take_over() {
  if set_aside "$2"; then put "$1" "$2"; else keep "$2" <"$1"; fi
}

# stale UNIT FILE...: it does not run, or runs since before one of these was written, whichever run of this script that was.
stale() {
  local unit=$1 since file
  shift
  systemctl is-active -q "$unit" || return 0
  since=$(date -d "$(systemctl show -P ActiveEnterTimestamp "$unit")" +%s)
  for file; do
    [ ! -e "$file" ] || [ "$since" -ge "$(stat -c %Y "$file")" ] || return 0
  done
  return 1
}

packages() {
  local name missing=()
  for name in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    run apt-get update -qq
    run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
  fi
}

# control VERB UNIT: as systemctl, with the unit's last words when it fails.
control() {
  if $dry; then say "would run: systemctl $1 $2"; return; fi
  systemctl "$1" "$2" || { journalctl -u "$2" -n 5 --no-pager -o cat >&2; fail "$2 does not start: see above"; }
}

# Where backups leave their figures for the node exporter.
figures=/var/lib/prometheus/node-exporter

# command_of FILE: an operator's command, on the path.
command_of() {
  local name
  name=$(basename "$1")
  put "$1" "/opt/cdrapi/bin/$name" 0755
  [ "$(readlink "/usr/local/sbin/$name")" = "/opt/cdrapi/bin/$name" ] || run ln -sfn "/opt/cdrapi/bin/$name" "/usr/local/sbin/$name"
}

# --- the parts -------------------------------------------------------------------------------------------------------------

check() {
  [ "$(id -u)" = 0 ] || fail "must be run as root"
  [ -d /run/systemd/system ] || fail "needs a host that runs systemd"
  # shellcheck source=/dev/null
  [ "$(. /etc/os-release && echo "$ID$VERSION_ID")" = debian12 ] || say "WARNING: made for Debian 12, and this is not"
  $uninstall || [ -x "$program/CdrApi" ] || fail "there is no program in $program. Make it with deploy/publish.sh, or name its directory with --program"
}

install_program() {
  packages curl openssl
  getent passwd cdrapi >/dev/null || run useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin cdrapi
  local release
  release=/opt/cdrapi/releases/$(cd "$program" && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c 1-12)
  if [ ! -d "$release" ]; then
    # A running instance has the files of its release open: they are never overwritten.
    run mkdir -p /opt/cdrapi/releases
    run rm -rf "$release.new"
    run cp -r "$program" "$release.new"
    run chown -R root:root "$release.new"
    run chmod -R u=rwX,go=rX "$release.new"
    run mv "$release.new" "$release"
    $dry || say "installed $release"
  fi
  if [ "$(readlink /opt/cdrapi/current)" != "$release" ]; then
    run ln -sfnT "$release" /opt/cdrapi/current
  fi
  put "$here/options.bash" /opt/cdrapi/bin/options.bash
  command_of "$here/cdrapi-restart"
  local list
  list=$(mktemp)
  printf '%s\n' "${values[@]}" >"$list"
  put "$list" "$remembered"
  rm -f "$list"
}

install_configuration() {
  if [ -n "$reader_password" ]; then
    local pass
    pass=$(mktemp)
    printf '*:*:*:cdr_reader:%s\n' "$(secret "$reader_password" | sed 's/[\\:]/\\&/g')" >"$pass"
    put "$pass" /etc/cdrapi/pgpass 0600
    rm -f "$pass"
  fi
  if [ -e /etc/cdrapi/cdrapi.json ]; then
    [ -n "$primary" ] || [[ $(</etc/cdrapi/cdrapi.json) == *"Host=$standby"* ]] || say "left /etc/cdrapi/cdrapi.json as it is: Host in it is yours"
    return
  fi
  local minted
  minted=$("$program/CdrApi" keys new --id administrator --scope cdrs:read:all)
  keep /etc/cdrapi/cdrapi.json 0640 root:cdrapi <<JSON
{
  "Database": {
    "ConnectionString": "Host=${standby:-127.0.0.1};Database=$database;Username=cdr_reader"
  },
  "Security": {
    "TrustedProxies": ["127.0.0.1/32", "::1/128"],
    "ApiKeys": [
$(sed -n '/^{/,$p' <<<"$minted" | sed 's/^/      /')
    ]
  }
}
JSON
  if $dry; then say "would make the first API key, and show it"; return; fi
  # At once: whatever fails after this, it would be lost.
  say
  say "The first API key, for all accounts. It is shown this once:"
  say "    $(head -n 1 <<<"$minted")"
  say "Further ones: /opt/cdrapi/current/CdrApi keys new --help, then paste them into /etc/cdrapi/cdrapi.json."
  say
}

install_standby() {
  [ -n "$primary" ] || return 0
  # Debian would make an empty cluster where the standby belongs.
  if [ ! -e /usr/lib/postgresql/15/bin/postgres ]; then
    run mkdir -p /etc/postgresql-common/createcluster.d
    keep /etc/postgresql-common/createcluster.d/cdrapi.conf <<<'create_main_cluster = false'
  fi
  packages postgresql-15 postgresql-15-pgaudit
  local file
  for file in "$here"/postgres/replica/*; do
    case $file in
      *.bash) ;;
      *.sh) put "$file" "/opt/cdrapi/bin/$(basename "$file")" ;;
      *) command_of "$file" ;;
    esac
  done
  run /opt/cdrapi/bin/cdrapi-replica "${replica_command[@]}"
}

install_instances() {
  put "$here/systemd/cdrapi@.service" /etc/systemd/system/cdrapi@.service
  put "$here/systemd/cdrapi.target" /etc/systemd/system/cdrapi.target
  run systemctl daemon-reload
  run systemctl enable -q cdrapi.target
  local port restart=false
  for port in ${instances//,/ }; do
    [ -e "/etc/systemd/system/cdrapi.target.wants/cdrapi@$port.service" ] || run systemctl enable -q "cdrapi@$port"
    if stale "cdrapi@$port" /opt/cdrapi/current /etc/cdrapi/pgpass /etc/systemd/system/cdrapi@.service; then restart=true; fi
  done
  if $restart; then
    run systemctl start --no-block cdrapi.target
    run /opt/cdrapi/bin/cdrapi-restart
  fi
}

# Those that are no instances any more: once nginx does not ask them.
stop_instances() {
  local unit port
  for unit in /etc/systemd/system/cdrapi.target.wants/cdrapi@*.service; do
    port=${unit##*@}
    port=${port%.service}
    if [ -e "$unit" ] && ! [[ ,$instances, == *",$port,"* ]]; then run systemctl disable -q --now "cdrapi@$port"; fi
  done
}

install_nginx() {
  packages nginx
  if [ -n "$certificate" ]; then
    put "$certificate" /etc/cdrapi/tls/fullchain.pem
    put "$key" /etc/cdrapi/tls/privkey.pem 0600
  elif [ ! -e /etc/cdrapi/tls/privkey.pem ]; then
    run mkdir -p /etc/cdrapi/tls
    run openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out /etc/cdrapi/tls/privkey.pem
    run chmod 0600 /etc/cdrapi/tls/privkey.pem
    run openssl req -x509 -key /etc/cdrapi/tls/privkey.pem -days 365 -subj "/CN=$server_name" -addext "subjectAltName=DNS:$server_name" -out /etc/cdrapi/tls/fullchain.pem
  fi
  local site=/etc/nginx/cdrapi/site file address
  put "$here/nginx/cdrapi.conf" /etc/nginx/conf.d/cdrapi.conf
  for file in "$here"/nginx/cdrapi/*; do put "$file" "/etc/nginx/cdrapi/$(basename "$file")"; done
  sed "s/cdrs\.example\.com/$server_name/" "$here/nginx/site/server.conf" | keep "$site/server.conf"
  { cat "$here/nginx/site/exempt.conf"; for address in "${exempt[@]}"; do echo "$address 1;"; done; } | keep "$site/exempt.conf"
  for file in listen operators; do keep "$site/$file.conf" <"$here/nginx/site/$file.conf"; done
  local list
  list=$(mktemp)
  for port in ${instances//,/ }; do sed -n 's/^\(server 127.0.0.1:\)3001/\1'"$port"'/p' "$here/nginx/site/instances.conf"; done >"$list"
  put "$list" "$site/instances.conf"
  rm -f "$list"
  # A request takes two.
  if grep -qs 'worker_connections 768;' /etc/nginx/nginx.conf; then run sed -i 's/worker_connections 768;/worker_connections 4096;/' /etc/nginx/nginx.conf; fi
  # Debian's own site listens on port 80. A link is made again by --uninstall, a file of yours is left alone.
  if [ -L /etc/nginx/sites-enabled/default ]; then
    run rm /etc/nginx/sites-enabled/default
    run touch /etc/nginx/cdrapi/default-site
  fi
  run nginx -t -q
  run systemctl enable -q nginx
  control reload-or-restart nginx
}

install_backup() {
  if [ -z "$primary" ] || ! $backup; then return 0; fi
  local file
  for file in "$here"/backup/cdrapi-*; do command_of "$file"; done
  put "$here/backup/backup-common.bash" /opt/cdrapi/bin/backup-common.bash
  sed "s/^BACKUP_DATABASE=.*/BACKUP_DATABASE=$database/" "$here/backup/backup.conf" | keep /etc/cdrapi/backup.conf
  run install -d -m 0700 -o postgres -g postgres /var/backups/cdrapi
  run mkdir -p "$figures"
  dpkg-statoverride --list "$figures" >/dev/null || run dpkg-statoverride --update --add root postgres 0775 "$figures"
  for file in "$here"/systemd/cdrapi-backup.* "$here"/systemd/cdrapi-restore-test.*; do put "$file" "/etc/systemd/system/$(basename "$file")"; done
  run systemctl daemon-reload
  run systemctl enable -q --now cdrapi-backup.timer cdrapi-restore-test.timer
}

install_monitoring() {
  $monitoring || return 0
  packages prometheus prometheus-node-exporter prometheus-blackbox-exporter prometheus-alertmanager
  [ -z "$primary" ] || packages prometheus-postgres-exporter
  local name file units=(prometheus prometheus-node-exporter prometheus-blackbox-exporter prometheus-alertmanager)
  [ -z "$primary" ] || units+=(prometheus-postgres-exporter)
  local text
  text=$(mktemp)
  for name in "${units[@]}"; do
    sed "s/dbname=sippy/dbname=$database/" "$here/prometheus/defaults/$name" >"$text"
    take_over "$text" "/etc/default/$name"
  done
  # Without a standby here there is nothing of it to ask.
  if [ -n "$primary" ]; then cat "$here/prometheus/prometheus.yml"; else sed '/# The standby of this host/,/9187/d' "$here/prometheus/prometheus.yml"; fi >"$text"
  set_aside /etc/prometheus/prometheus.yml || true
  put "$text" /etc/prometheus/prometheus.yml
  put "$here/prometheus/postgres-queries.yml" /etc/prometheus/postgres-queries.yml
  if $self_signed; then sed 's#^    http:$#    http:\n      tls_config: { ca_file: /etc/cdrapi/tls/fullchain.pem }#' "$here/prometheus/blackbox.yml"; else cat "$here/prometheus/blackbox.yml"; fi >"$text"
  take_over "$text" /etc/prometheus/blackbox.yml
  # That of an installation before, with its receivers; else ours, which tells nobody yet.
  file=/etc/prometheus/alertmanager.yml.cdrapi
  [ -e "$file" ] || file=$here/prometheus/alertmanager.yml
  take_over "$file" /etc/prometheus/alertmanager.yml
  for file in "$here"/prometheus/rules/*.yml; do
    case $(basename "$file") in
      backup.yml) if [ -z "$primary" ] || ! $backup; then continue; fi ;;
      monitoring.yml)
        if [ -n "$primary" ]; then cat "$file"; else sed 's/ or absent(up{job="postgres"})//' "$file"; fi >"$text"
        put "$text" /etc/prometheus/cdrapi/monitoring.yml
        continue
        ;;
    esac
    put "$file" "/etc/prometheus/cdrapi/$(basename "$file")"
  done
  rm -f "$text"
  local targets=/etc/prometheus/cdrapi/targets list
  list=$(mktemp)
  # shellcheck disable=SC2001
  echo "- targets: [$(sed "s/[0-9]\\+/'127.0.0.1:&'/g" <<<"$instances")]" >"$list"
  put "$list" "$targets/cdrapi.yml"
  rm -f "$list"
  sed "s/cdrs\.example\.com/$server_name/" "$here/prometheus/targets/blackbox.yml" | keep "$targets/blackbox.yml"
  keep "$targets/postgres_primary.yml" <"$here/prometheus/targets/postgres_primary.yml"
  for name in "${units[@]}"; do
    run systemctl enable -q "$name"
    if stale "$name" "/etc/default/$name" /etc/prometheus/*.yml /etc/prometheus/cdrapi/*.yml; then control restart "$name"; fi
  done
}

install_firewall() {
  $firewall || return 0
  packages nftables iproute2
  command_of "$here/firewall/cdrapi-firewall"
  local new=false
  [ -e /etc/cdrapi/firewall.addresses.nft ] || new=true
  put "$here/firewall/firewall.nft" /etc/cdrapi/firewall.nft
  {
    local text
    text=$(<"$here/firewall/firewall.addresses.nft")
    text=${text/define administrators4 = { \}/define administrators4 = { $(addresses 4 "${administrators[@]}") \}}
    text=${text/define administrators6 = { \}/define administrators6 = { $(addresses 6 "${administrators[@]}") \}}
    text=${text/define callers4 = { \}/define callers4 = { $(addresses 4 "${callers[@]}") \}}
    text=${text/define callers6 = { \}/define callers6 = { $(addresses 6 "${callers[@]}") \}}
    echo "$text"
  } | keep /etc/cdrapi/firewall.addresses.nft
  put "$here/systemd/cdrapi-firewall.service" /etc/systemd/system/cdrapi-firewall.service
  if ! run /opt/cdrapi/bin/cdrapi-firewall check; then
    # So that a run with better options writes better ones.
    ! $new || rm /etc/cdrapi/firewall.addresses.nft
    fail "the firewall is refused, for the reason above; correct --administrator or --caller, or say --no-firewall"
  fi
  run systemctl daemon-reload
  run systemctl enable -q cdrapi-firewall
  if stale cdrapi-firewall /etc/cdrapi/firewall.nft /etc/cdrapi/firewall.addresses.nft /opt/cdrapi/bin/cdrapi-firewall; then control reload-or-restart cdrapi-firewall; fi
}

# addresses 4|6 ADDRESS...: those of that kind, as nft lists them.
addresses() {
  local kind=$1 address list=()
  shift
  for address; do
    ! is_network "$address" "$kind" || list+=("$address")
  done
  local IFS=,
  echo "${list[*]}"
}

report() {
  if $dry; then say "Nothing was changed."; return; fi
  local status
  # nginx takes a moment after it was told.
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    status=$(curl -s -o /dev/null -w '%{http_code}' --max-time 10 --insecure --resolve "$server_name:443:127.0.0.1" "https://$server_name/health/ready" || true)
    [ "$status" != 200 ] || break
    sleep 0.5
  done
  [ "$status" = 200 ] || fail "installed, but https://$server_name/health/ready answers $status here. See: nginx -t; ss -ltn; journalctl -u 'cdrapi@*' -n 20"
  say
  say "CdrApi answers at https://$server_name, instances at 127.0.0.1 ports $instances."
  say "What to look after: docs/operations.md"
}

uninstall() {
  local unit file
  for unit in /etc/systemd/system/cdrapi.target.wants/cdrapi@*.service; do
    [ -e "$unit" ] || continue
    run systemctl disable -q --now "$(basename "$unit")"
  done
  for unit in cdrapi.target cdrapi-firewall.service cdrapi-backup.timer cdrapi-restore-test.timer cdrapi-primary-exporter.service; do
    [ ! -e "/etc/systemd/system/$unit" ] || run systemctl disable -q --now "$unit"
  done
  run rm -f /etc/systemd/system/cdrapi@.service /etc/systemd/system/cdrapi.target /etc/systemd/system/cdrapi-*.service /etc/systemd/system/cdrapi-*.timer
  run systemctl daemon-reload
  # They listened on loopback by settings that go now.
  for unit in prometheus prometheus-node-exporter prometheus-blackbox-exporter prometheus-alertmanager prometheus-postgres-exporter; do
    [ ! -e "/etc/default/$unit.before-cdrapi" ] || run systemctl disable -q --now "$unit"
  done
  # The operator's own receivers are in it: the next installation takes them.
  if [ -e /etc/prometheus/alertmanager.yml.before-cdrapi ]; then run mv /etc/prometheus/alertmanager.yml /etc/prometheus/alertmanager.yml.cdrapi; fi
  for file in /etc/default/prometheus* /etc/prometheus/*; do
    if [ -e "$file.before-cdrapi" ]; then run mv "$file.before-cdrapi" "$file"; fi
  done
  [ ! -e /etc/prometheus/alertmanager.yml.before-cdrapi ] || run mv /etc/prometheus/alertmanager.yml.before-cdrapi /etc/prometheus/alertmanager.yml
  for file in /opt/cdrapi/bin/*; do
    [ ! -L "/usr/local/sbin/$(basename "$file")" ] || run rm "/usr/local/sbin/$(basename "$file")"
  done
  run rm -rf /opt/cdrapi /etc/nginx/conf.d/cdrapi.conf /etc/prometheus/postgres-queries.yml /etc/postgresql-common/createcluster.d/cdrapi.conf
  run rm -f /etc/prometheus/cdrapi/*.yml
  [ ! -e /etc/nginx/nginx.conf ] || run sed -i 's/worker_connections 4096;/worker_connections 768;/' /etc/nginx/nginx.conf
  ! dpkg-statoverride --list "$figures" >/dev/null || run dpkg-statoverride --remove "$figures"
  if [ -e /etc/nginx/cdrapi/default-site ] && [ ! -e /etc/nginx/sites-enabled/default ]; then
    run ln -s /etc/nginx/sites-available/default /etc/nginx/sites-enabled/default
    run rm /etc/nginx/cdrapi/default-site
  fi
  if $purge; then
    run rm -rf /etc/cdrapi /etc/nginx/cdrapi /etc/prometheus/cdrapi /etc/prometheus/alertmanager.yml.cdrapi
    ! getent passwd cdrapi >/dev/null || run userdel cdrapi
  fi
  ! systemctl is-active -q nginx || run systemctl reload nginx
  if $dry; then say "Nothing was changed."; return; fi
  say "Uninstalled; monitoring is stopped, and no firewall is left. What stays: the standby and its slot on the primary (deploy/postgres/replica/cdrapi-replica --remove"
  say "--drop-slot), /var/backups/cdrapi, /var/log/nginx, Debian's packages$($purge || echo ', /etc/cdrapi, /etc/nginx/cdrapi, /etc/prometheus/cdrapi')."
}

# A wrong command line is said first, whoever runs it and wherever.
$uninstall || check_options
check
if $uninstall; then uninstall; exit 0; fi
install_program
install_firewall
install_configuration
install_standby
install_instances
install_nginx
stop_instances
install_monitoring
install_backup
install_firewall
report
