# shellcheck shell=bash disable=SC2154
# Part of cdrapi-replica: the standby's settings, who may connect, and the passfile.

names_of_config=(postgresql.conf start.conf pg_hba.conf pg_ident.conf conf.d/cdrapi.conf)

base_settings() {
  cat <<END
# Written by cdrapi-replica. Put your own settings into a file that comes after this one, such as zz-local.conf.
data_directory = '$data'
hba_file = '$config/pg_hba.conf'
ident_file = '$config/pg_ident.conf'

# The API, its monitoring and its backups are on this machine.
listen_addresses = 'localhost'
port = $port
unix_socket_directories = '$sockets'
password_encryption = 'scram-sha-256'

# The password is in the passfile alone.
primary_conninfo = '$(conninfo_with)'
primary_slot_name = '$slot'
hot_standby = on
# Half of it after its last word an idle primary is asked to speak again: as_of is never older than that.
wal_receiver_timeout = 20s
# A query that stands in the way of replay is ended after this, and the API asks it again.
max_standby_streaming_delay = 30s
# On, it would keep such queries from being ended, and VACUUM on the primary from its work: also while this standby is away.
hot_standby_feedback = off

log_connections = on
log_line_prefix = '%m [%p] %q%u@%d '
log_timezone = 'UTC'
timezone = 'UTC'
END
}

audit_settings() {
  cat <<END

# Who read which table, and when. Statements are left out: they would bring telephone numbers into the log.
shared_preload_libraries = '$1'
pgaudit.log = 'read, write, role, ddl'
pgaudit.log_catalog = off
pgaudit.log_relation = on
pgaudit.log_statement = off
END
}

hba() {
  cat <<END
# Written by cdrapi-replica, and read from top to bottom; who is in no line is refused. pg_ident.conf has the map.
local  replication  $user  peer map=cdrapi
local  all  $superuser  peer map=cdrapi
local  all  cdr_monitor  peer map=cdrapi
host  $database  cdr_reader  127.0.0.1/32  scram-sha-256
host  $database  cdr_reader  ::1/128  scram-sha-256
END
}

ident() {
  cat <<END
# Written by cdrapi-replica. Map, user of this machine, role.
cdrapi  $os_user  $user
cdrapi  $os_user  $superuser
cdrapi  prometheus  cdr_monitor
END
}

# What the server would take, with all that is included.
setting() {
  "${as[@]}" "$bin/postgres" -D "$1" -C "$2" 2>"$work/error" || die "PostgreSQL does not take the settings in $config. $(<"$work/error")"
}

write() {
  (umask 077 && cat >"$1.new")
  chmod "$2" "$1.new"
  [ "$(id -u)" -ne 0 ] || chown "$os_user:" "$1.new"
  mv -f -- "$1.new" "$1"
}

has_pgaudit() {
  local directory
  for directory in "$("$bin/pg_config" --pkglibdir 2>"$work/error" || true)" "$bin/../lib" "$bin/../lib/postgresql"; do
    if [ -f "$directory/pgaudit.so" ]; then return; fi
  done
  return 1
}

# The settings as they should be, in $work/config: what the operator has there, and ours.
stage() {
  local staged=$work/config name here libraries
  "${as[@]}" mkdir -p "$staged/conf.d"
  for name in "$config"/*.conf "$config"/conf.d/*.conf; do
    [ ! -f "$name" ] || "${as[@]}" cp -- "$name" "$staged/${name#"$config/"}"
  done
  rm -f -- "$staged/conf.d/cdrapi.conf"
  if [ ! -f "$staged/postgresql.conf" ]; then
    write "$staged/postgresql.conf" 640 <<<"# Written by cdrapi-replica. Put your own settings into a file in conf.d.
include_dir = 'conf.d'"
    [ -z "$debian" ] || write "$staged/start.conf" 644 <<<auto
  fi
  grep -Eq "^[[:space:]]*include_dir[[:space:]]*=?[[:space:]]*'conf\.d'" "$staged/postgresql.conf" ||
    die "$config/postgresql.conf does not include conf.d. Add to it: include_dir = 'conf.d'"

  {
    base_settings
    if has_pgaudit; then
      libraries=$(setting "$staged" shared_preload_libraries) || exit 1
      [[ ,${libraries// /}, == *,pgaudit,* ]] || libraries=${libraries:+$libraries,}pgaudit
      audit_settings "$libraries"
    else
      warn "pgaudit is not installed, so the database will not log who reads what. Install postgresql-${cluster%/*}-pgaudit, and run this again with --reconfigure."
    fi
    echo
    echo "# A standby does not start with less than the primary has."
    for name in "${limits[@]}"; do
      here=$(setting "$staged" "$name") || exit 1
      if [ "$here" -lt "${of_primary[$name]}" ]; then echo "$name = ${of_primary[$name]}  # the primary's; $here without this line"; fi
    done
  } >"$work/settings"
  write "$staged/conf.d/cdrapi.conf" 640 <"$work/settings"
  hba | write "$staged/pg_hba.conf" 640
  ident | write "$staged/pg_ident.conf" 640

  for name in "${limits[@]}"; do
    here=$(setting "$staged" "$name") || exit 1
    [ "$here" -ge "${of_primary[$name]}" ] || die "A later setting than $settings has $name = $here, and the primary ${of_primary[$name]}. Take it out of $config/conf.d, or out of the data directory with ALTER SYSTEM RESET $name."
  done
  here=$(setting "$staged" listen_addresses) || exit 1
  [ "$here" = localhost ] || die "A later setting than $settings has listen_addresses = $here. Take it out of $config/conf.d, or out of the data directory with ALTER SYSTEM RESET listen_addresses."
}

pgpass_field() { local field=${1//\\/\\\\}; echo "${field//:/\\:}"; }
pgpass_line() { echo "$(pgpass_field "$primary"):$primary_port:*:$user:$(pgpass_field "$password")"; }
pgpass_differs() { [ -n "$password" ] && [ "$(pgpass_line)" != "$(cat "$passfile" 2>"$work/error")" ]; }

differences() {
  local name
  for name in "${names_of_config[@]}"; do
    [ ! -e "$work/config/$name" ] || cmp -s "$work/config/$name" "$config/$name" || echo "$name"
  done
  ! pgpass_differs || echo cdrapi.pgpass
}

is_written() { grep -qs '^# Written by cdrapi-replica' "$config/$1"; }

install_config() {
  local name mode
  mkdir -p "$config/conf.d" || die "Cannot make $config. Run this as root."
  [ "$(id -u)" -ne 0 ] || chown "$os_user:" "$config" "$config/conf.d"
  for name in $(differences); do
    if [ "$name" = cdrapi.pgpass ]; then
      pgpass_line | write "$passfile" 600
    else
      # The operator's own stays beside ours.
      [ ! -f "$config/$name" ] || is_written "$name" || cp -p -- "$config/$name" "$config/$name.before-cdrapi"
      mode=$(stat -c %a "$work/config/$name")
      write "$config/$name" "$mode" <"$work/config/$name"
    fi
    say "wrote $config/$name"
  done
}

remove_config() {
  local name
  for name in "${names_of_config[@]}"; do
    ! is_written "$name" || rm -- "$config/$name"
    [ ! -f "$config/$name.before-cdrapi" ] || mv -- "$config/$name.before-cdrapi" "$config/$name"
  done
  rm -f -- "$passfile"
  # Where settings were before this, they go on including conf.d.
  if [ -f "$config/postgresql.conf" ]; then return; fi
  rm -f -- "$config/start.conf"
  rmdir -- "$config/conf.d" "$config" 2>"$work/error" || say "left in $config: $(cd "$config" && echo *)"
}
