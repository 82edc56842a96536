#!/bin/bash
# What log lines cost: MB megabytes of lines of 100 bytes from one service, through reeve and, in the same run, through
# s6-log, svlogd and supervisord. Called by `make bench-log`; prints a table, and fails when a line is lost.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${BUILD:-build}")
mb=${MB:-1000}
count=$((mb * 10000))
work=$(mktemp -d)
chmod 0755 "$work"
started=()
end() {
    local pid
    for pid in "${started[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap end EXIT
install -D -t "$work/bin" "$build"/{reeve,reevectl,reeve-log,reeve-health} "$build/bench/lines"
lines=$work/bin/lines
unpacked=$build/bench/unpacked
broken=0

# A pipe that nobody writes to: reading it with a time limit is a wait without a process.
exec {quiet}<> <(:)
moment() {
    read -r -t 0.05 -u "$quiet" _ || true
}
# await FILE SECONDS
await() {
    local deadline=$((SECONDS + $2))
    until [[ -s $1 ]]; do
        ((SECONDS < deadline)) || { echo "not in time: $1" >&2; return 1; }
        moment
    done
}
# cpu PID: seconds of processor time so far
cpu() {
    awk -v tick="$(getconf CLK_TCK)" '{ sub(/^.*\) /, ""); split($0, f, " "); printf "%.2f", (f[12] + f[13]) / tick }' "/proc/$1/stat"
}
# peak PID: kB
peak() {
    awk '/^VmHWM/ { print $2 }' "/proc/$1/status"
}
# row NAME LOGGER_PID: what it took, once its writer has ended and, if there is a reader, all lines are there
row() {
    local took seen told disorder lost=-
    await "$out/written" 900
    took=$(<"$out/written")
    if [[ ${checked:-yes} == yes ]]; then
        if await "$out/read" 60; then
            read -r seen told disorder <"$out/read"
            lost="$told told, $((count - seen - told)) untold"
            ((seen + told == count && disorder == 0)) || broken=1
        else
            lost='lines are missing' broken=1
        fi
    fi
    awk -v name="$1" -v mb="$mb" -v took="$took" -v cpu="$(cpu "$2")" -v peak="$(peak "$2")" -v lost="$lost" 'BEGIN {
        printf "| %s | %.0f MB/s | %.2f s | %.1f MB | %s |\n", name, mb / took, cpu * 1000 / mb, peak / 1024, lost }'
}
begin() {
    out=$work/${1//[^a-z0-9]/-}
    mkdir -p "$out"
    chmod 0777 "$out"
    mkfifo "$out/pipe"
    "$lines" read "$count" "$out/read" ${2:+"$2"} <"$out/pipe" &
    started+=($!) reader=$!
}
stop() {
    kill -KILL "$@" 2>/dev/null || true
    wait "$@" 2>/dev/null || true
}

# reeve NAME FORMAT SETTINGS [BYTES_PER_MS]
reeve() {
    local pid log
    begin "$1" "${4:-}"
    mkdir -p "$out/units" "$out/run" "$out/state"
    printf '[Service]\nExecStart=%s write %s %s\n%s\n' "$lines" "$count" "$out/written" "$3" >"$out/units/lines.service"
    printf '[Unit]\nWants=lines.service\n' >"$out/units/default.target"
    chmod 0700 "$out/run"
    [[ $(id -u) != 0 ]] || chown -R 1001:1001 "$out/run" "$out/state"
    REEVE_RUNTIME_DIR=$out/run REEVE_STATE=$out/state REEVE_LOG_OUTPUT=$2 REEVE_HEALTH_LISTEN=127.0.0.1:18739 \
        "$work/bin/reeve" --units "$out/units" >"$out/pipe" 2>"$out/errors" &
    pid=$!
    started+=("$pid")
    until log=$(REEVE_RUNTIME_DIR=$out/run "$work/bin/reevectl" show reeve-log.service -p MainPID --value 2>/dev/null) &&
        ((log > 0)); do
        moment
    done
    row "reeve, $1" "$log"
    kill "$pid"
    wait "$pid" || true
    stop "$reader"
}
s6() {
    begin s6
    mkfifo "$out/in"
    s6-log -b T 1 <"$out/in" >"$out/pipe" &
    local log=$!
    started+=("$log")
    "$lines" write "$count" "$out/written" >"$out/in" &
    started+=($!)
    row 's6-log, time stamps' "$log"
    stop $! "$log" "$reader"
}
svlogd() {
    local program=$unpacked/usr/bin/svlogd checked=no
    out=$work/svlogd
    mkdir -p "$out/log"
    mkfifo "$out/in"
    "$program" -tt "$out/log" <"$out/in" 2>/dev/null &
    local log=$!
    started+=("$log")
    "$lines" write "$count" "$out/written" >"$out/in" &
    started+=($!)
    row 'svlogd, time stamps, into files' "$log"
    stop $! "$log"
}
supervisord() {
    begin supervisord
    cat >"$out/conf" <<CONF
[supervisord]
nodaemon=true
user=root
logfile=/dev/null
logfile_maxbytes=0
pidfile=$out/pid
[program:lines]
command=$lines write $count $out/written
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
CONF
    PYTHONPATH=$unpacked/usr/lib/python3/dist-packages python3 "$unpacked/usr/bin/supervisord" -c "$out/conf" >"$out/pipe" 2>"$out/errors" &
    local log=$!
    started+=("$log")
    row 'supervisord, no time stamps' "$log"
    kill "$log" # which ends the writer
    wait "$log" 2>/dev/null || true
    stop "$reader"
}

echo "$(date -u +%F), reeve $(git rev-parse --short HEAD), Linux $(uname -r), $(nproc) cores, load $(cut -d' ' -f1-3 /proc/loadavg); $mb MB in lines of 100 bytes"
echo
echo '| through | throughput | processor time per GB | peak memory of the logger | lost |'
echo '|---|---|---|---|---|'
reeve short-iso short-iso ''
reeve json json ''
reeve cat cat ''
reeve 'rules of a unit' short-iso $'LogRateLimitBurst=4000000000\nLogLevelMax=info\nLogFilterPatterns=~^never'
s6
[[ ! -e $unpacked/usr/bin/supervisord ]] || supervisord
reeve 'slow reader, drop-newest' short-iso $'[X-Reeve]\nLogOverflow=drop-newest' 50000
reeve 'slow reader, drop-oldest' short-iso $'[X-Reeve]\nLogOverflow=drop-oldest' 50000
[[ ! -x $unpacked/usr/bin/svlogd ]] || svlogd # the slowest is the last
exit "$broken"
