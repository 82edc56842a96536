#!/bin/bash
# What a busy health port costs the pod: 10,000 requests a second on /health for a minute, and the same minute without.
# Then as long with a bare loop in reeve-health's place (http_floor.c), which tells what of it is the machine's.
# Three things keep out of it, for both servers, what is neither's: the load never sleeps, is on the server's processor
# and gives way to it (nice 19, sched_yield(2)). A processor that sleeps comes back when the host of a virtual machine likes (here up to
# 20 ms late, several times a second), and an interrupt to another one costs more than the answer. And all are in one
# group of the scheduler where that can be had (root, a cpu controller): by themselves sessions are groups that share the
# processor evenly, whatever wants it in them (sched(7), "The autogroup feature").
# Prints a table for README.md; status 1 when a promise is broken. Usage: http.sh [RATE [SECONDS [CONNECTIONS]]]
cd "$(dirname "$0")/../.." || exit 1
set -euo pipefail
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
BUILD=${BUILD:-build}
rate=${1:-10000} seconds=${2:-60} connections=${3:-32} port=18399 restarts=40 cpu=0
work=$(mktemp -d)
chmod 755 "$work"
reeve='' floor=''
(($(nproc) > 1)) || { echo "http.sh: it takes two processors: one for the server and the load, one for the restarts" >&2; exit 2; }

# Ours of cgroup v1 or v2; empty: none can be had.
make_group() {
    mktemp -d /sys/fs/cgroup/cpu/reeve-bench.XXXXXX 2>/dev/null ||
        { grep -qsw cpu /sys/fs/cgroup/cgroup.subtree_control && mktemp -d /sys/fs/cgroup/reeve-bench.XXXXXX 2>/dev/null; }
}
group=$(make_group) || true

stop() {
    [[ -z $floor ]] || { kill -TERM "$floor"; wait "$floor" || true; }
    [[ -z $reeve ]] || { kill -TERM "$reeve"; wait "$reeve" || true; }
    rm -rf "$work"
    [[ -z $group ]] || { echo $$ >"${group%/*}/cgroup.procs" && wait_until 5 rmdir "$group"; }
}
trap stop EXIT
[[ -z $group ]] || echo $$ >"$group/cgroup.procs"

# As many units as the pod of the trading terminal has, the first of which is killed again and again.
truncate -s 1M "$work/board"
chmod 666 "$work/board"
mkdir "$work/units"
for number in 0 1 2 3 4; do
    cat >"$work/units/service$number.service" <<UNIT
[Unit]
Description=Trivial service number $number
StartLimitIntervalSec=0
[Service]
ExecStart=$(realpath "$BUILD/bench/service") $work/board $number
Restart=always
RestartSec=0
[X-Reeve]
HealthCmd=tcp://127.0.0.1:$port
HealthImpact=$( ((number)) && echo critical || echo degrade)
UNIT
done
printf '[Unit]\nWants=service0.service service1.service service2.service service3.service service4.service\n' \
    >"$work/units/all.target"
REEVE_HEALTH_LISTEN=127.0.0.1:$port "$BUILD/reeve" --units "$work/units" --target all.target >"$work/log" 2>&1 &
reeve=$!
is_healthy() { curl -s "http://127.0.0.1:$port/health" | grep -q '"status":"healthy"'; }
wait_until 30 is_healthy
health=$(pgrep -P "$reeve" -x reeve-health)
taskset -apc "$cpu" "$health" >/dev/null
memory() { awk '/^Pss:/ { print $2 }' "/proc/$health/smaps_rollup"; }
# What the machine that this one runs on took away from all processors, while somebody wanted to run (proc(5), steal).
stolen_ms() { awk -v ticks="$(getconf CLK_TCK)" '$1 == "cpu" { print int($9 * 1000 / ticks) }' /proc/stat; }
spent_us() { awk '{ print int($1 / 1000) }' "/proc/$1/schedstat"; }
own_us() { spent_us "$health"; }

# restart_some FILE: what the restarts cost is not the server's, so they are kept from the server's processor.
restart_some() {
    taskset -c "1-$(($(nproc) - 1))" "$BUILD/bench/http_restarts" "$work/board" "$reeve" "$restarts" "$seconds" \
        >"$work/$1-restarts"
}

# load PORT FILE: asks, beside restarts of the first service.
load() {
    restart_some "$2" &
    nice -n 19 taskset -c "$cpu" "$BUILD/bench/http_load" "$1" /health "$rate" "$seconds" "$connections" \
        >"$work/$2-load" || true
    wait $!
}

read -r load_before _ </proc/loadavg
restart_some without
before=$(memory) own=$(own_us) stolen=$(stolen_ms)
load "$port" with
own=$(($(own_us) - own)) stolen=$(($(stolen_ms) - stolen))
memory=$(memory)

curl -si "http://127.0.0.1:$port/health" >"$work/answer"
taskset -c "$cpu" "$BUILD/bench/http_floor" $((port - 1)) "$work/answer" &
floor=$!
is_listening() { curl -sf "http://127.0.0.1:$((port - 1))/" >/dev/null; }
wait_until 10 is_listening
floor_own=$(spent_us "$floor") floor_stolen=$(stolen_ms)
load $((port - 1)) beside
floor_own=$(($(spent_us "$floor") - floor_own)) floor_stolen=$(($(stolen_ms) - floor_stolen))

value() { awk -v name="$1" '$1 == name { print $2 }' "$work/$2"-*; }
# quartile FILE: 25th, 50th and 75th of the restarts.
restart() {
    awk '$1 == "restart" { print $2 }' "$work/$1-restarts" | sort -n |
        awk '{ v[NR] = $1 } END { printf "%d µs (%d to %d; n=%d)", v[int((NR + 1) / 2)], v[int((NR + 3) / 4)], v[int((3 * NR + 1) / 4)], NR }'
}
latencies() { echo "$(value p50_us "$1"), $(value p90_us "$1"), $(value p99_us "$1"), $(value p999_us "$1"), $(value max_us "$1") µs"; }
cat <<TABLE
$(date +%F), $rate requests a second on /health ($(value bytes with) bytes each), $connections connections, $seconds s, server and load on processor $cpu${group:+, in one group of the scheduler}; load before $load_before

| | without | with $rate requests/s | a bare loop instead of reeve-health |
|---|---|---|---|
| latency from the scheduled time: p50, p90, p99, p99.9, longest | | $(latencies with) | $(latencies beside) |
| requests that took longer than 2 ms, and at how many times they did | | $(value late with), $(value episodes with) | $(value late beside), $(value episodes beside) |
| processor time that the host took away meanwhile, of $((seconds * $(nproc))) s | | $stolen ms | $floor_stolen ms |
| requests answered, of them not with 200 | | $(value requests with), $(value failed with) | $(value requests beside), $(value failed beside) |
| processor time of the server per request | | $((own / (rate * seconds))) µs | $((floor_own / (rate * seconds))) µs |
| processor time of PID 1, with $restarts restarts | $(value pid1_us without) µs | $(value pid1_us with) µs | $(value pid1_us beside) µs |
| kill -9 to running again: median (quartiles) | $(restart without) | $(restart with) | $(restart beside) |
| PSS of reeve-health | $before kB | $memory kB | |
TABLE
! grep -qx 'restart -1' "$work"/*-restarts || { echo "not ok: a service that was killed did not run again within 10 s"; exit 1; }
(($(value failed with) == 0)) || { echo "not ok: each request is to be answered with 200"; exit 1; }
(($(value p99_us with) < 2000)) || { echo "not ok: p99 is to be below 2 ms (the bare loop's is $(value p99_us beside) µs)"; exit 1; }
echo "ok: p99 is below 2 ms"
