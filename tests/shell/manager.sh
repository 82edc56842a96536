#!/bin/bash
# What reeve says by sd_notify(3) to whoever started it: tool_manager listens, by a path and by an abstract name.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
chmod 0755 "$work"
# A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
reeve=$work/bin/reeve ctl=$work/bin/reevectl
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health} "$built/tests/tool_manager"
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${MANAGER_PORT:-18730}
units=$work/units out=$work/out
mkdir -p "$work/run" "$work/state" "$out" "$units"
chmod 0700 "$work/run"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$work/run" "$work/state" "$out"
pid='' manager='' runs=0
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    [[ -z $manager ]] || kill -KILL "$manager" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT
unit() {
    cat >"$units/$1"
}
# listen SOCKET: a new manager, which writes to $heard
listen() {
    runs=$((runs + 1))
    heard=$work/heard.$runs
    : >"$heard"
    "$work/bin/tool_manager" "$1" >"$heard" &
    manager=$!
    disown # its end is no news
    wait_until 10 grep -q ^listening "$heard"
}
# start SOCKET [NAME=VALUE...] [OPTION...]
start() {
    local socket=$1 settings=()
    shift
    listen "$socket"
    while [[ ${1:-} == *=* ]]; do
        settings+=("$1")
        shift
    done
    log=$work/log.$runs
    env NOTIFY_SOCKET="$socket" "${settings[@]}" "$reeve" --units "$units" "$@" >"$log" 2>&1 &
    pid=$!
}
# stop: ends the pod; sets `status` to what it ended with
stop() {
    kill -TERM "$pid"
    wait "$pid"
    status=$?
    pid=
}
forget() {
    kill -KILL "$manager"
    manager=
}
hears() {
    grep -q -- "$1" "$heard"
}
says() {
    grep -q -- "$1" "$log"
}
# datagram REGEX: the fields of the first datagram that has such a line, joined by |
datagram() {
    awk -v "regex=$1" '/^begin/ { text = ""; hit = 0; next }
        /^end/ { if (hit) { print text; exit } next }
        { text = text (text == "" ? "" : "|") $0; hit = hit || $0 ~ regex }' "$heard"
}
last_status() {
    grep ^STATUS= "$heard" | tail -n 1
}
is_last_status() {
    [[ $(last_status) =~ $1 ]]
}
# counted REGEX NUMBER: at least so many lines
counted() {
    (($(grep -c -- "$1" "$heard") >= $2))
}

unit slow.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=30s
ExecStart=cat $out/go
UNIT
mkfifo -m 0644 "$out/go"
unit probed.service <<UNIT
[Service]
ExecStart=tail -f /dev/null
[X-Reeve]
HealthCmd=/usr/bin/test -e $out/well
HealthInterval=200ms
HealthStartInterval=50ms
HealthStartPeriod=30s
HealthRetries=1
UNIT
unit default.target <<'UNIT'
[Unit]
Wants=slow.service probed.service
UNIT

# --- ready when up and healthy ---
start "$work/manager" WATCHDOG_USEC=20000000
ok "a start is counted, and names who is waited for" wait_until 10 hears '^STATUS=starting: 1 of 2 units are up, waiting for slow.service'
like "$(datagram '^EXTEND')" '^EXTEND_TIMEOUT_USEC=20000000.STATUS=starting' "while it gets on it asks for time"
echo >"$out/go"
rm "$out/go"
touch "$out/go" # for the next starts
ok "the target is up" wait_until 10 says 'default.target is up after'
ok "but a probe has not succeeded" wait_until 10 is_last_status '^STATUS=starting: probed.service'
not_ok "so it is not ready" hears ^READY=1
"$ctl" daemon-reload
touch "$out/well"
ok "it is once that is well" wait_until 10 hears ^READY=1
is "$(datagram ^READY=1)" "READY=1|STATUS=healthy: all units are well" "READY=1 comes with the word"
is "$(grep -cE '^(READY|RELOADING)=1' "$heard")" 1 "once: a reload before was nobody's business"
ok "WATCHDOG=1" hears ^WATCHDOG=1
like "$(grep -m 1 ^begin "$heard")" "^begin $pid " "it is PID 1 that speaks"

# --- reload ---
before=$(awk '{ printf "%d", $1 * 1000000 }' /proc/uptime)
"$ctl" daemon-reload
ok "a reload ends with READY=1" wait_until 10 counted ^READY=1 2
stamp=$(sed -n 's/^MONOTONIC_USEC=//p' "$heard")
ok "RELOADING=1 has its moment" test "${stamp:-0}" -ge "$((before - 1000000))"
is "$(datagram ^RELOADING=1)" "RELOADING=1|MONOTONIC_USEC=$stamp" "in one message"

# --- reeve-health dies ---
main_of() {
    "$ctl" show "$1" -p MainPID | sed 's/^MainPID=//'
}
is_probed() {
    "$ctl" list-units | grep -q "^probed.service .* $1 "
}
health=$(main_of reeve-health.service)
told=$(grep -c ^STATUS= "$heard")
kill -KILL "$health"
is_another() {
    local now
    now=$(main_of reeve-health.service)
    [[ $now != 0 && $now != "$health" ]] && is_probed healthy
}
ok "reeve-health is killed and is back" wait_until 10 is_another
is "$(grep -c ^STATUS= "$heard")" "$told" "and its last word held"

# --- unhealthy, a manager that does not read, one that goes away ---
rm "$out/well"
ok "who is unhealthy is named" wait_until 10 is_last_status '^STATUS=unhealthy: probed.service is unhealthy'
kill -STOP "$manager"
for _ in 1 2 3 4 5 6 7 8 9; do
    "$ctl" daemon-reload
done
touch "$out/well"
ok "nobody waits for a manager that does not read" wait_until 10 is_probed healthy
kill -CONT "$manager"
ok "and it hears the last word later" wait_until 10 is_last_status '^STATUS=healthy'
like "$(grep -E '^(READY|RELOADING)' "$heard" | tail -n 1)" ^READY "and that it is ready"
forget
"$ctl" daemon-reload
ok "nobody minds a manager that is gone" is_probed healthy
listen "$work/manager"
"$ctl" daemon-reload
ok "one that takes its place is found" wait_until 10 hears ^READY=1

# --- the end ---
stop
is "$status" 0 "the pod stops"
like "$(datagram ^STOPPING)" '^STOPPING=1.EXTEND_TIMEOUT_USEC=20000000.STATUS=stopping: ' "it says so, and asks for time"
ok "its last words are its status" wait_until 10 hears ^EXIT_STATUS=0
forget

# --- the watchdog: stuck ---
rm "$out/well"
sed -i 's/^HealthStartPeriod=.*/HealthStartPeriod=0/' "$units/probed.service"
start "@manager-$$" WATCHDOG_USEC=400000
ok "an abstract name: it is unhealthy from the beginning" wait_until 10 is_last_status '^STATUS=unhealthy'
ok "WATCHDOG=1 is withheld after a while" wait_until 10 says 'the pod is stuck, so WATCHDOG=1 is withheld: unhealthy: probed.service'
not_ok "it never was ready" hears ^READY=1
count=$(grep -c ^WATCHDOG=1 "$heard")
touch "$out/well"
ok "once it is well it is ready" wait_until 10 hears ^READY=1
ok "and alive again" wait_until 10 counted ^WATCHDOG=1 $((count + 2))
stop
forget
rm "$out/well"
start "@manager-$$" WATCHDOG_USEC=100000 REEVE_WATCHDOG=loop
ok "REEVE_WATCHDOG=loop: unhealthy" wait_until 10 is_last_status '^STATUS=unhealthy'
count=$(grep -c ^WATCHDOG=1 "$heard")
ok "and alive all the same" wait_until 10 counted ^WATCHDOG=1 $((count + 8))
stop
forget

# --- a unit that ends the pod ---
cat >"$units/probed.service" <<'UNIT'
[Unit]
FailureAction=exit
[Service]
ExecStart=/bin/sh -c 'exit 7'
UNIT
start "$work/manager"
wait "$pid"
is $? 7 "a unit ends the pod"
pid=
ok "STOPPING=1 is said then, too" wait_until 10 hears ^STOPPING=1
ok "and the status" wait_until 10 hears ^EXIT_STATUS=7
not_ok "no watchdog: it is not fed" hears ^WATCHDOG
forget
echo nonsense >"$units/probed.service"
start "$work/manager"
wait "$pid"
is $? 78 "unit files that cannot be used"
pid=
ok "are told by the status" wait_until 10 hears ^EXIT_STATUS=78
forget
start "$work/manager" REEVE_RUNTIME_DIR=/run/reeve --isolate
wait "$pid"
is $? 78 "the same with --isolate"
pid=
ok "where the manager's socket is not to be seen" wait_until 10 hears ^EXIT_STATUS=78
done_testing
