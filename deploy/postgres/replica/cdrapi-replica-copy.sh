# shellcheck shell=bash disable=SC2154,SC2034
# Part of cdrapi-replica: the primary, its slot, and the copy of it.

slot_made='' half_made='' copy_pid=''

# Replication commands, of which SHOW is one: no database is entered.
ask_primary() {
  local command commands=()
  for command in "$@"; do commands+=(-c "$command"); done
  PGPASSWORD=$password "${as[@]}" "$bin/psql" -XAtq -v ON_ERROR_STOP=1 -d "$conninfo replication=true connect_timeout=10" "${commands[@]}" 2>"$work/error"
}

# The primary's own words, and what to do about them.
require_primary() { ask_primary "$@" || die "$(explain "$(<"$work/error")") $(<"$work/error")"; }

set_password() { echo "psql -c \"SET password_encryption = 'scram-sha-256'\" -c '\\password $1'"; }

explain() {
  case $1 in
    *'password authentication failed'* | *'no password supplied'*) echo "The primary does not take the password of $user. Set it there with $(set_password "$user"), and give the same here with --password-file." ;;
    *'no pg_hba.conf entry'*) echo "The primary's pg_hba.conf does not let $user replicate from here. Add the line of primary/pg_hba.conf to it, and reload." ;;
    *'replication role'* | *'permission denied to start WAL sender'*) echo "$user may not replicate. Run primary/roles.sql on the primary." ;;
    *'is active for PID'*) echo "The slot $slot is another standby's. Give this one a slot of its own with --slot." ;;
    *'has already been removed'* | *'lost'*'slot'*) echo "It was away for longer than the primary keeps WAL (max_slot_wal_keep_size). Run this with --remove --drop-slot, and make it anew." ;;
    *'not recognized by setlocale'* | *'incompatible with operating system'*) echo "This machine lacks a locale of the primary's. Make it with locale-gen (package locales)." ;;
    *'No space left on device'*) echo "$(dirname "$data") is full. Make room, or give another --data-directory." ;;
    *'connection to server'*) echo "Cannot reach the primary at $primary:$primary_port. Check the address, its listen_addresses, and what stands between." ;;
  esac
}

conninfo_with() {
  echo "host=$primary port=$primary_port user=$user passfile=$passfile sslmode=$sslmode ${sslrootcert:+sslrootcert=$sslrootcert }application_name=$slot"
}

# As the options say; without --primary, as the settings of an earlier run do.
find_primary() {
  if [ -n "$primary" ]; then
    [ -n "$password" ] || [ -f "$passfile" ] || die "The password of $user is not known. Give --password-file."
    conninfo=$(conninfo_with)
  else
    conninfo=$(setting "$config" primary_conninfo)
    [[ $conninfo =~ host=([^ ]+)\ port=([0-9]+)\ user=([^ ]+)\ .*sslmode=([^ ]+)\ (sslrootcert=([^ ]+)\ )? ]] || die "$settings names no primary. Give --primary."
    primary=${BASH_REMATCH[1]} primary_port=${BASH_REMATCH[2]} user=${BASH_REMATCH[3]} sslmode=${BASH_REMATCH[4]} sslrootcert=${BASH_REMATCH[6]}
    slot=$(setting "$config" primary_slot_name)
  fi
}

limits=(max_connections max_worker_processes max_wal_senders max_prepared_transactions max_locks_per_transaction)
declare -A of_primary

check_primary() {
  local major here index found keep
  here=$("$bin/postgres" --version | grep -Eo '[0-9]+' | head -n 1)
  found=$(require_primary IDENTIFY_SYSTEM 'SHOW server_version_num' 'SHOW wal_level' "${limits[@]/#/SHOW }") || exit 1
  readarray -t found <<<"$found"
  system=${found[0]%%|*} major=$((found[1] / 10000))
  [ "$major" = "$here" ] ||
    die "The primary is PostgreSQL $major, and $bin has $here. A streaming standby needs the same major version: install postgresql-$major and give --cluster $major/main, or make a logical replica (deploy/postgres/logical)."
  [ "$major" -ge 12 ] || die "The primary is PostgreSQL $major, and this needs 12 or later. Make a logical replica (deploy/postgres/logical)."
  [ "${found[2]}" != minimal ] || die "wal_level is minimal on the primary. Set it to replica (primary/postgresql.conf), and restart it."
  for index in "${!limits[@]}"; do of_primary[${limits[index]}]=${found[index + 3]}; done
  keep=$(ask_primary 'SHOW max_slot_wal_keep_size') || keep=-1
  [ "$keep" != -1 ] || warn "max_slot_wal_keep_size is not set on the primary: a standby that stays away would fill its disk. See primary/postgresql.conf."
}

make_slot() {
  if ask_primary "CREATE_REPLICATION_SLOT \"$slot\" PHYSICAL RESERVE_WAL" >"$work/slot"; then
    slot_made=$slot
    say "made the slot $slot on the primary"
  else
    grep -q 'already exists' "$work/error" || die "$(explain "$(<"$work/error")") $(<"$work/error")"
    [ "$slot_made" = "$slot" ] || slot_made=''
    say "the slot $slot is there, and is used"
  fi
}

drop_slot() {
  if ask_primary "DROP_REPLICATION_SLOT \"$slot\" WAIT"; then
    say "dropped the slot $slot"
  else
    grep -q 'does not exist' "$work/error" || die "The slot $slot was not dropped. $(explain "$(<"$work/error")") $(<"$work/error") Run this again, or primary/slot-undo.sql on the primary."
  fi
}

free_kb() { df --output=avail -k "$1" | tail -n 1; }
gigabytes() { awk -v kb="$1" 'BEGIN { printf "%.1f GB", kb / 1048576 }'; }

# What is half made stands in a directory of its own: so the data directory is whole or empty, and what is deleted is ours.
make_half() {
  { "${as[@]}" mkdir -p "$(dirname "$half")" && "${as[@]}" mkdir "$half"; } 2>"$work/error" || die "$(<"$work/error"). The directory above must be $os_user's."
  half_made=1
  echo "$slot_made" >"$half/made-by-cdrapi-replica"
}

copy() {
  local name free total seen=0 percent progress
  make_half
  free=$(free_kb "$half")
  say "copying the primary into $data"
  # In a process group of its own, since it forks. It keeps the lock: should this be killed, nobody interferes until the copy ends.
  setsid "${as[@]}" "$bin/pg_basebackup" -D "$half/data" -d "$conninfo" -X stream -S "$slot" --checkpoint=fast --progress "${copy_options[@]}" >"$work/copy" 2>&1 &
  copy_pid=$!
  while kill -0 "$copy_pid" 2>"$work/kill"; do
    progress=$(tr '\r' '\n' <"$work/copy" | grep -Eo '[0-9]+/[0-9]+ kB' | tail -n 1) || progress=''
    if [ -n "$progress" ]; then
      progress=${progress% kB} total=${progress#*/}
      # A tenth more, for what is written meanwhile.
      [ "$((total + total / 10))" -le "$free" ] ||
        die "The primary's files have $(gigabytes "$total"), and $(dirname "$data") has $(gigabytes "$free") free. Make room, or give another --data-directory."
      percent=$((100 * ${progress%/*} / (total > 0 ? total : 1)))
      if [ "$((percent / 10))" -gt "$((seen / 10))" ]; then
        seen=$percent
        say "  $percent % of $(gigabytes "$total")"
      fi
    fi
    sleep 0.2
  done
  wait "$copy_pid" || {
    grep -vE '^ *[0-9]+/[0-9]+ kB' "$work/copy" >"$work/error" || true
    die "The copy failed. $(explain "$(<"$work/error")") $(<"$work/error")"
  }
  copy_pid=''

  # The primary's own settings: the first would win over ours, the others count where somebody starts the directory by itself.
  for name in postgresql.auto.conf postgresql.conf pg_hba.conf pg_ident.conf; do
    [ ! -e "$half/data/$name" ] || mv -- "$half/data/$name" "$half/data/$name.of-primary"
  done
  "${as[@]}" touch "$half/data/postgresql.auto.conf" "$half/data/standby.signal"
  [ ! -e "$data" ] || rmdir -- "$data" 2>"$work/error" || die "$(<"$work/error"). A mount point cannot be replaced: name a directory below it."
  mv -T -- "$half/data" "$data"
  slot_made=''
  rm -rf -- "$half"
}

clean_up() {
  local code=$?
  trap - EXIT
  if [ -n "$copy_pid" ]; then
    kill -- "-$copy_pid" 2>"$work/kill" || true
    wait "$copy_pid" 2>"$work/kill" || true
  fi
  if [ "$code" -ne 0 ]; then
    # Not what another run is making.
    [ -z "$half_made" ] || rm -rf -- "$half"
    # Without a standby it would only keep WAL.
    [ -z "$slot_made" ] || (drop_slot) || warn "The slot $slot stays on the primary and keeps WAL there."
  fi
  rm -rf -- "$work"
  exit "$code"
}
