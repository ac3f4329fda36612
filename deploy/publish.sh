#!/usr/bin/env bash
# Makes cdrapi-linux-x64.tar.gz: the program with its own .NET runtime, and all of deploy/. A host needs nothing else. Needs the .NET SDK.
set -euo pipefail

usage='deploy/publish.sh [DIRECTORY]   writes cdrapi-linux-x64.tar.gz into DIRECTORY (default: where you are)'
misuse() { printf 'publish.sh: %s\n%s\n' "$1" "$usage" >&2; exit 2; }

case ${1-.} in
  --help | -h) echo "$usage"; exit 0 ;;
  -*) misuse "unknown option $1" ;;
esac
[ $# -le 1 ] || misuse "$2 is one argument too many"
if [ ! -d "${1-.}" ] || [ ! -w "${1-.}" ]; then misuse "${1-.} is no directory that can be written to"; fi

target=$(realpath "${1-.}")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

dotnet publish src/CdrApi -c Release -r linux-x64 --self-contained -o "$work/cdrapi/program"
cp -r deploy docs README.md LICENSE "$work/cdrapi/"
# What deploy/docker/secrets.sh may have made there is nobody else's.
rm -rf "$work/cdrapi/deploy/docker/secrets"
chmod -R u=rwX,go=rX "$work/cdrapi"
tar -C "$work" --owner=0 --group=0 -czf "$target/cdrapi-linux-x64.tar.gz" cdrapi
echo "$target/cdrapi-linux-x64.tar.gz"
