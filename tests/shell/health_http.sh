#!/bin/bash
# The health port of reeve-health as clients see it; PID 1's end of the wire is a stand-in, and at the end the real one.
# time limit: 240
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh

BUILD=${BUILD:-build}
health=$(realpath "$BUILD/reeve-health")
fake=$BUILD/tests/tool_fakepid1
work=$(mktemp -d)
chmod 755 "$work"
port=18390
base=http://127.0.0.1:$port
declare -a started=()

stop_all() {
    local pid
    for pid in "${started[@]}"; do
        kill -KILL "$pid"
    done 2>/dev/null
    wait 2>/dev/null
    rm -rf "$work"
}
trap stop_all EXIT
trap '' PIPE

[[ -x $fake ]] || { fail "$fake is there (make test-programs)"; done_testing; }

# begin NAME ARGUMENT...: a reeve-health under a PID 1 of its own; `say` talks to that PID 1.
begin() {
    name=$1
    out=$work/$name.out
    shift
    mkfifo "$work/$name.in"
    "$fake" "$health" "$@" <"$work/$name.in" >"$out" 2>"$work/$name.err" &
    started+=("$!")
    exec {in}>"$work/$name.in"
    wait_until 5 grep -q '^child' "$out"
    child=$(awk '/^child/ { print $2 }' "$out")
    started+=("$child")
    wait_until 10 grep -qx 'notify READY=1' "$out"
}
say() { printf '%s\n' "$@" >&"$in"; }
code() { curl -s -m 10 -o "$work/body" -w '%{http_code}' "$base$1"; }
is_code() { [[ $(code "$1") == "$2" ]]; }
body() { curl -s -m 10 "$base$1"; }
header() { curl -s -m 10 -o /dev/null -D - "$@" | tr -d '\r'; }

begin main "--listen=127.0.0.1:$port"
is "$(code /startupz)" 503 "/startupz: 503 before the first snapshot"
is "$(code /units)" 200 "/units: 200 even then"
is "$(jq -r .pod.verdict "$work/body")" starting "... of a pod that is starting"
pace="3 60000 600 0 60000"
say "unit db.service 0 0 $pace " "unit web.service 0 0 $pace " "unit extra.service 1 0 $pace " \
    "unit reeve-log.service 0 1 $pace " \
    "state db.service activating start success $$ 1 1" "state web.service active running success $$ 1 1" \
    "state extra.service active running success $$ 1 1" "state reeve-log.service active running success $$ 1 1" "pod 1" sync

# ---- checks, as in Kubernetes ---------------------------------------------------------------------------------------
ok "/readyz: 503 as long as a critical unit is not well" wait_until 10 grep -q '^\[-\]db.service failed: activating (start)$' \
    <(code /readyz >/dev/null; cat "$work/body")
is "$(code /startupz)" 503 "/startupz: 503 too"
like "$(<"$work/body")" 'startupz check failed' "... in its own name"
is "$(code /readyz/db.service)" 503 "/readyz/UNIT: 503"
is "$(<"$work/body")" "[-]db.service failed: activating (start)" "... with the reason"
is "$(code /readyz/web)" 200 "... 200 for another one, also without .service"
is "$(<"$work/body")" ok "... ok"
is "$(code '/readyz/web.service?verbose')" 200 "... ?verbose"
is "$(<"$work/body")" "[+]web.service ok" "... a line"
is "$(code /readyz/none.service)" 404 "... 404 for one that is not there"
is "$(code '/readyz?exclude=db.service')" 200 "?exclude= leaves a unit out"
is "$(code '/readyz?verbose&exclude=db&exclude=none')" 200 "... with ?verbose"
is "$(grep -v wire "$work/body")" '[+]db.service excluded: ok
[+]web.service ok
[+]extra.service ok
warn: some health checks cannot be excluded: no matches for "none"
readyz check passed' "... it says so, and which name is none"
is "$(code '/readyz?exclude=web.service')" 503 "... another one does not help"
say "state db.service active running success $$ 1 1"
ok "/startupz: 200 once all were well" wait_until 10 is_code /startupz 200
say "state db.service failed failed exit-code 0 1 1"
ok "/readyz: 503 when a unit has failed" wait_until 10 is_code /readyz 503
is "$(code /startupz)" 200 "... but /startupz stays"
is "$(code '/startupz?verbose')" 200 "... ?verbose"
is "$(<"$work/body")" $'[+]wire ok\n[+]started ok\nstartupz check passed' "... with its lines"
is "$(code /livez)" 200 "... and /livez"
is "$(body /health | jq -r .root)" db.service "/health names the root"
like "$(body /health | jq -r .cause)" 'db.service' "... and says why"

# ---- conditional requests, compression ------------------------------------------------------------------------------
say "state db.service active running success $$ 1 1"
ok "a unit is well again" wait_until 10 is_code /health 200
tag=$(header "$base/health" | sed -n 's/^ETag: //p')
like "$tag" '^W/"[0-9a-f]{16}"$' "/health has an ETag"
is "$(curl -s -o "$work/body" -w '%{http_code} %{size_download}' -H "If-None-Match: $tag" "$base/health")" '304 0' \
    "If-None-Match: 304 as long as nothing changes"
is "$(curl -s -o /dev/null -w '%{http_code}' -H 'If-None-Match: "other"' "$base/health")" 200 "... 200 with another one"
say "state extra.service inactive dead success 0 1 0"
changed() { [[ $(curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $tag" "$base/health") == 200 ]]; }
ok "... 200 when something has changed" wait_until 10 changed
like "$(header "$base/livez")" 'Cache-Control: no-store' "what has no ETag is not to be kept"
curl -s -H 'Accept-Encoding: gzip' "$base/units" >"$work/units.gz"
is "$(gzip -dc <"$work/units.gz" | jq -r .pod.verdict)" degraded "gzip for who wants it"
like "$(header -H 'Accept-Encoding: gzip' "$base/units")" 'Vary: Accept-Encoding.*Content-Encoding: gzip' "... and says so"
ok "... not for others" jq . <(body /units)
ok "... nor for who refuses it" jq . <(curl -s -H 'Accept-Encoding: gzip;q=0' "$base/units")
not_ok "... nor where it does not pay" grep -i gzip <(header -H 'Accept-Encoding: gzip' "$base/livez")

# ---- units and events -----------------------------------------------------------------------------------------------
is "$(body /units | jq -r '[.units[].name] | join(" ")')" 'db.service web.service extra.service reeve-log.service' "/units: all"
is "$(body /units/db | jq -r '"\(.active) \(.sub) \(.verdict) \(.impact) \(.internal)"')" \
    'active running well critical false' "/units/NAME: one"
is "$(code /units/none)" 404 "... 404"
curl -sN -m 30 "$base/events" >"$work/events" &
listener=$!
started+=("$listener")
ok "/events begins with all units" wait_until 10 grep -q '^data: {"name":"reeve-log.service"' "$work/events"
is "$(grep -c '^event: pod' "$work/events")" 1 "... and the pod"
say "state db.service failed failed exit-code 0 1 1"
ok "a change is told" wait_until 10 grep -q '"name":"db.service".*"active":"failed"' "$work/events"
ok "... also of the pod" wait_until 10 grep -q '"verdict":"unhealthy","root":"db.service"' "$work/events"
like "$(grep '^id:' "$work/events" | head -n 1)" '^id: 1$' "... with an id"
say forget "unit other.service 0 0 $pace " "state other.service active running success $$ 1 1" "pod 1" sync
ok "with other units the stream ends" wait_until 10 bash -c "! kill -0 $listener 2>/dev/null"
is "$(curl -s -o /dev/null -w '%{http_code}' -X POST "$base/units")" 405 "POST: 405"

# /health is made once for all who ask within a moment: each has it in his own form all the same.
many=() states=()
for i in {1..9}; do many+=("unit many$i.service 0 0 $pace ") states+=("state many$i.service active running success $$ 1 1"); done
say forget "${many[@]}" "${states[@]}" "pod 1" sync
has_many() { body /health | grep -q many9; }
ok "/health: other units" wait_until 10 has_many
curl -s "$base/health" -o "$work/plain" --next -s -H 'Accept-Encoding: gzip' "$base/health" -o "$work/gz" \
    --next -s -I "$base/health" -o "$work/head" --next -s "$base/health" -o "$work/again"
is "$({ gzip -dc <"$work/gz"; cat "$work/plain" "$work/again"; } | jq -r .status | uniq -c | xargs)" "3 healthy" \
    "... plain, as gzip and plain again"
is "$(tr -d '\r' <"$work/head" | awk '/^Content-Length:/ { print $2 }')" "$(stat -c %s "$work/again")" "... HEAD tells how long it is"

# ---- clients that mean no good --------------------------------------------------------------------------------------
memory() { awk '/^VmRSS:/ { print $2 }' "/proc/$child/status"; }
before=$(memory)
if (($(ulimit -Hn) >= 2000)); then
    "$BUILD/tests/tool_flood" "$port" >"$work/flood"
    ok "with 1,000 idle connections and 200 that trickle everybody is answered" \
        test "$(grep -cx 'answered 101' "$work/flood")" = 2
    slowest=$(sed -n 's/^median_us //p' "$work/flood" | sort -n | tail -n 1)
    ok "... in milliseconds ($slowest µs, half of them)" test "$slowest" -lt 50000
    ok "500 requests at once get 500 answers" grep -qx 'pipelined 500' "$work/flood"
    ok "a head of a megabyte is refused" grep -qE '^huge (0|431|413|400)$' "$work/flood"
    ok "... and all that costs less than 6 MB" test "$(($(memory) - before))" -lt 6000
else
    skip "not even 2,000 descriptors may be open" "clients that mean no good"
fi

seed=${NOISE_SEED:-$RANDOM}
ok "300 requests with noise in them (NOISE_SEED=$seed)" "$BUILD/tests/tool_noise" "$port" "$seed" 300
is "$(body /livez)" ok "... do no harm"
ok "... it is still the same process" kill -0 "$child"

# ---- a token and TLS ------------------------------------------------------------------------------------------------
printf 's3cret\n' >"$work/token"
port=$((port + 2)) base=http://127.0.0.1:$port
begin token "--listen=127.0.0.1:$port" "--token-file=$work/token"
say "unit db.service 0 0 $pace " "state db.service failed failed exit-code 0 1 1" "pod 1" sync
with_token() { curl -s -m 10 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $1" "$base/health"; }
is "$(code /health)" 401 "without the token: 401"
like "$(header "$base/units")" 'WWW-Authenticate: Bearer' "... and which way to show it"
is "$(with_token wrong)" 401 "... 401 with a wrong one"
is "$(with_token s3cret)" 503 "with the token one sees"
like "$(REEVE_HEALTH_TOKEN_FILE=$work/token "$BUILD/reevectl" --url="$base/health" health)" unhealthy "... as reevectl health does"
is "$(code '/readyz?verbose')" 503 "/readyz is open"
is "$(<"$work/body")" failed "... and tells nobody why"
is "$(code /openapi.json)" 200 "what is the same for everybody is open"
: >"$work/token"
mkfifo "$work/empty.in"
"$fake" "$health" "--listen=127.0.0.1:$((port + 2))" "--token-file=$work/token" <"$work/empty.in" >"$work/empty.out" \
    2>"$work/empty.err" &
started+=("$!")
exec {empty}>"$work/empty.in"
ok "with a token that is none the port stays closed" wait_until 10 grep -q "No health port: the token in '.*' is not one line" "$work/empty.err"
printf 'later' >"$work/token"
ok "... until there is one" wait_until 10 grep -qx 'notify READY=1' "$work/empty.out"
started+=("$(awk '/^child/ { print $2 }' "$work/empty.out")")
exec {empty}>&-
if command -v openssl >/dev/null; then
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/cert" -days 2 -subj /CN=localhost \
        -addext subjectAltName=IP:127.0.0.1 >"$work/openssl.log" 2>&1
    port=$((port + 1)) base=https://127.0.0.1:$port
    begin tls "--listen=127.0.0.1:$port" "--tls-cert=$work/cert" "--tls-key=$work/key"
    is "$(curl -s --cacert "$work/cert" "$base/livez")" ok "TLS"
    is "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/livez")" 000 "... and nothing else"
    is "$(curl -s --cacert "$work/cert" --tls-max 1.1 "$base/livez")" '' "... not of old"
    curl -sN -m 30 --cacert "$work/cert" "$base/events" >"$work/tls.events" &
    started+=("$!")
    ok "... /events" wait_until 10 grep -q '^event: pod' "$work/tls.events"
else
    skip "openssl is not installed" "TLS"
fi
not_ok "a certificate without its key is refused" "$health" --tls-cert=/dev/null

# ---- metrics, and what a real PID 1 tells ----------------------------------------------------------------------------
mkdir "$work/units"
cat >"$work/units/one.service" <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'echo "the first"; echo "<3>the second <b>"; tail -f /dev/null & tail -n 0 -f @more@'
PrivateNetwork=no
NoNewPrivileges=yes
UNIT
: >"$work/more"
sed -i "s|@more@|$work/more|" "$work/units/one.service"
port=18395 base=http://127.0.0.1:18395
REEVE_HEALTH_LISTEN=127.0.0.1:$port "$BUILD/reeve" --units "$work/units" --target one.service \
    >"$work/reeve.log" 2>&1 &
reeve=$!
started+=("$reeve")
is_up() { [[ $(body /units/one | jq -r .processes) == "$1" ]]; }
ok "a unit's processes are found by their seal" wait_until 20 is_up 3
ok "... they have memory" test "$(body /units/one | jq .memory_bytes)" -gt 100000
body /metrics >"$work/metrics"
promtool=$(command -v promtool || echo "$BUILD/prometheus/usr/bin/promtool")
if [[ -x $promtool ]]; then
    ok "promtool finds nothing wrong with the metrics" "$promtool" check metrics <"$work/metrics"
else
    skip "promtool is not installed (package prometheus)" "promtool finds nothing wrong with the metrics"
fi
ok "metrics: what the sandbox holds" grep -q '^reeve_sandbox_directives{name="one.service",strength="full"} [1-9]' "$work/metrics"
ok "... restarts of helpers" grep -qx 'reeve_helper_restarts_total{name="reeve-log.service"} 0' "$work/metrics"
ok "... processes" grep -qx 'reeve_unit_processes{name="one.service"} 3' "$work/metrics"
has_metric() { body /metrics | grep -qxF "$1"; }
ok "... what reeve-log has counted, by priority" wait_until 10 has_metric 'reeve_log_lines_total{name="one.service",priority="err"} 1'
ok "... by stream" has_metric 'reeve_log_bytes_total{name="one.service",stream="stdout"} 23'
ok "... of reeve itself" grep -q '^reeve_log_lines_total{name="init.scope",priority="info"} [1-9]' "$work/metrics"
kill -KILL "$(body /units/reeve-log | jq .main_pid)"
is_back() { has_metric 'reeve_helper_restarts_total{name="reeve-log.service"} 1'; }
ok "... reeve-log is killed" wait_until 10 is_back
ok "... and nothing of that is forgotten" wait_until 10 has_metric 'reeve_log_lines_total{name="one.service",priority="err"} 1'
log_pid=$(body /units/reeve-log | jq .main_pid)
kill -STOP "$log_pid"
ok "... one that hangs holds no scrape up: what it said last is told" \
    has_metric 'reeve_log_lines_total{name="one.service",priority="err"} 1'
kill -CONT "$log_pid"
open='application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5'
like "$(header -H "Accept: $open" "$base/metrics")" 'Content-Type: application/openmetrics-text; version=1.0.0' "OpenMetrics"
curl -s -H "Accept: $open" "$base/metrics" >"$work/metrics"
is "$(tail -n 1 "$work/metrics")" '# EOF' "... with an end"
ok "... where counters have their names" grep -qx '# TYPE systemd_service_restart counter' "$work/metrics"
ok "... and series theirs" grep -q '^systemd_service_restart_total{' "$work/metrics"

# ---- logs -----------------------------------------------------------------------------------------------------------
lines_are() { [[ $(body "/units/one/logs$1" | sed 's/^[^ ]* //') == "$2" ]]; }
ok "/units/NAME/logs: what it printed" wait_until 10 lines_are '' $'one: the first\none: <error> the second <b>'
ok "... the last line" wait_until 10 lines_are '?n=1' 'one: <error> the second <b>'
is "$(curl -s -H 'Accept: application/json' "$base/units/one/logs" | jq -c '[.[] | [.priority, .text]]')" \
    '[[6,"the first"],[3,"the second <b>"]]' "... as JSON"
is "$(curl -s -H 'Accept: application/json' "$base/units/one/logs?n=0")" '[]' "... none are an empty list"
is "$(code '/units/one/logs?n=many')" 400 "... 400 for a number that is none"
is "$(code /units/none/logs)" 404 "... 404"
last_line_is() { [[ $(body /units/one | jq -r .last_line.text) == "$1" ]]; }
ok "/units: the last line" wait_until 10 last_line_is 'the second <b>'
curl -sN -m 30 "$base/units/one/logs?n=1&follow" >"$work/follow" &
started+=("$!")
ok "... ?follow: events, with the number of the line" wait_until 10 grep -q '"text":"the second <b>"' "$work/follow"
last=$(sed -n 's/^id: //p' "$work/follow" | tail -n 1)
curl -sN -m 30 -H "Last-Event-ID: $((last - 1))" "$base/units/one/logs?n=0&follow" >"$work/again" &
started+=("$!")
ok "... who comes again goes on where he was" wait_until 10 grep -qx "id: $last" "$work/again"
is "$(grep -c '^id:' "$work/again")" 1 "... and gets nothing twice"
curl -sN -m 30 "$base/events" >"$work/lines" &
started+=("$!")
wait_until 10 grep -q '^data: {"name":"one.service"' "$work/lines"
seq -f 'line %g' 600 >>"$work/more" # more than are taken at once
ok "/events: lines come when they are printed, without a probe" wait_until 8 grep -q '"stream":"stdout","text":"line 600"' "$work/lines"
is "$(grep -c '"stream":"stdout","text":"line ' "$work/lines")" 600 "... each of them"
kill -TERM "$reeve"
wait "$reeve"

done_testing
