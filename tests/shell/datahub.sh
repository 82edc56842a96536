#!/bin/bash
# DataHub with a real Redis: every address, history that outlives restarts, Redis lost and found again.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
source tests/shell/tap.sh

datahub=${BUILD:-build}/datahub
work=$(mktemp -d)
redis_pid='' datahub_pid=''

# shellcheck disable=SC2317 # the trap calls it
clean_up() {
    local pid
    for pid in $datahub_pid $redis_pid; do
        kill -CONT "$pid" 2>/dev/null
        kill -KILL "$pid" 2>/dev/null
        wait "$pid" 2>/dev/null
    done
    rm -rf "$work"
}
trap clean_up EXIT

[[ -x $datahub ]] || skip_all "$datahub is not built"
for tool in curl jq redis-cli sha256sum; do
    command -v "$tool" >/dev/null || skip_all "$tool is missing"
done
# Debian's redis-server is redis-check-rdb under that name; a copied image may have lost the link.
server=$(command -v redis-server) || {
    [[ -x /usr/bin/redis-check-rdb ]] || skip_all "redis-server is missing"
    server=$work/redis-server
    ln -s /usr/bin/redis-check-rdb "$server"
}

is_free() { ! (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() {
    local port
    for _ in {1..50}; do
        port=$((20000 + RANDOM % 10000))
        is_free "$port" && echo "$port" && return
    done
}
redis_port=$(free_port) port=$(free_port)
url=http://127.0.0.1:$port
mkdir "$work/redis"

start_redis() {
    "$server" services/redis/redis.conf --port "$redis_port" --dir "$work/redis" >>"$work/redis.log" 2>&1 &
    redis_pid=$!
}
start_datahub() {
    "$datahub" --port "$port" --redis "127.0.0.1:$redis_port" "$@" 2>>"$work/datahub.log" &
    datahub_pid=$!
}
cli() { redis-cli -p "$redis_port" "$@" 2>/dev/null; }
get() { curl -sS --max-time 5 "$url$1"; }
status() { curl -sS --max-time 5 -o /dev/null -w '%{http_code}' "$@"; }
header() { curl -sS --max-time 5 -D - -o /dev/null "$url$1" | tr -d '\r' | sed -n "s/^$2: //Ip"; }
is_healthy() { [[ $(status "$url/health") == 200 ]]; }
is_unhealthy() { [[ $(status "$url/health") == 503 ]]; }
redis_answers() { [[ $(cli ping) == PONG ]]; }
query() { get "$1" | jq -r "$2"; }

# A day of minutes that is surely over, as the client gets it.
now=$(get /udf/time 2>/dev/null || date +%s)
end=$((now / 60 * 60 - 120))
past="/udf/history?symbol=BTCUSD&resolution=1&from=$((end - 86400))&to=$end"
print_of() { get "$past" | sha256sum; }

# ---- before Redis is there ------------------------------------------------------------------------------------------
start_datahub
wait_until 10 is_unhealthy
is "$(status "$url/health")" 503 "without Redis, /health is 503"
is "$(query /health '.status + " " + .redis.state + " " + .feed.state')" "starting disconnected simulated" \
    "and says what is missing"
like "$(query /health .redis.problem)" 'refused' "and why"
is "$(query "/udf/history?symbol=BTCUSD&resolution=1&countback=3" .s)" error "history says error"
is "$(status "$url/udf/history?symbol=BTCUSD&resolution=1&countback=3")" 503 "with 503"
is "$(status "$url/quotes?symbols=BTCUSD")" 503 "quotes say 503"
is "$(status "$url/udf/config")" 200 "what needs no Redis is served"

# ---- Redis comes ----------------------------------------------------------------------------------------------------
start_redis
ok "healthy once Redis is there" wait_until 30 is_healthy
is "$(cli config get appendfsync | tail -1) $(cli config get maxmemory-policy | tail -1)" "everysec allkeys-lru" \
    "Redis runs with the pod's redis.conf"
is "$(query /health '[.status, .redis.state, .feed.running, .simulated] | map(tostring) | join(" ")')" \
    "healthy connected true true" "/health tells everything"

# ---- UDF ------------------------------------------------------------------------------------------------------------
is "$(query /udf/config '.supported_resolutions | join(" ")')" "1 5 15 60 1D" "config: resolutions"
is "$(query /udf/config '[.supports_search, .supports_group_request, .supports_time] | map(tostring) | join(" ")')" \
    "true false true" "config: what is supported"
is "$(query /udf/config '.exchanges[1].value')" SIM "config: the exchange is SIM"
is "$(query '/udf/symbols?symbol=SIM:EURUSD' '[.name, .exchange, .pricescale, .session] | map(tostring) | join(" ")')" \
    "EURUSD SIM 100000 24x7" "symbols: by ticker"
like "$(query '/udf/symbols?symbol=acme' .description)" simulated "symbols: the description says simulated"
is "$(query '/udf/symbols?symbol=NOPE' '.s + " " + .errmsg')" "error unknown_symbol" "symbols: unknown"
is "$(status "$url/udf/symbols?symbol=NOPE")" 404 "symbols: unknown is 404"
is "$(query '/udf/search?query=usd&type=crypto&exchange=&limit=10' 'map(.symbol) | join(" ")')" "BTCUSD ETHUSD" \
    "search: text and type"
is "$(query '/udf/search?query=&type=&exchange=SIM&limit=3' length)" 3 "search: limit"
is "$(query '/udf/search?query=&type=&exchange=NYSE&limit=3' length)" 0 "search: another exchange"
like "$(get /udf/time)" '^[0-9]{10}$' "time: seconds, plain"

history() { get "/udf/history?symbol=BTCUSD&$1"; }
now=$(get /udf/time)
is "$(history "resolution=1&from=$((end - 600))&to=$end" | jq -r '.s, (.t | length), .t[0], .t[-1]' | xargs)" \
    "ok 10 $((end - 600)) $((end - 60))" "history: from is inclusive, to is not"
is "$(history "resolution=1&from=$((end - 600))&to=$end" | jq '[.t, .o, .h, .l, .c, .v] | map(length) | unique | length')" \
    1 "history: all columns are of one length"
is "$(history "resolution=1&from=$((end - 60))&to=$end&countback=7" | jq '.t | length')" 7 \
    "history: countback wins over from"
is "$(history "resolution=60&to=$now&countback=100" | jq '[.t | length, (.[1:] | length)] | .[0]' 2>/dev/null)" 100 \
    "history: 100 hours"
is "$(history "resolution=1D&to=$now&countback=20" | jq -c '[(.t | length), (.t | map(. % 86400) | unique)]')" \
    '[20,[0]]' "history: days begin at midnight UTC"
is "$(history "resolution=1&to=$((now + 60))&countback=1" | jq '.t[0] >= '"$((now - 61))")" true \
    "history: the candle that is being drawn is in it"
# Five minutes are what their minutes are.
five=$((end / 300 * 300 - 300))
minutes=$(history "resolution=1&from=$five&to=$((five + 300))" | jq -c '[.o[0], (.h | max), (.l | min), .c[-1], (.v | add)]')
is "$(history "resolution=5&from=$five&to=$((five + 300))" | jq -c '[.o[0], .h[0], .l[0], .c[0], .v[0]]')" "$minutes" \
    "history: five minutes are put together from their minutes"
is "$(history "resolution=1&from=1000&to=2000")" '{"s":"no_data"}' "history: before the beginning there is no_data"
is "$(history "resolution=5&from=$((now + 86400))&to=$((now + 90000))" | jq -r '.s, (.nextTime % 300), .nextTime <= '"$((now + 60))" | xargs)" \
    "no_data 0 true" "history: in the future no_data, nextTime is the bar before"
for bad in "resolution=7&countback=1" "resolution=1" "resolution=1&from=5&to=4" "resolution=1&countback=0" \
    "resolution=1&from=x&to=9" "resolution=1&from=1&to=9999999999999999999"; do
    is "$(status "$url/udf/history?symbol=BTCUSD&$bad") $(history "$bad" | jq -r .s)" "400 error" "history: $bad is refused"
done
is "$(status "$url/udf/history?symbol=NOPE&resolution=1&countback=1")" 404 "history: unknown symbol is 404"

quotes=$(get '/quotes?symbols=BTCUSD,NOPE,SIM:ACME')
is "$(jq -r '[.s, .d[].s, .d[].n] | join(" ")' <<<"$quotes")" "ok ok error ok BTCUSD NOPE SIM:ACME" "quotes: one by one"
is "$(jq '.d[0].v | .bid < .lp and .lp < .ask and .low_price <= .lp and .lp <= .high_price' <<<"$quotes")" true \
    "quotes: bid < last < ask, low <= last <= high"
is "$(jq '.simulated, .d[0].v.source' <<<"$quotes" | xargs)" "true simulated" "quotes: say simulated"
last=$(query '/quotes?symbols=BTCUSD' '.d[0].v.lp_time')
# shellcheck disable=SC2317
has_moved() { [[ $(query '/quotes?symbols=BTCUSD' '.d[0].v.lp_time') -gt $last ]]; }
ok "quotes: a new price comes" wait_until 5 has_moved

# ---- HTTP -----------------------------------------------------------------------------------------------------------
like "$(get /)" 'Simulated data' "the page has its banner"
is "$(header / content-type)" "text/html; charset=utf-8" "the page's type"
like "$(header / content-security-policy)" "^default-src 'self';" "the page's policy"
not_ok "the page has no code or style inside" grep -Eiq '<script>|<style|style=|onclick=|javascript:' <(get /)
not_ok "the page names no other host" grep -Eq '(src|href)="(https?:)?//' <(get /)
get /lightweight-charts.js >"$work/charts.js"
like "$(head -c 400 "$work/charts.js")" 'Apache License 2.0' "the chart library keeps its licence"
is "$(status "$url/chart.js") $(status "$url/style.css") $(status "$url/NOTICE")" "200 200 200" "the page's files"
is "$(header /health cache-control) $(header /health content-type)" "no-store application/json" "headers of /health"
is "$(curl -sS --max-time 5 -I "$url/udf/config" | tr -d '\r' | sed -n 's/^Content-Length: //p')" \
    "$(get /udf/config | wc -c)" "HEAD tells the length of GET"
is "$(curl -sS --max-time 5 -I "$url/udf/config" -o /dev/null -w '%{http_code} %{size_download}')" "200 0" \
    "HEAD has no body"
is "$(status -d x "$url/health") $(status -X DELETE "$url/") $(status -X PUT -d x "$url/udf/time")" "405 405 405" \
    "POST, DELETE, PUT are 405"
is "$(status "$url/nothing") $(status "$url/udf") $(status "$url/../etc/passwd" --path-as-is)" "404 404 404" \
    "what is not there is 404"

# ---- a port in use --------------------------------------------------------------------------------------------------
other=$("$datahub" --port "$port" --redis "127.0.0.1:$redis_port" 2>&1)
is $? 1 "a port in use: exit code 1"
is "$(wc -l <<<"$other")" 1 "and one line"
like "$other" "127\.0\.0\.1:$port is in use.*--port" "that names it and the remedy"
is "$("$datahub" --symbols NOPE 2>&1 >/dev/null | wc -l) $("$datahub" --symbols NOPE 2>/dev/null; echo $?)" "1 2" \
    "a wrong option: one line, exit code 2"
like "$("$datahub" --version)" '^datahub [0-9]' "--version"

# ---- restarts -------------------------------------------------------------------------------------------------------
before=$(print_of)
begin=${EPOCHREALTIME/./}
kill -TERM "$datahub_pid"
wait "$datahub_pid"
is $? 0 "SIGTERM: exit code 0"
took=$((${EPOCHREALTIME/./} - begin))
ok "within a second ($((took / 1000)) ms)" test "$took" -lt 1000000
count=$(cli xlen datahub:SIM:BTCUSD:1)
start_datahub
ok "healthy again after a restart" wait_until 10 is_healthy
is "$(print_of)" "$before" "history is the same, byte for byte"
ok "and was not written anew" test "$(cli xlen datahub:SIM:BTCUSD:1)" -le $((count + 3))

kill -KILL "$datahub_pid"
wait "$datahub_pid" 2>/dev/null
start_datahub
wait_until 10 is_healthy
is "$(print_of)" "$before" "also after SIGKILL"

# ---- Redis dies, hangs, is emptied ----------------------------------------------------------------------------------
kill -KILL "$redis_pid"
wait "$redis_pid" 2>/dev/null
ok "Redis killed: /health is 503" wait_until 5 is_unhealthy
is "$(status "$url$past") $(get "$past" | jq -r .s)" "503 error" "history is 503 with s=error"
start_redis
ok "Redis back: healthy without a restart" wait_until 15 is_healthy
is "$(print_of)" "$before" "history is the same, byte for byte"
is "$(history "resolution=1&from=$((end - 86400))&to=$(get /udf/time)" | jq '[.t[1:], .t[:-1]] | transpose | map(.[0] - .[1]) | unique' -c)" \
    '[60]' "and has no hole"

kill -STOP "$redis_pid"
ok "Redis hangs: /health is 503" wait_until 8 is_unhealthy
begin=${EPOCHREALTIME/./}
is "$(status "$url$past")" 503 "history is 503"
took=$((${EPOCHREALTIME/./} - begin))
ok "at once ($((took / 1000)) ms)" test "$took" -lt 1000000
begin=${EPOCHREALTIME/./}
kill -TERM "$datahub_pid"
wait "$datahub_pid"
is $? 0 "SIGTERM while Redis hangs: exit code 0"
took=$((${EPOCHREALTIME/./} - begin))
ok "within a second ($((took / 1000)) ms)" test "$took" -lt 1000000
kill -CONT "$redis_pid"
start_datahub
ok "healthy when Redis goes on" wait_until 10 is_healthy
is "$(print_of)" "$before" "history is the same, byte for byte"

cli flushall >/dev/null
# shellcheck disable=SC2317
is_full() { [[ $(cli xlen datahub:SIM:BTCUSD:1) -ge 43200 ]] && is_healthy; }
ok "Redis emptied: history is simulated anew" wait_until 30 is_full

# ---- a password -----------------------------------------------------------------------------------------------------
kill -TERM "$datahub_pid"
wait "$datahub_pid"
cli config set requirepass "open sesame" >/dev/null
start_datahub
wait_until 5 is_unhealthy
# shellcheck disable=SC2317
is_refused() { [[ $(query /health .redis.problem) == *NOAUTH* ]]; }
ok "without the password: 503, and /health says why" wait_until 5 is_refused
kill -TERM "$datahub_pid"
wait "$datahub_pid"
echo "open sesame" >"$work/password"
REDIS_PASSWORD_FILE=$work/password start_datahub
ok "REDIS_PASSWORD_FILE" wait_until 10 is_healthy
kill -TERM "$datahub_pid"
wait "$datahub_pid"
REDIS_PASSWORD="open sesame" start_datahub --symbols ACME,EURUSD
ok "REDIS_PASSWORD" wait_until 10 is_healthy
is "$(query '/udf/search?query=' 'map(.symbol) | join(" ")')" "ACME EURUSD" "--symbols chooses"
not_ok "the password is in no log" grep -q sesame "$work/datahub.log"

done_testing
