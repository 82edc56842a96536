#!/bin/bash
# shellcheck disable=SC2317 # functions given to wait_until and ok
# Kairos with the real parts: redis-server, DataHub, Xvfb and Chromium (through chromium-run). Ports 18181 (Kairos),
# 18183 (DataHub), 18184 (Redis), 19222 (DevTools).
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/shell/tap.sh
source "$here/tap.sh"
BUILD=$(realpath "${BUILD:-build}")
kairos_url=http://127.0.0.1:18181
datahub_url=http://127.0.0.1:18183

read -r -a compiler <<<"${CC:-cc}"
for program in Xvfb redis-server curl jq gzip ss "${compiler[0]}" "$BUILD"/{kairos,datahub,chromium-run}; do
    command -v "$program" >/dev/null || skip_all "$program is not there"
done
[[ -x /usr/lib/chromium/chromium || -x /usr/bin/chromium ]] || skip_all "Chromium is not installed"
if ss -Hltn '( sport = :18181 or sport = :18183 or sport = :18184 or sport = :19222 )' | grep -q .; then
    skip_all "one of the ports 18181, 18183, 18184, 19222 is in use"
fi

as_user=()
if ((EUID == 0)); then
    as_user=(setpriv --reuid 1001 --regid 1001 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs)
fi
work=$(mktemp -d /tmp/kairos-test-XXXXXX)
declare -A pids=()
no_process_of_ours() {
    ! grep -qs "$work" /proc/[0-9]*/cmdline
}
clean_up() {
    local name
    for name in "${!pids[@]}"; do
        kill -CONT "${pids[$name]}" 2>/dev/null
        kill -KILL "${pids[$name]}" 2>/dev/null && wait "${pids[$name]}" 2>/dev/null
    done
    wait_until 10 no_process_of_ours
    rm -rf "$work"
}
trap clean_up EXIT

mkdir -p "$work"/{bin,chromium,redis,kairos}
cp "$BUILD"/{kairos,datahub,chromium-run} "$work/bin/"
"${compiler[@]}" -O1 -o "$work/bin/png_raw" "$here/png_raw.c" || exit 1
chmod 755 "$work" "$work/bin"
((EUID != 0)) || chown 1001:1001 "$work"/{chromium,redis,kairos}
export HOME=$work/chromium

# start NAME COMMAND...: in the background as the pod's user; log in $work/NAME.log
start() {
    local name=$1
    shift
    "${as_user[@]}" "$@" >>"$work/$name.log" 2>&1 &
    pids[$name]=$!
}
start_redis() {
    start redis redis-server --port 18184 --bind 127.0.0.1 --dir "$work/redis" --save ''
}
start_datahub() {
    start datahub "$work/bin/datahub" --port 18183 --redis 127.0.0.1:18184
}
start_chromium() {
    STATE_DIRECTORY=$work/chromium start chromium "$work/bin/chromium-run" -- --remote-debugging-port=19222
}
start_kairos() {
    start kairos "$work/bin/kairos" --port 18181 --devtools 127.0.0.1:19222 --datahub "$datahub_url" \
        --state "$work/kairos"
}
# finish NAME SIGNAL: `code` is its exit status
finish() {
    kill "-$2" "${pids[$1]}"
    wait "${pids[$1]}" 2>/dev/null
    code=$?
    unset "pids[$1]"
}
get() {
    curl -sS -m 5 "$@"
}
status_is() {
    [[ $(get -o /dev/null -w '%{http_code}' "$kairos_url$2") == "$1" ]]
}
run_is() {
    [[ $(get "$kairos_url/runs/$1" | jq -r .state) == "$2" ]]
}
run_is_over() {
    [[ $(get "$kairos_url/runs/$1" | jq -r .state) == @(succeeded|failed) ]]
}
# ask: queues a run; `run` is its id
ask() {
    run=$(get -X POST "$kairos_url/jobs/chart/run" | jq -r .id)
}
reason() {
    get "$kairos_url/runs/$run" | jq -r .reason
}
datahub_ready() {
    get -f "$datahub_url/health"
}

# --- a port in use, a state that is not there: one line, exit code 1

export KAIROS_INTERVAL=0
start_redis
redis_listens() {
    ss -Hltn "( sport = :18184 )" | grep -q .
}
wait_until 10 redis_listens
"${as_user[@]}" "$work/bin/kairos" --port 18184 --state "$work/kairos" >"$work/log" 2>&1
is "$?" 1 "port in use: exit code 1"
is "$(grep -c . "$work/log")" 1 "port in use: one line"
like "$(<"$work/log")" "127.0.0.1:18184 is in use.*--port" "port in use: which, and what to do"
"${as_user[@]}" "$work/bin/kairos" --port 18181 --state /nonexistent >"$work/log" 2>&1
is "$?" 1 "no state directory: exit code 1"
like "$(<"$work/log")" "'/nonexistent': No such file or directory. Remedy:" "no state directory: which, and what to do"
rm -rf "$work/kairos/runs"

# --- before the browser is there

start_kairos
ok "kairos listens" wait_until 10 status_is 503 /health
is "$(get "$kairos_url/health" | jq -r .status)" starting "without a browser: 503 and starting"
like "$(get "$kairos_url/health" | jq -r .reason)" "chromium: connection refused|not connected yet" "and why"
ask
ok "a run that is asked for now fails" wait_until 10 run_is "$run" failed
is "$(reason)" "chromium: connection refused" "and says why"

# --- with all parts

exec {display_fd}<> <(:)
start xvfb Xvfb -displayfd "$display_fd" -screen 0 1280x800x24 -nolisten tcp -nolisten local -noreset
read -r -t 20 -u "$display_fd" display || { fail "Xvfb starts"; diag "$(<"$work/xvfb.log")"; done_testing; }
export DISPLAY=:$display
start_datahub
ok "DataHub is healthy" wait_until 30 datahub_ready || diag "$(<"$work/datahub.log")"
# A lock as a container that is gone would leave it: the browser must come up all the same.
"${as_user[@]}" mkdir -p "$work/chromium/profile"
ln -s oldhost-1 "$work/chromium/profile/SingletonLock"
start_chromium
ok "with the browser: /health is 200" wait_until 40 status_is 200 /health || diag "$(<"$work/chromium.log")"
like "$(<"$work/chromium.log")" "removed the stale profile lock of 'oldhost-1'" "although a stale lock was there"
like "$(get "$kairos_url/health" | jq -r .browser)" "^Chrome/[0-9]+\." "/health names the browser's version"
first=$(get "$kairos_url/runs" | jq -r '.runs[0].id')
is "$(get "$kairos_url/runs" | jq -r '.runs[0].trigger')" start "a run began by itself"
ok "and it succeeds" wait_until 40 run_is "$first" succeeded || diag "$(get "$kairos_url/runs/$first")"

# Every price that DataHub serves while a run is under way; the page must have one of them.
note_prices() {
    local price last=
    while price=$(get "$datahub_url/quotes?symbols=$1" | jq -r '.d[0].v.lp'); do
        [[ $price == "$last" ]] || echo "$price"
        last=$price
        read -r -t 0.05 -u "$tap_quiet" _ || true
    done
}
symbol=$(get "$kairos_url/runs/$first" | jq -r .result.symbol)
note_prices "$symbol" >"$work/prices" 2>/dev/null &
pids[prices]=$!
ok "DataHub serves prices of '$symbol'" wait_until 10 grep -q . "$work/prices"
headers=$(get -D - -o "$work/answer" -X POST "$kairos_url/jobs/chart/run" | tr -d '\r')
run=$(jq -r .id "$work/answer")
like "$headers" "^HTTP/1.1 202 " "POST /jobs/chart/run: 202"
like "$headers" "Location: /runs/$run" "and the run's address in Location"
ok "the run succeeds" wait_until 40 run_is "$run" succeeded || diag "$(get "$kairos_url/runs/$run")"
finish prices KILL
get "$kairos_url/runs/$run" >"$work/run.json"
price=$(jq .result.price "$work/run.json")
ok "its price $price is one that DataHub served" grep -qxF -- "$price" "$work/prices" || diag "$(<"$work/prices")"
ok "it counted candles" jq -e '.result.candles > 50' "$work/run.json"

# --- the picture

get -o "$work/shot.png" "$kairos_url/runs/$run/screenshot.png"
# shellcheck disable=SC2016 # those are the inner shell's
ok "the screenshot is a PNG, each chunk with its CRC" bash -c '"$1/bin/png_raw" "$1/shot.png" >"$1/raw.gz" 2>"$1/size"' - "$work"
read -r width height channels <"$work/size"
is "$width $height" "$(jq -r '.screenshot | "\(.width) \(.height)"' "$work/run.json")" "of the size that the run tells"
gzip -dc "$work/raw.gz" >"$work/raw" 2>/dev/null
is "$(stat -c %s "$work/raw")" "$((height * (1 + width * channels)))" "with all its pixels"
values=$(od -An -v -tu1 -w1 "$work/raw" | sort -u | wc -l)
ok "which are not uniform ($values different bytes)" test "$values" -gt 64
ok "GET / is the page" grep -q '<title>Kairos</title>' <(get "$kairos_url/")
like "$(get -D - -o /dev/null "$kairos_url/")" "Content-Security-Policy: default-src 'none'" "with a policy that allows nothing from elsewhere"
not_ok "no address of another place in it" grep -qE 'https?://' <(get "$kairos_url/" "$kairos_url/kairos.css" "$kairos_url/kairos.js")

# --- addresses that are none

echo secret >"$work/kairos/secret.png"
for path in /runs/.. /runs/../secret /runs/..%2fsecret /runs/%2e%2e%2fsecret /runs/..%2f..%2f..%2fetc%2fpasswd \
    "/runs/../secret/screenshot.png" "/runs/..%2fsecret/screenshot.png" "/runs/%2e%2e%2fsecret%2fscreenshot.png" \
    /runs/%00..%2fsecret "/runs/$run/../$run" "/runs/$run.json" /runs/chart-99999999 /jobs/nothing /x; do
    is "$(get --path-as-is -o "$work/answer" -w '%{http_code}' "$kairos_url$path")" 404 "GET $path: 404"
done
is "$(get -o /dev/null -w '%{http_code}' "$kairos_url/jobs/chart/run")" 405 "GET of what wants a POST: 405"
is "$(get -o /dev/null -w '%{http_code}' -X POST "$kairos_url/jobs/none/run")" 404 "POST for an unknown job: 404"
is "$(get -o /dev/null -w '%{http_code}' -X POST -H 'Origin: http://evil.example' "$kairos_url/jobs/chart/run")" 403 \
    "POST from a page of somebody else: 403"

# --- the browser is killed in the middle of a run, and comes back

ask
ok "a run is under way" wait_until 10 run_is "$run" running
finish chromium KILL
ok "chromium killed: 503" wait_until 5 status_is 503 /health
like "$(get "$kairos_url/health" | jq -r '.status + " " + .reason')" "^unhealthy chromium: " "and why"
ok "the run ended as failed" wait_until 5 run_is "$run" failed
like "$(reason)" "^chromium: connection (lost|refused|reset)" "and says why"
start_chromium
ok "chromium started again: 200" wait_until 40 status_is 200 /health
ask
ok "and a run succeeds" wait_until 40 run_is "$run" succeeded || diag "$(get "$kairos_url/runs/$run")"
is "$(get http://127.0.0.1:19222/json/list | jq '[.[] | select(.type == "page")] | length')" 1 "no tab is left behind"

# --- the browser hangs

kill -STOP "${pids[chromium]}"
ok "chromium stopped: 503, although the port is open" wait_until 40 status_is 503 /health
kill -CONT "${pids[chromium]}"
ok "chromium continued: 200" wait_until 40 status_is 200 /health

# --- DataHub goes and comes back

finish datahub TERM
ask
ok "without DataHub a run fails" wait_until 20 run_is "$run" failed
is "$(reason)" "datahub: connection refused" "and says why"
ok "while /health stays 200" status_is 200 /health
start_datahub
wait_until 30 datahub_ready
ask
ok "DataHub is back: a run succeeds" wait_until 40 run_is "$run" succeeded || diag "$(get "$kairos_url/runs/$run")"

# --- the end, and a new life

before=$(get "$kairos_url/runs" | jq -c '[.runs[].id]')
ask
ok "a run is under way" wait_until 10 run_is "$run" running
began=$(uptime_now)
finish kairos TERM
ended=$(uptime_now)
is "$code" 0 "SIGTERM: exit code 0"
ok "within a second" awk "BEGIN { exit !($ended - $began < 1.0) }"
KAIROS_INTERVAL=1 start_kairos
ok "started again: 200" wait_until 20 status_is 200 /health
like "$(get "$kairos_url/runs" | jq -c '[.runs[].id]')" "${before:1:-1}" "the old runs are there"
is "$(reason)" "kairos: stopped during the run" "the one that was cut off says so"
ok "and the old picture too" cmp "$work/shot.png" <(get "$kairos_url/runs/$(jq -r .id "$work/run.json")/screenshot.png")

by_interval() {
    get "$kairos_url/runs" | jq -e '[.runs[] | select(.trigger == "interval" and .state == "succeeded")] | length >= 2'
}
ok "runs begin by the interval" wait_until 30 by_interval
overlaps() {
    get "$kairos_url/runs" | jq -e '[.runs[] | select(.finished_ms > 0)] | sort_by(.started_ms)
        | [range(1; length) as $i | select(.[$i].started_ms < .[$i - 1].finished_ms)] | length > 0'
}
not_ok "and never overlap" overlaps
finish kairos TERM
# shellcheck disable=SC2016 # that is the inner shell's
not_ok "nothing half-written is left" bash -c 'ls -A "$1/kairos/runs" | grep -q "\.new$"' - "$work"
finish chromium TERM
is "$code" 0 "chromium: SIGTERM ends it with code 0"
done_testing
