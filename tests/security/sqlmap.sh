#!/usr/bin/env bash
# sqlmap against every parameter of a sandbox on this machine, which takes about a quarter of an hour. Prints a line for each
# request tried; ends with 1 where sqlmap found an injection.
#   dotnet run -c Release --project src/CdrApi.Sandbox -- --port 0 --env-file sandbox.env
#   tests/security/sqlmap.sh sandbox.env
set -euo pipefail
set -a
# shellcheck disable=SC1090
. "${1:?Name the env file of a running sandbox.}"
set +a
case $CDR_API_URL in http://127.0.0.1:*) ;; *) echo "Only against a sandbox on this machine." >&2; exit 2 ;; esac

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
found=0

# $1: what it is; the rest: options of sqlmap. One parameter at a time costs as much as all at once.
try() {
  local what=$1 log="$out/log"
  shift
  timeout 1200 sqlmap --batch --level 1 --risk 1 --dbms PostgreSQL --skip-heuristics --ignore-code='*' --threads 4 --flush-session \
    --output-dir "$out" --disable-coloring -H "X-API-Key: $CDR_API_KEY" "$@" >"$log" 2>&1 || true
  if grep -q "do not appear to be injectable" "$log"; then
    echo "$what: $(grep -c "does not seem to be injectable" "$log") parameters, nothing found"
  else
    echo "$what: FOUND OR NOT FINISHED"
    tail -n 30 "$log"
    found=1
  fi
}

filter='start_date=2026-01-01&end_date=2028-01-01&tz=Europe/Paris&type=all&result=486&result_category=client_error&cli=331&cld=336&cli_translated=331&cld_translated=336'
filter+='&call_id=a&prefix=336&country=FRANCE&protocol=SIP&release_source=caller&remote_ip=192.0.2.17&min_duration=0&max_duration=3600&min_cost=0&max_cost=100'
names=$(tr '&' '\n' <<<"$filter" | cut -d= -f1 | paste -sd,)

try "GET /cdrs" -u "$CDR_API_URL/cdrs?$filter&i_account=14&order=desc&limit=5&offset=0&include_count=true&fields=i_cdr,cli&format=json" \
  -p "$names,i_account,order,limit,offset,include_count,fields,format"
try "GET /cdrs, cursor" -u "$CDR_API_URL/cdrs?limit=5&cursor=AQDpcTrrGyrSzwADA6iqFKJAAAAAAXk2vQw&csv=excel&format=csv" -p cursor,csv
try "GET /cdrs/stats" -u "$CDR_API_URL/cdrs/stats?country=FRANCE&group_by=day,country&tz=Europe/Paris&sort=-cost&limit=5&format=json" -p group_by,tz,sort,limit
try "GET /accounts/{i_account}/cdrs" -u "$CDR_API_URL/accounts/14*/cdrs?limit=5"
try "GET /accounts/{i_account}/cdrs/stats" -u "$CDR_API_URL/accounts/14*/cdrs/stats"
try "GET /cdrs/{i_cdr}" -u "$CDR_API_URL/cdrs/418238747*"
try "POST /cdrs/batch" -u "$CDR_API_URL/cdrs/batch" -H "Content-Type: application/json" \
  --data '{"queries":[{"id":"a*","cli":"331*","country":"FRANCE*","fields":"i_cdr*","start_date":"2026-01-01*","limit":"5*"}]}'
try "POST /auth/token" -u "$CDR_API_URL/auth/token" -H "Content-Type: application/json" --data '{"i_account":"14*","expires_in":"300*"}'
try "DELETE /auth/sessions/{id}" --method DELETE -u "$CDR_API_URL/auth/sessions/5f1c0a9be26d48354bc2d1e0*"
try "X-API-Key" -u "$CDR_API_URL/cdrs?limit=1" -H "X-API-Key: cdr_sandbox_0*"
exit "$found"
