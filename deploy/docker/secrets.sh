#!/usr/bin/env bash
# Makes what compose.yml needs in secrets/ beside it; what is there stays. Needs openssl, and docker with the image cdrapi.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p secrets/tls secrets/api
# Where they stood before.
for name in pgpass cdrapi.json; do
  [ ! -s "secrets/$name" ] || mv -n "secrets/$name" "secrets/api/$name"
done

for name in postgres replicator reader grafana; do
  [ -s "secrets/$name" ] || openssl rand -hex 24 >"secrets/$name"
done
[ -s secrets/api/pgpass ] || printf '*:*:*:cdr_reader:%s\n' "$(cat secrets/reader)" >secrets/api/pgpass
if [ ! -s secrets/tls/privkey.pem ]; then
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out secrets/tls/privkey.pem
  openssl req -x509 -key secrets/tls/privkey.pem -days 365 -subj /CN=cdrs.example.com -addext subjectAltName=DNS:cdrs.example.com -out secrets/tls/fullchain.pem
fi

if [ ! -s secrets/api/cdrapi.json ]; then
  docker image inspect cdrapi >/dev/null 2>&1 || docker build -f Dockerfile -t cdrapi ../..
  caller=$(docker run --rm cdrapi keys new --id administrator --scope cdrs:read:all)
  prometheus=$(docker run --rm cdrapi keys new --id prometheus --scope ops:read)
  head -n 1 <<<"$prometheus" | tr -d '\n' >secrets/prometheus
  cat >secrets/api/cdrapi.json <<JSON
{ "Security": { "TrustedProxies": ["172.16.0.0/12"], "ApiKeys": [
$(sed -n '/^{/,$p' <<<"$caller"),
$(sed -n '/^{/,$p' <<<"$prometheus")
] } }
JSON
  echo "The API key for callers, shown this once: $(head -n 1 <<<"$caller")"
fi
# Users of the containers read them; only this directory keeps others out.
chmod 700 secrets
chmod -R go=rX secrets/*
