# shellcheck shell=bash
# What scripts take for an address, a port, a name. One check each, so that what is wrong is said before anything is changed. The scripts that
# source this say in misuse how they end.

# Ranges such as [a-z] are those of ASCII.
LC_ALL=C

# As it was typed, and what cannot be seen in escapes.
shown() { if [[ $1 == *[![:print:]]* ]]; then printf %q "$1"; else printf '"%s"' "$1"; fi; }

# needs_value OPTION [VALUE...]: what is left of the command line.
needs_value() {
  [ $# -ge 2 ] || misuse "$1 needs a value"
  [ -n "$2" ] || misuse "$1 has an empty value"
  [[ $2 != -?* ]] || misuse "$1 needs a value, and $(printf %q "$2") is an option"
  [[ $2 != *[[:cntrl:]]* ]] || misuse "$1 has a control character in its value $(shown "$2")"
}

unknown_option() {
  case $1 in
    --*=*) misuse "unknown option $(printf %q "$1"): write ${1%%=*} and its value with a blank between" ;;
    *) misuse "unknown option $(printf %q "$1")" ;;
  esac
}

# demand OPTION VALUE WHAT CHECK [ARGUMENT...]
demand() { "$4" "$2" "${@:5}" || misuse "$1 is $(shown "$2"); it must be $3"; }

# is_number TEXT LEAST MOST: as people write it, since bash takes 08 for octal.
is_number() { [[ $1 =~ ^(0|[1-9][0-9]{0,9})$ ]] && [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]; }

is_port() { is_number "$1" 1 65535; }

is_ipv4() {
  local part='(0|[1-9][0-9]{0,2})'
  [[ $1 =~ ^$part\.$part\.$part\.$part$ ]] || return 1
  for part in "${BASH_REMATCH[@]:1}"; do [ "$part" -le 255 ] || return 1; done
}

# Without a %zone.
is_ipv6() {
  local before=${1%:*} last=${1##*:}
  # The last two groups may be written as IPv4.
  if is_ipv4 "$last"; then set -- "$before:0:0"; fi
  local left=${1%%::*} right='' side='^([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4})*)?$' groups
  [[ $1 != *::* ]] || right=${1#*::}
  [[ $left =~ $side && $right =~ $side ]] || return 1
  read -ra groups <<<"${left//:/ } ${right//:/ }"
  if [[ $1 == *::* ]]; then [ ${#groups[@]} -le 7 ]; else [ ${#groups[@]} -eq 8 ]; fi
}

# is_network TEXT [4|6]: an address, or a network such as 192.0.2.0/24.
is_network() {
  local address=${1%%/*} most
  if [ "${2:-4}" = 4 ] && is_ipv4 "$address"; then most=32
  elif [ "${2:-6}" = 6 ] && is_ipv6 "$address"; then most=128
  else return 1; fi
  [[ $1 != */* ]] || is_number "${1#*/}" 0 "$most"
}

# A name of the DNS or of /etc/hosts. What ends in a number is meant for an address, and none.
is_host_name() {
  local label='[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?'
  [ ${#1} -le 253 ] && [[ $1 =~ ^$label(\.$label)*\.?$ && ! $1 =~ (^|\.)[0-9]+\.?$ ]]
}

# One to connect to.
is_host() { is_host_name "$1" || is_ipv4 "$1" || { is_ipv6 "${1%%%*}" && [[ $1 =~ ^[^%]+(%[A-Za-z0-9._-]+)?$ ]]; }; }

# split_server HOST[:PORT]: into server_host and server_port. An IPv6 address with a port is in brackets.
split_server() {
  server_host=$1 server_port=''
  if [[ $1 =~ ^\[([^][]*)\](:(.*))?$ ]]; then
    server_host=${BASH_REMATCH[1]} server_port=${BASH_REMATCH[3]}
    is_ipv6 "${server_host%%%*}" || return 1
  elif [[ $1 =~ ^([^:]*):([^:]*)$ ]]; then
    server_host=${BASH_REMATCH[1]} server_port=${BASH_REMATCH[2]}
  fi
  is_host "$server_host" || return 1
  if [ -n "$server_port" ]; then is_port "$server_port"; else [[ $1 != *: || $1 == *:: ]]; fi
}

is_server() { split_server "$1"; }

# all_of LIST CHECK [ARGUMENT...]: each of a list with commas.
all_of() {
  local list=$1, one
  shift
  while [ -n "$list" ]; do
    one=${list%%,*} list=${list#*,}
    "$1" "$one" "${@:2}" || return 1
  done
}

# Of a database or a role, in connection strings, JSON and pg_hba.conf: nothing that needs quotes, and no keyword.
is_name() {
  [[ $1 =~ ^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$ ]] || return 1
  case $1 in all | sameuser | samerole | samegroup | replication) return 1 ;; esac
}

# Absolute, for settings: nothing that needs quotes.
is_path() { [[ $1 =~ ^(/[A-Za-z0-9._+@-]+)+$ && $1/ != */./* && $1/ != */../* ]]; }

# The most that pg_basebackup may copy in a second.
is_rate() {
  local unit=1
  [[ $1 =~ ^([0-9]{1,7})([kM]?)$ ]] || return 1
  [ "${BASH_REMATCH[2]}" != M ] || unit=1024
  is_number "$((10#${BASH_REMATCH[1]} * unit))" 32 1048576
}

is_file() { [ -r "$1" ] && [ ! -d "$1" ]; }
