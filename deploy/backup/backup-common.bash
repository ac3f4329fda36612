# shellcheck shell=bash
# shellcheck disable=SC2154 # $program is the script's name.
# What cdrapi-backup and cdrapi-restore-test share; it stands beside them.

umask 077
export LC_ALL=C TZ=UTC

# shellcheck disable=SC2034 # The scripts use them.
readonly failed=1 wrong=2 busy=75
child=
# Of /etc/cdrapi/backup.conf, where each is explained.
readonly settings=(
  BACKUP_DIRECTORY BACKUP_KEEP BACKUP_MAX_RATE BACKUP_FROM_PRIMARY BACKUP_PG_BIN
  BACKUP_DATABASE BACKUP_SUPERUSER BACKUP_RELATION BACKUP_TIME_COLUMN BACKUP_MINIMUM_CDRS BACKUP_NEWEST_CDR_HOURS BACKUP_SKIP_INDEXES
  BACKUP_SCRATCH METRICS_DIRECTORY PGHOST PGPORT PGUSER PGPASSFILE PGDATA
)

say() { printf '%s\n' "$*"; }

# systemd reads the priority of a line from its beginning.
complain() { printf '%s%s: %s\n' "${JOURNAL_STREAM:+<3>}" "$program" "$1" >&2; }

die() {
  complain "$1"
  exit "${2:-$failed}"
}

misuse() { die "$1; see --help" $wrong; }
# shellcheck source-path=SCRIPTDIR source=options.bash
source "$here/options.bash"

# read_arguments ARGUMENT...: into config and arguments, without --config.
read_arguments() {
  config=/etc/cdrapi/backup.conf arguments=()
  if [ "${1:-}" = --config ]; then
    needs_value "$@"
    demand "${@:1:2}" 'a file that can be read' is_file
    # shellcheck disable=SC2034 # The scripts use it.
    config=$2
    shift 2
  fi
  [ "${1:-}" != --config ] || misuse "one --config is enough"
  # shellcheck disable=SC2034
  arguments=("$@")
}

# From the environment, else from the file, else the default.
read_settings() {
  local file=$1 name value line number=0
  local -A given=()
  for name in "${settings[@]}"; do
    [ -z "${!name+set}" ] || given[$name]=yes
  done
  # What else libpq would take from the environment is not meant for these scripts.
  for name in "${!PG@}"; do
    [[ " ${settings[*]} " == *" $name "* ]] || unset "$name"
  done

  if [ -e "$file" ]; then
    [ -r "$file" ] || die "Cannot read $file: make it readable to $(id -un)." $wrong
    while IFS= read -r line || [ -n "$line" ]; do
      number=$((number + 1))
      [[ ! $line =~ ^[[:space:]]*(#.*)?$ ]] || continue
      [[ $line =~ ^([A-Z_]+)=(.*[^[:space:]])?[[:space:]]*$ ]] || die "$file, line $number is not NAME=VALUE: $line" $wrong
      name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
      [[ " ${settings[*]} " == *" $name "* ]] || die "$file, line $number: $name is no setting. There are ${settings[*]}." $wrong
      [[ ! $value =~ ^\"(.*)\"$ ]] || value=${BASH_REMATCH[1]}
      [ -n "${given[$name]:-}" ] || printf -v "$name" %s "$value"
    done <"$file"
  fi

  BACKUP_DIRECTORY=${BACKUP_DIRECTORY:-/var/backups/cdrapi}
  BACKUP_KEEP=${BACKUP_KEEP:-7}
  BACKUP_MAX_RATE=${BACKUP_MAX_RATE:-}
  BACKUP_FROM_PRIMARY=${BACKUP_FROM_PRIMARY:-no}
  BACKUP_DATABASE=${BACKUP_DATABASE:-sippy}
  BACKUP_SUPERUSER=${BACKUP_SUPERUSER:-postgres}
  BACKUP_RELATION=${BACKUP_RELATION:-cdrs}
  BACKUP_TIME_COLUMN=${BACKUP_TIME_COLUMN:-connect_time}
  BACKUP_MINIMUM_CDRS=${BACKUP_MINIMUM_CDRS:-1}
  BACKUP_NEWEST_CDR_HOURS=${BACKUP_NEWEST_CDR_HOURS:-48}
  BACKUP_SKIP_INDEXES=${BACKUP_SKIP_INDEXES:-}
  BACKUP_SCRATCH=${BACKUP_SCRATCH:-/var/tmp/cdrapi-restore-test}
  METRICS_DIRECTORY=${METRICS_DIRECTORY-/var/lib/prometheus/node-exporter}
  export PGHOST=${PGHOST:-/var/run/postgresql} PGPORT=${PGPORT:-5432} PGUSER=${PGUSER:-cdr_replicator}
  [ -z "${PGPASSFILE:-}" ] || export PGPASSFILE
}

require_number() {
  if [[ ! ${!1} =~ ^[0-9]{1,9}$ ]] || [ "$((10#${!1}))" -lt "$2" ]; then
    die "$1 is \"${!1}\"; it takes a whole number from $2 on." $wrong
  fi
}

# require NAME WHAT CHECK [ARGUMENT...]: of a setting, unless it is empty.
require() { [ -z "${!1:-}" ] || "$3" "${!1}" "${@:4}" || die "$1 is \"${!1}\"; it takes $2." $wrong; }

# A path may have more in it here than where it stands in settings.
is_absolute() { [[ $1 == /* && $1 != *[[:cntrl:]]* ]]; }

require_paths() {
  local name
  for name; do require "$name" 'an absolute path' is_absolute; done
}

require_not_root() {
  [ "$(id -u)" -ne 0 ] || die "Run it as the user of the server: runuser -u postgres -- $0 …" $wrong
}

require_backup_directory() {
  if [ ! -d "$BACKUP_DIRECTORY" ] || [ ! -r "$BACKUP_DIRECTORY" ] || [ ! -x "$BACKUP_DIRECTORY" ]; then
    die "$BACKUP_DIRECTORY is no directory that $(id -un) can read. As root: install -d -o postgres -g postgres -m 0700 $BACKUP_DIRECTORY"
  fi
}

# PostgreSQL's programs of that major version: pg_verifybackup and the server must be of the backup's own.
find_programs() {
  bin=${BACKUP_PG_BIN:-/usr/lib/postgresql/$1/bin}
  local name
  for name in postgres psql pg_basebackup pg_verifybackup pg_waldump pg_controldata pg_checksums pg_amcheck; do
    [ -x "$bin/$name" ] || die "There is no $bin/$name: install postgresql-$1, or set BACKUP_PG_BIN."
  done
}

# Runs a long program so that a signal is obeyed at once. It ends with this script, even when that is killed, and its own
# children with it: timeout, here without a time, passes the signal on to all (pg_basebackup leaves the one that streams WAL).
run() {
  local status=0
  setpriv --pdeathsig TERM -- timeout 0 "$@" &
  child=$!
  wait "$child" || status=$?
  child=
  return "$status"
}

stop_child() {
  [ -n "$child" ] || return 0
  kill "$child" 2>/dev/null || true
  wait "$child" 2>/dev/null || true
  child=
}

# A program that was just ended may still have been writing.
remove() {
  local attempt
  for attempt in 1 2 3; do
    # Within a trap, return alone would be the status that led there.
    rm -rf -- "$1" && return 0
    sleep "$attempt"
  done
  complain "Cannot remove $1. Remove it by hand."
}

# Files of a running server come and go meanwhile.
size_of() { { du --summarize --apparent-size --block-size=1 -- "$1" 2>/dev/null || true; } | cut -f 1; }

readable() { numfmt --to=iec --suffix=B --format=%.1f "$1"; }

# Room for that many bytes, a tenth more, and the WAL that is written meanwhile.
require_space() {
  local needed free
  needed=$(($2 + $2 / 10 + 64 * 1024 * 1024))
  free=$(df --output=avail --block-size=1 -- "$1" | tail -n 1)
  [ "$free" -ge "$needed" ] || die "Not enough room in $1: $(readable "$needed") needed, $(readable "$free") free. $3"
  say "$(readable "$2") to copy; $1 has $(readable "$free") free."
}

# A tablespace lies outside the data directory, under a path that this machine's own server uses.
refuse_tablespaces() {
  local first
  first=$(find "$1/pg_tblspc" -mindepth 1 -maxdepth 1 -print -quit)
  [ -z "$first" ] || die "$1 has tablespaces ($first -> $(readlink "$first")), which these scripts do not copy. Move their tables to pg_default on the primary."
}

# Names, newest first.
list_backups() {
  local path
  for path in "$BACKUP_DIRECTORY"/*/; do
    path=$(basename "$path")
    [[ ! $path =~ ^[0-9]{8}T[0-9]{6}Z$ ]] || say "$path"
  done | sort --reverse
}

require_backup() {
  if [[ ! $1 =~ ^[0-9]{8}T[0-9]{6}Z$ ]] || [ ! -d "$BACKUP_DIRECTORY/$1" ]; then
    die "There is no backup $1 in $BACKUP_DIRECTORY. cdrapi-backup --list says which there are." $wrong
  fi
}

# Until release: no other process prunes it.
hold() {
  exec 8<"$BACKUP_DIRECTORY/$1"
  flock --shared 8
  [ -d "$BACKUP_DIRECTORY/$1" ] || die "The backup $1 was pruned just now."
}

release() { exec 8<&-; }

# Each file against the manifest, and the WAL that the backup needs.
verify() { run "$bin/pg_verifybackup" --quiet -- "$1"; }

# To an empty directory.
copy_backup() {
  local source=$BACKUP_DIRECTORY/$1 target=$2
  hold "$1"
  [ -r "$source/PG_VERSION" ] || die "The backup $1 is damaged: it has no PG_VERSION."
  find_programs "$(cat "$source/PG_VERSION")"
  refuse_tablespaces "$source"
  require_space "$target" "$(size_of "$source")" "Make room there, or name another directory."
  run cp --recursive --reflink=auto --preserve=mode --no-target-directory -- "$source" "$target" || die "The backup $1 cannot be copied to $target."
  release
  chmod 0700 "$target"
  verify "$target" || die "The backup $1 is damaged: the files are named above. Take another one."
  say "Copied, and verified against its manifest."
}

# What a file of metrics says now, or the default.
metric() {
  local value=
  [ -z "$METRICS_DIRECTORY" ] || value=$(sed -n "s/^$2 \([0-9][0-9]*\)$/\1/p" "$METRICS_DIRECTORY/$1" 2>/dev/null | tail -n 1) || value=
  say "${value:-$3}"
}

# From standard input: name, value, and what it means. In one step, so that none is read by halves.
write_metrics() {
  [ -n "$METRICS_DIRECTORY" ] || return 0
  local file=$METRICS_DIRECTORY/$1 name value help
  if ! {
    while read -r name value help; do
      printf '# HELP %s %s\n# TYPE %s gauge\n%s %s\n' "$name" "$help" "$name" "$name" "$value"
    done >"$file.$$" && chmod 0644 "$file.$$" && mv -f -- "$file.$$" "$file"
  } 2>/dev/null; then
    rm -f -- "$file.$$" 2>/dev/null || true
    complain "Cannot write $file. As root: dpkg-statoverride --update --add root postgres 0775 $METRICS_DIRECTORY"
    return 1
  fi
}
