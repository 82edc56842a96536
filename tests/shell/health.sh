#!/bin/bash
# reeve-health against real servers: redis, Xvfb, Chromium, commands; only PID 1's end of the wire is a stand-in.
# time limit: 240
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh

BUILD=${BUILD:-build}
health=$(realpath "$BUILD/reeve-health")
work=$(mktemp -d)
chmod 755 "$work"
port=18290 redis_port=18291 loading_port=18292 https_port=18293 cdp_port=18297 display=198
base=http://127.0.0.1:$port
declare -a started=()

stop_all() {
    local pid
    for pid in "${started[@]}"; do
        kill -CONT "$pid"
        kill -KILL "$pid"
    done 2>/dev/null
    wait 2>/dev/null
    rm -rf "$work"
}
trap stop_all EXIT
trap '' PIPE

fake=$BUILD/tests/tool_fakepid1
[[ -x $fake ]] || { fail "$fake is there (make test-programs)"; done_testing; }

# As PID 1 runs it: not as root.
as=()
[[ $EUID != 0 ]] || as=(/usr/bin/setpriv --reuid=1001 --regid=1001 --clear-groups --no-new-privs)

# begin NAME ARGUMENT...: a reeve-health of its own under a PID 1 of its own; `say` talks to that PID 1.
begin() {
    name=$1
    out=$work/$name.out
    shift
    mkfifo "$work/$name.in"
    if ((${#as[@]})); then
        "$fake" "${as[@]}" "$health" "$@" <"$work/$name.in" >"$out" 2>"$work/$name.err" &
    else
        "$fake" "$health" "$@" <"$work/$name.in" >"$out" 2>"$work/$name.err" &
    fi
    fake_pid=$!
    exec {in}>"$work/$name.in"
    wait_until 5 grep -q '^child' "$out"
    child=$(awk '/^child/ { print $2 }' "$out")
    started+=("$fake_pid" "$child")
}
say() { printf '%s\n' "$@" >&"$in"; }
told() { grep -q "^health $1" "$out"; }
times_told() { grep -c "^health $1" "$out"; }
up() { say "state $1 active running success $$ ${2:-1} 1"; }

code() { curl -s -m 10 -o "$work/body" -w '%{http_code}' "$base$1"; }
unit() { curl -s -m 10 "$base/health" | jq -r ".units[\"$1.service\"]$2"; }
unit_is() { [[ $(unit "$1" "$2") == "$3" ]]; }
unit_like() { [[ $(unit "$1" "$2") =~ $3 ]]; }
metric() { curl -s -m 10 "$base/metrics" | awk -v name="$1{name=\"$2.service\"}" '$1 == name { print $2 }'; }
metric_at_least() { (($(metric "$1" "$2") >= $3)); }
redis() { REDISCLI_AUTH='s3 cret' redis-cli -p "$redis_port" "$@"; }

# ---- the command line -----------------------------------------------------------------------------------------------
like "$("$health" --help)" 'HealthCmd= is one of' "--help names the kinds of probes"
like "$("$health" --version)" '^reeve-health [0-9]' "--version"
"$health" 2>"$work/err" 3<&-
is "$?" 2 "without the wire it ends with status 2"
like "$(<"$work/err")" "not reeve's wire" "... and says why"
"$health" --listen=somewhere:80 2>"$work/err"
is "$?" 2 "a health port that is none ends with status 2"
like "$(<"$work/err")" "'somewhere:80'.*--listen" "... and names it and the option"

# ---- real servers ---------------------------------------------------------------------------------------------------
redis-server --port "$redis_port" --bind 127.0.0.1 --unixsocket "$work/redis.sock" --unixsocketperm 777 --save '' \
    --requirepass 's3 cret' --dir "$work" >"$work/redis.log" 2>&1 &
redis_pid=$!
Xvfb ":$display" -nolisten local -nolisten tcp -screen 0 640x480x24 >"$work/xvfb.log" 2>&1 &
xvfb_pid=$!
started+=("$redis_pid" "$xvfb_pid")
printf 's3 cret\n' >"$work/password"
chmod 644 "$work/password"
if command -v openssl >/dev/null; then
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key" -out "$work/cert" -days 2 -subj /CN=nobody \
        >"$work/openssl.log" 2>&1
    openssl s_server -accept "127.0.0.1:$https_port" -key "$work/key" -cert "$work/cert" -www >"$work/https.log" 2>&1 &
    started+=("$!")
fi

begin main "--listen=127.0.0.1:$port"
ok "it says READY=1 once it listens" wait_until 10 grep -qx 'notify READY=1' "$out"
is "$(code /health)" 503 "before the first snapshot the pod is not ready"
is "$(jq -r .status "$work/body")" starting "... but starting"
is "$(code /livez)" 200 "... and alive"

pace="3 200 600 0 50"
say "unit redis.service 0 0 $pace redis://:s3%20cret@127.0.0.1:$redis_port" \
    "unit file.service 2 0 $pace redis://localhost:$redis_port?password-file=$work/password" \
    "unit wrong.service 1 0 $pace redis://:nonsense@127.0.0.1:$redis_port" \
    "unit nofile.service 2 0 $pace redis://127.0.0.1:$redis_port?password-file=$work/none" \
    "unit tcp.service 2 0 $pace tcp://127.0.0.1:$redis_port" \
    "unit refused.service 2 0 $pace tcp://127.0.0.1:18299" \
    "unit local.service 2 0 $pace unix:$work/redis.sock" \
    "unit nohttp.service 2 0 $pace http://127.0.0.1:$redis_port/" \
    "unit xvfb.service 0 0 $pace x11::$display" \
    "unit xpath.service 2 0 $pace x11:/tmp/.X11-unix/X$display" \
    "unit http.service 0 0 $pace http://127.0.0.1:$port/livez" \
    "unit https.service 2 0 $pace https://127.0.0.1:$https_port/" \
    "unit notls.service 2 0 $pace https://127.0.0.1:$port/livez" \
    "unit missing.service 2 0 $pace http://127.0.0.1:$port/not-there" \
    "unit true.service 2 0 $pace sh -c 'echo first; echo \"the last line\"'" \
    "unit false.service 2 0 $pace sh -c 'echo \"it hurts\" >&2; exit 3'" \
    "unit absent.service 2 0 $pace /no/such/program --x" \
    "unit killed.service 2 0 $pace sh -c 'kill -USR1 \$\$'" \
    "unit named.service 2 0 $pace http://example.com/" \
    "unit plain.service 0 0 $pace " \
    "unit reeve-log.service 0 1 $pace " "unit test.target 0 0 $pace "
for name in redis file wrong nofile tcp refused local nohttp xvfb xpath http https notls missing 'true' 'false' absent killed \
    named plain reeve-log; do
    up "$name.service"
done
say "state test.target active active success 0 0 1" "pod 1" sync

for name in redis file tcp local xvfb xpath http 'true' plain; do
    [[ $name == plain ]] || ok "$name is healthy" wait_until 20 told "$name.service 1 healthy"
done
for name in wrong nofile refused nohttp notls missing 'false' absent killed named; do
    ok "$name is unhealthy" wait_until 20 told "$name.service 1 unhealthy"
done
curl -s "$base/health" >"$work/health.json"
message() { jq -r ".units[\"$1.service\"].probe.message" "$work/health.json"; }
if command -v openssl >/dev/null; then
    ok "https is healthy, with a certificate of its own" wait_until 20 told 'https.service 1 healthy'
else
    skip 'openssl is not installed' 'https is healthy'
fi
is "$(message redis)" PONG "redis answers PONG"
like "$(message xvfb)" '^X11\.0 .*X\.Org' "the X server tells its vendor"
is "$(message true)" 'the last line' "a command's last line is the message"
like "$(message wrong)" WRONGPASS "a wrong password is called that"
like "$(message nofile)" "password file '$work/none'" "a missing password file is named"
like "$(message refused)" 'Connection refused' "a refused connection"
like "$(message nohttp)" "not HTTP|closed the connection before" "redis does not speak HTTP"
is "$(message missing)" 'HTTP 404 Not Found' "a 404 is no health"
is "$(message false)" 'exit status 3: it hurts' "exit status and stderr of a command"
is "$(message absent)" "cannot run '/no/such/program': No such file or directory" "a program that is not there"
is "$(message killed)" 'killed by SIGUSR1' "the signal of a command"
like "$(message notls)" '^TLS: ' "a server without TLS"
like "$(message named)" "'example.com'.*not an address" "names are not looked up"
ok "no secret is shown" bash -c "! grep -E 's3 cret|s3%20cret|nonsense' '$work'/{health.json,main.err,main.out}"

# ---- the port -------------------------------------------------------------------------------------------------------
is "$(code /health)" 200 "/health: 200 when degraded"
is "$(jq -r .status "$work/body")" degraded "... because of a unit with impact degrade"
is "$(jq -r .target "$work/body")" test.target "... the target"
is "$(jq -r '.helpers | keys[]' "$work/body")" reeve-log.service "... helpers stand apart"
is "$(jq -r '.units["plain.service"] | "\(.state) \(.sub) \(.health) \(.probe)"' "$work/body")" \
    "active running none null" "... a unit without probe"
is "$(code /readyz)" 200 "/readyz: 200"
is "$(<"$work/body")" ok "... ok"
code '/readyz?verbose' >/dev/null
ok "/readyz?verbose has a line per unit" grep -qx '\[+\]redis.service ok' "$work/body"
ok "... and a reason where one is not well" grep -q '^\[-\]wrong.service.*WRONGPASS' "$work/body"
is "$(code '/livez?verbose')" 200 "/livez?verbose: 200"
is "$(code /)" 200 "/ lists the paths"
ok "... /metrics is among them" grep -q '^/metrics' "$work/body"
is "$(code /nothing)" 404 "404"
is "$(curl -s -o /dev/null -w '%{http_code}' -X POST -d x=y "$base/health")" 405 "405 for POST"
like "$(curl -s -i -X DELETE "$base/health")" 'Allow: GET, HEAD' "... with Allow"
like "$(curl -s -I "$base/health")" '200 OK.*Cache-Control: no-cache' "HEAD, and no-cache"
like "$(curl -s -I "$base/metrics")" 'Content-Type: text/plain; version=0.0.4' "the type of /metrics"
curl -s "$base/metrics" >"$work/metrics"
# Debian's Prometheus would start a daemon where it is installed.
promtool=$(command -v promtool || echo "$BUILD/prometheus/usr/bin/promtool")
[[ -x $promtool ]] || images/packages.sh unpack "$BUILD/prometheus" metrics >"$work/unpack.log" 2>&1
if [[ -x $promtool ]]; then
    ok "promtool finds nothing wrong with the metrics" "$promtool" check metrics <"$work/metrics"
else
    skip "promtool is not installed (package prometheus)" "promtool finds nothing wrong with the metrics"
fi

# ---- one probe after the other, one message per change ---------------------------------------------------------------
probes=$(metric reeve_probe_duration_seconds_count redis)
clients() { redis client list | sed -n 's/^id=\([0-9]*\) .* cmd=ping .*/\1/p' | sort; }
clients >"$work/clients"
ok "probes go on" wait_until 20 metric_at_least reeve_probe_duration_seconds_count redis "$((probes + 5))"
is "$(times_told 'redis.service')" 1 "PID 1 is told once, not at each probe"
is "$(times_told 'wrong.service')" 1 "... of an unhealthy unit too"
clients >"$work/clients.later"
is "$(comm -12 "$work/clients" "$work/clients.later" | wc -l)" 2 "the two units that log in keep one connection each"
failures=$(metric reeve_probe_failures_total redis)
redis client kill type normal skipme yes >/dev/null
probes=$(metric reeve_probe_duration_seconds_count redis)
ok "a connection that redis closed is made anew" \
    wait_until 20 metric_at_least reeve_probe_duration_seconds_count redis "$((probes + 3))"
is "$(metric reeve_probe_failures_total redis)" "$failures" "... without a failure"

# ---- hung servers -----------------------------------------------------------------------------------------------------
kill -STOP "$redis_pid"
ok "a stopped redis becomes unhealthy" wait_until 20 told 'redis.service 1 unhealthy .*timed out after 600 ms'
is "$(code /health)" 503 "then /health is 503"
is "$(jq -r .status "$work/body")" unhealthy "... unhealthy"
is "$(code /readyz)" 503 "... /readyz too"
ok "... and says who" grep -q '^\[-\]redis.service failed: .*timed out' "$work/body"
is "$(code /livez)" 200 "... but /livez is 200"
ok "others are probed as before" unit_is xvfb .health healthy
kill -CONT "$redis_pid"
ok "redis goes on, and is healthy" wait_until 20 unit_is redis .health healthy
is "$(times_told 'redis.service 1 healthy')" 2 "... PID 1 is told again"

kill -STOP "$xvfb_pid"
ok "a stopped X server becomes unhealthy, though the kernel accepts for it" \
    wait_until 20 told 'xvfb.service 1 unhealthy .*timed out'
kill -CONT "$xvfb_pid"
ok "... and healthy again" wait_until 20 unit_is xvfb .health healthy

redis-server --port "$loading_port" --bind 127.0.0.1 --dir "$work" --dbfilename big.rdb --enable-debug-command yes \
    --save '' >"$work/loading.log" 2>&1 &
pid=$!
started+=("$pid")
wait_until 10 redis-cli -p "$loading_port" ping
redis-cli -p "$loading_port" debug populate 2000 key 2000 >/dev/null
redis-cli -p "$loading_port" save >/dev/null
kill -KILL "$pid"
wait "$pid" 2>/dev/null
redis-server --port "$loading_port" --bind 127.0.0.1 --dir "$work" --dbfilename big.rdb --save '' \
    --key-load-delay 20000 --loading-process-events-interval-bytes 1024 >"$work/loading2.log" 2>&1 &
loading_pid=$!
started+=("$loading_pid")

# ---- Chromium, and a new snapshot -------------------------------------------------------------------------------------
chromium=$(command -v chromium chromium-browser google-chrome-stable | head -n 1)
if [[ $chromium ]]; then
    DISPLAY=:$display HOME=$work "$chromium" --no-sandbox --disable-gpu --no-first-run --user-data-dir="$work/profile" \
        --remote-debugging-port="$cdp_port" about:blank >"$work/chromium.log" 2>&1 &
    chromium_pid=$!
    started+=("$chromium_pid")
fi
before=$(wc -l <"$out")
say forget \
    "unit loading.service 2 0 3 200 600 0 50 redis://127.0.0.1:$loading_port" \
    "unit redis.service 0 0 $pace redis://:s3%20cret@127.0.0.1:$redis_port" \
    "unit chromium.service 2 0 $pace cdp://127.0.0.1:$cdp_port" \
    "unit devtools.service 2 0 $pace http://127.0.0.1:$cdp_port/json/version"
for name in loading redis chromium devtools; do
    up "$name.service"
done
say "pod 1" sync
ok "a redis that loads its data is not ready" wait_until 20 unit_like loading .probe.message '^LOADING'
ok "a new snapshot replaces the old one" unit_is wrong '' null
is "$(jq -r '.units | length' <(curl -s "$base/health"))" 4 "... whole"
is "$(unit redis .health)" healthy "... what is known of a unit that is still there goes on"
kill -KILL "$loading_pid"
if [[ $chromium ]]; then
    ok "Chromium's DevTools answer" wait_until 60 told 'chromium.service 1 healthy .*Chrom'
    ok "... also over HTTP" wait_until 20 unit_is devtools .health healthy
    kill -STOP "$chromium_pid"
    ok "a stopped Chromium becomes unhealthy" wait_until 20 told 'chromium.service 1 unhealthy .*timed out'
    kill -CONT "$chromium_pid"
    ok "... and healthy again" wait_until 20 unit_is chromium .health healthy
else
    skip "chromium is not installed" "Chromium's DevTools answer"
fi

# ---- incarnations -----------------------------------------------------------------------------------------------------
say "state redis.service activating auto-restart success 0 1 1"
ok "a unit that does not run is starting" wait_until 10 unit_is redis .health starting
is "$(code /health)" 503 "... and the pod not ready"
probes=$(metric reeve_probe_duration_seconds_count redis)
others=$(metric reeve_probe_duration_seconds_count loading)
wait_until 20 metric_at_least reeve_probe_duration_seconds_count loading "$((others + 5))"
is "$(metric reeve_probe_duration_seconds_count redis)" "$probes" "... and is not probed"
up redis.service 2
ok "its next process is probed, and PID 1 told of it" wait_until 10 told 'redis.service 2 healthy'
say "pod 2"
ok "a pod that stops says so" wait_until 10 test "$(code /health; jq -r .status "$work/body")" = 503stopping
is "$(sed -n "$((before + 1)),\$p" "$out" | grep -vcE '^(health|verdict) ')" 0 "nothing but health was said since"

# ---- commands that hang -----------------------------------------------------------------------------------------------
hang=$work/hang
: >"$hang"
chmod 644 "$hang"
say forget \
    "unit hang.service 2 0 3 200 300 0 50 sh -c 'tail -f $hang & setsid tail -f $hang & tail -f $hang'" \
    "unit leave.service 2 0 3 200 2000 0 50 sh -c '(setsid tail -f $hang &) ; tail -f $hang & exit 0'" \
    "unit flood.service 2 0 3 200 500 0 50 yes" \
    "unit quick.service 2 0 3 200 500 0 50 http://127.0.0.1:$port/livez"
for name in hang leave flood quick; do
    up "$name.service"
done
say "pod 1" sync
ok "a command that hangs times out" wait_until 20 told 'hang.service 1 unhealthy .*timed out after 300 ms, the command'
ok "a command may leave processes behind and is judged by its exit status" \
    wait_until 20 told 'leave.service 1 healthy'
ok "a command that prints without end times out" wait_until 20 told 'flood.service 1 unhealthy .*timed out'
ok "... and keeps nobody else waiting" unit_like quick .probe.latency_ms '^[0-9]{1,2}(\.|$)'
for name in hang leave flood; do
    say "state $name.service inactive dead success 0 1 0"
done
no_children() { ! pgrep -P "$child" && ! pgrep -f "tail -f $hang"; }
ok "of all those commands no process is left, not even in a session of its own" wait_until 10 no_children

# ---- slow clients -----------------------------------------------------------------------------------------------------
exec {slow}<>"/dev/tcp/127.0.0.1/$port"
printf 'GET /health HTTP/1.1\r\nHost: ' >&"$slow"
declare -a idle=()
for _ in {1..40}; do
    exec {fd}<>"/dev/tcp/127.0.0.1/$port"
    idle+=("$fd")
done
ok "with 41 slow clients others are served" test "$(code /livez)" = 200
probes=$(metric reeve_probe_duration_seconds_count quick)
wait_until 10 metric_at_least reeve_probe_duration_seconds_count quick "$((probes + 5))"
ok "... and probes are not late" unit_like quick .probe.latency_ms '^[0-9]{1,2}(\.|$)'
# Each look sends a byte: a client that trickles is not idle, and has to go all the same.
trickles_no_more() { ! printf x >&"$slow"; }
ok "a client that trickles is dismissed" wait_until 25 trickles_no_more
few_fds() { (($(curl -s -m 10 "$base/metrics" | awk '$1 == "process_open_fds" { print $2 }') < 30)); }
ok "... the idle ones too" wait_until 20 few_fds
for fd in "${idle[@]}" "$slow"; do
    exec {fd}>&-
done
dd if=/dev/zero bs=1024 count=64 2>/dev/null | tr '\0' a >"$work/long"
like "$(curl -s -o /dev/null -w '%{http_code}' -H "X: $(<"$work/long")" "$base/health")" '^(431|413|400|000)$' \
    "a head of 64 kB is refused"
ok "... and the next client served" test "$(code /livez)" = 200

# ---- a pod that is paused -----------------------------------------------------------------------------------------------
mkfifo "$work/end"
chmod 666 "$work/end"
: >"$work/begun"
chmod 666 "$work/begun"
say forget "unit paused.service 2 0 1 60000 3000 0 60000 sh -c 'echo begun >$work/begun; read -r line <$work/end'"
up paused.service
say "pod 1" sync
ok "a probe runs" wait_until 20 test -s "$work/begun"
kill -STOP "$child"
exec {fd}<>"/dev/tcp/127.0.0.1/$port" # is to be looked at first
echo end >"$work/end"
read -rt 3.2 <> <(:) || true # until its time is over
kill -CONT "$child"
exec {fd}>&-
ok "an answer that came while reeve-health itself was stopped counts, however late that is" wait_until 20 told 'paused.service 1 healthy'
is "$(times_told 'paused.service 1 unhealthy')" 0 "... and is no time-out"

# ---- the end ----------------------------------------------------------------------------------------------------------
begin second "--listen=127.0.0.1:$port"
ok "a port in use: one line with address and remedy" wait_until 10 \
    grep -q "127.0.0.1:$port is in use by another program.*--listen" "$work/second.err"
say "unit http.service 0 0 $pace tcp://127.0.0.1:$redis_port"
up http.service
say "pod 1" sync
ok "... probes go on without the port" wait_until 10 told 'http.service 1 healthy'
first=$(awk '/^child/ { print $2 }' "$work/main.out")
kill -TERM "$first"
ok "SIGTERM: status 0" wait_until 10 grep -qx 'exit 0' "$work/main.out"
ok "the other takes over the port that is free now" wait_until 10 grep -qx 'notify READY=1' "$out"
is "$(code /livez)" 200 "... and answers"
say garbage
ok "a message that is none: status 1" wait_until 10 grep -qx 'exit 1' "$out"
begin third "--listen=127.0.0.1:$port"
say sync
ok "it listens again at once" wait_until 10 grep -qx 'notify READY=1' "$out"
exec {in}>&-
ok "PID 1 gone: status 0" wait_until 10 grep -qx 'exit 0' "$out"
done_testing
