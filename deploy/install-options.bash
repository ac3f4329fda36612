# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # Part of install.sh: its options, and which of them go together. Sets its variables.

server_name='' primary='' standby='' replicator_password='' reader_password='' database=sippy certificate='' key='' instances=3001,3002
self_signed=false firewall=true monitoring=true backup=true dry=false uninstall=false purge=false
exempt=() callers=() administrators=() replica_options=()
remembered=/etc/cdrapi/install.conf
kept=() values=() origin=''

misuse() { fail "$1$origin; see --help" 2; }

# What is run later asks for the same again.
remember() { [[ " ${values[*]} " == *" $* "* ]] || values+=("$@"); }

readonly a_network='an address or a network, such as 192.0.2.20, 198.51.100.0/24 or 2001:db8::/48'

is_server_name() { [ ${#1} -le 253 ] && [[ $1 != *_* && $1 != *. ]] && { is_host_name "$1" || is_ipv4 "$1"; }; }

# What systemd gives to a user without rights, and nothing else here listens on.
is_instance() { is_number "$1" 1024 65535 && [[ " 5432 9090 9093 9094 9100 9115 9187 " != *" $1 "* ]]; }

are_instances() {
  all_of "$1" is_instance && [ -z "$(tr , '\n' <<<"$1" | sort | uniq -d)" ]
}

# A pipe is read only once, later.
is_password_file() { is_file "$1" && { [ ! -f "$1" ] || [ -n "$(secret "$1")" ]; }; }

is_pem() { [ -f "$1" ] && is_file "$1" && grep -qE -- "-----BEGIN ([A-Z]+ )?$2-----" "$1"; }

is_key() { is_pem "$1" 'PRIVATE KEY' && ! grep -q ENCRYPTED "$1"; }

# An empty host has no openssl yet.
is_pair() {
  ! command -v openssl >/dev/null || [ "$(openssl x509 -in "$certificate" -noout -pubkey 2>&1)" = "$(openssl pkey -in "$key" -pubout 2>&1)" ]
}

# An option of cdrapi-replica, which looks at the values itself; but none of those that are given here.
add_replica_option() {
  local name=${1%%=*}
  [[ $1 =~ ^[a-z-]+=.+ ]] || misuse "--replica-option is $(shown "$1"); it must be NAME=VALUE such as sslmode=verify-full"
  case $name in
    primary | primary-port | password-file | database) misuse "--replica-option cannot be $name: give --primary HOST:PORT, --replicator-password or --database" ;;
    reconfigure | remove | drop-slot | dry-run | check-options | help) misuse "--replica-option cannot be $name, which takes no value: run cdrapi-replica yourself" ;;
  esac
  replica_options+=("--$name" "${1#*=}")
}

read_option() {
  case $1 in
    --self-signed) self_signed=true; remember "$1" ;;
    --no-firewall) firewall=false; remember "$1" ;;
    --no-monitoring) monitoring=false; remember "$1" ;;
    --no-backup) backup=false; remember "$1" ;;
    --dry-run) dry=true ;;
    --uninstall) uninstall=true ;;
    --purge) purge=true ;;
    --help | -h) usage; exit 0 ;;
    *) return 1 ;;
  esac
}

read_value() {
  case $1 in
    --server-name) demand "$@" 'the name of a host, such as cdrs.example.com' is_server_name; server_name=$2 ;;
    --primary) demand "$@" 'a host, such as 192.0.2.1, sippy.example.com:5432 or [2001:db8::1]:5432' is_server; primary=$2 ;;
    --standby) demand "$@" 'hosts, such as 192.0.2.10,192.0.2.11:5433 or [2001:db8::1]:5432' all_of is_server; standby=$2 ;;
    --replicator-password) demand "$@" 'a file with the password on its first line' is_password_file; replicator_password=$2 ;;
    --reader-password) demand "$@" 'a file with the password on its first line' is_password_file; reader_password=$2 ;;
    --database) demand "$@" 'the name of a database: letters, digits and ._-, and no keyword of pg_hba.conf' is_name; database=$2 ;;
    --replica-option) add_replica_option "$2" ;;
    --certificate) demand "$@" 'a file with a certificate in PEM' is_pem CERTIFICATE; certificate=$2 ;;
    --key) demand "$@" 'a file with a private key in PEM, without a password' is_key; key=$2 ;;
    --exempt) demand "$@" "$a_network" is_network; exempt+=("$2") ;;
    --instances) demand "$@" 'ports such as 3001,3002: from 1024 on, each once, none of PostgreSQL or the monitoring' are_instances; instances=$2 ;;
    --caller) demand "$@" "$a_network" is_network; callers+=("$2") ;;
    --administrator) demand "$@" "$a_network" is_network; administrators+=("$2") ;;
    --program) [ -x "$2/CdrApi" ] || misuse "--program: there is no program in $(shown "$2"). Make it with deploy/publish.sh"; program=$2 ;;
    *) return 1 ;;
  esac
  case $1 in
    --certificate | --key | --replicator-password | --reader-password | --program) ;;
    *) remember "$1" "$2" ;;
  esac
}

# Those of before come first: the last one holds.
read_options() {
  local given=$#
  [ ! -e "$remembered" ] || [ -r "$remembered" ] || fail "must be run as root: $remembered cannot be read"
  if [ -e "$remembered" ] && ! [[ " $* " =~ \ (--uninstall|--help|-h)\  ]]; then
    mapfile -t kept < <(grep . "$remembered")
    set -- "${kept[@]}" "$@"
  fi
  while [ $# -gt 0 ]; do
    origin=''
    [ $# -le "$given" ] || origin=" (in $remembered: correct it there, an option and its value are a line each)"
    if ! read_option "$1"; then
      case $1 in
        --server-name | --primary | --standby | --replicator-password | --reader-password | --database | --replica-option | --certificate | --key | \
          --exempt | --instances | --caller | --administrator | --program) needs_value "${@:1:2}" ;;
        *) unknown_option "$1" ;;
      esac
      read_value "$1" "$2"
      shift
    fi
    shift
  done
  origin=''
  ! $purge || $uninstall || misuse "--purge goes with --uninstall"
}

# What was given together, before anything is changed.
check_options() {
  # Whoever may not look into it would be told that everything is missing.
  [ ! -e /etc/cdrapi ] || [ -x /etc/cdrapi ] || fail "must be run as root"
  [ -n "$server_name" ] || misuse "--server-name is missing"
  [ -z "$primary" ] || [ -z "$standby" ] || misuse "--primary makes a standby here, --standby uses others: give one of them"
  if [ ! -e /etc/cdrapi/cdrapi.json ]; then
    [ -n "$primary$standby" ] || misuse "--primary or --standby is missing: where do the CDRs come from?"
  fi
  [ -e /etc/cdrapi/pgpass ] || [ -n "$reader_password" ] || misuse "--reader-password is missing: a file with the password of cdr_reader"
  if [ ! -e /etc/cdrapi/tls/privkey.pem ] && [ -z "$certificate" ]; then
    $self_signed || misuse "--certificate and --key are missing; --self-signed makes one for a trial"
    [ ${#server_name} -le 64 ] || misuse "--self-signed takes a --server-name of at most 64 characters"
  fi
  [ -z "$certificate" ] || [ -n "$key" ] || misuse "--certificate needs --key"
  [ -z "$key" ] || [ -n "$certificate" ] || misuse "--key needs --certificate"
  if $firewall && [ ! -e /etc/cdrapi/firewall.addresses.nft ]; then
    [ ${#callers[@]} -gt 0 ] || misuse "no --caller: nobody could reach 443. Name the application servers, or say --no-firewall"
    [ ${#administrators[@]} -gt 0 ] || misuse "no --administrator: nobody could reach this host by SSH. Name your network, or say --no-firewall"
  fi
  ! $firewall || [ ! -e /etc/cdrapi/firewall.addresses.nft ] || "$here/firewall/cdrapi-firewall" addresses || exit
  [ -z "$key" ] || is_pair || misuse "--key is not the key of --certificate"
  [ -n "$primary" ] || [ ${#replica_options[@]} -eq 0 ] || misuse "--replica-option goes with --primary"
  set_replica_command
  [ -z "$primary" ] || "$here/postgres/replica/cdrapi-replica" "${replica_command[@]}" --check-options || exit
}

# As cdrapi-replica is told.
set_replica_command() {
  replica_command=()
  [ -n "$primary" ] || return 0
  split_server "$primary"
  replica_command=(--primary "$server_host" --database "$database")
  [ -z "$server_port" ] || replica_command+=(--primary-port "$server_port")
  [ -z "$replicator_password" ] || replica_command+=(--password-file "$replicator_password")
  replica_command+=("${replica_options[@]}")
}
