#!/bin/bash
# time limit: 1200
# Both helpers are killed KILLS times (10; `make check-helpers`: 200) while services write numbered lines as fast as they
# may: no service notices, no line is lost, the probes go on, the pod stays well, PID 1 grows by nothing.
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
KILLS=${KILLS:-10}
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
chmod 0755 "$work"
reeve=$work/bin/reeve ctl=$work/bin/reevectl
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health} "$built/tests"/tool_{count,manager}
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${HELPERS_PORT:-18740}
units=$work/units log=$work/log
mkdir -p "$work/run" "$work/state" "$units"
chmod 0700 "$work/run"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$work/run" "$work/state"
pid='' manager=''
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    [[ -z $manager ]] || kill -KILL "$manager" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT

counters=(steady bursty flood)
# counter NAME BURST PAUSE
counter() {
    cat >"$units/$1.service" <<UNIT
[Service]
ExecStart=$work/bin/tool_count $1 $2 $3
[X-Reeve]
HealthCmd=http://$REEVE_HEALTH_LISTEN/livez
HealthInterval=200ms
HealthStartInterval=20ms
UNIT
}
counter steady 1 5
counter bursty 200 200
counter flood 100 20
cat >"$units/default.target" <<UNIT
[Unit]
Wants=${counters[*]/%/.service}
UNIT

"$work/bin/tool_manager" "$work/manager" >"$work/heard" &
manager=$!
disown # its end is no news
wait_until 10 grep -q ^listening "$work/heard"
# As container engines do, a pipe, which can be torn anywhere.
NOTIFY_SOCKET=$work/manager WATCHDOG_USEC=60000000 "$reeve" --units "$units" > >(exec cat >"$log") 2>&1 &
pid=$!
ok "the pod is well" wait_until 30 grep -q ^READY=1 "$work/heard"

show() {
    "$ctl" show "$1" -p "$2" | sed 's/^[^=]*=//'
}
services() {
    local name
    for name in "${counters[@]}"; do
        echo "$(show "$name.service" MainPID) $(show "$name.service" NRestarts)"
    done
}
# What only PID 1 has of its memory, in kB; and its descriptors.
memory() {
    awk '/^Private_Dirty:/ { print $2 }' "/proc/$pid/smaps_rollup"
}
descriptors() {
    find "/proc/$pid/fd" -mindepth 1 | wc -l
}
# --- kills ---
# Long runs give each helper the second after which it counts as one that lives: its delays do not grow.
has_lived() {
    local stat
    stat=$(<"/proc/$1/stat") || return 0
    # shellcheck disable=SC2086 # field 22, behind the name: the start in ticks
    set -- ${stat##*) }
    awk -v began="${20}" '{ exit !($1 >= began / 100 + 1.05) }' /proc/uptime
}
is_another() {
    now=$(show "$1" MainPID)
    [[ ${now:-0} != 0 && $now != "$2" ]]
}
has_grown() {
    (($(stat -c %s "$log") > $1))
}
# kill_often UNIT: and waits each time until it does its work again
kill_often() {
    local now size
    now=$(show "$1" MainPID)
    for ((i = 0; i < KILLS; i++)); do
        ((KILLS <= 20)) || wait_until 20 has_lived "$now"
        size=$(stat -c %s "$log")
        kill -KILL "$now" || return 1
        wait_until 20 is_another "$1" "$now" || return 1
        case $1 in
        reeve-log*) wait_until 20 has_grown "$size" || return 1 ;;
        *) wait_until 20 "$ctl" health || return 1 ;;
        esac
    done
}
# Once each before it is measured: some pages are touched by that.
KILLS=1 kill_often reeve-log.service
KILLS=1 kill_often reeve-health.service
before=$(services)
memory_before=$(memory)
descriptors_before=$(descriptors)
kill_often reeve-log.service &
one=$!
kill_often reeve-health.service &
other=$!
wait "$one"
is $? 0 "reeve-log is killed $KILLS times and does its work each time"
wait "$other"
is $? 0 "reeve-health is killed $KILLS times and answers each time"

# --- what they left ---
is "$(services)" "$before" "no service was restarted"
has_grown_little() {
    memory_after=$(memory)
    ((memory_after - memory_before <= 8))
}
ok "PID 1's own memory is what it was ($memory_before kB)" has_grown_little || diag "$memory_after kB"
are_fds_as_before() {
    (($(descriptors) <= descriptors_before))
}
ok "and so are its descriptors" wait_until 10 are_fds_as_before
all_are_healthy() {
    (($("$ctl" list-units | grep -c ' healthy ') == ${#counters[@]}))
}
ok "all probes are good" wait_until 20 all_are_healthy
probes() {
    curl -sf "http://$REEVE_HEALTH_LISTEN/metrics" |
        awk '/^reeve_probe_duration_seconds_count/ { n += $2 } END { print n + 0 }'
}
first=$(probes)
go_on() {
    (($(probes) > first + ${#counters[@]}))
}
ok "and go on" wait_until 10 go_on
# One that hangs is no better: below a watchdog, as here, it is killed by its own, of ten seconds.
if ((KILLS > 20)); then
    hung=$(show reeve-health.service MainPID)
    kill -STOP "$hung"
    ok "a reeve-health that hangs is replaced" wait_until 60 is_another reeve-health.service "$hung"
    ok "and answers" wait_until 20 "$ctl" health
fi
not_healthy=$(grep ^STATUS= "$work/heard" | sed -n '/^STATUS=healthy/,$p' | grep -vc '^STATUS=healthy')
is "$not_healthy" 0 "the manager was told of nothing" || diag "$(grep ^STATUS= "$work/heard")"
for name in "${counters[@]}"; do
    "$ctl" kill -s USR1 "$name.service"
done
have_ended() {
    (($(grep -cE ': [a-z]+ end [0-9]+$' "$log") >= ${#counters[@]}))
}
ok "the counters come to their end" wait_until 30 have_ended
kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod stops"
pid=

# missing, repeated, broken: of the lines of a counter
count() {
    awk -v name="$1" '
        index($0, name) == 0 { next }
        $2 == name ".service:" || $2 == name ":" {
            if (NF >= 4 && $3 == name && $4 == "end") { last = $5; next }
            if ($3 == name && $4 ~ /^[0-9]+$/ && length($5) == $4 % 60) {
                seen[$4]++
                next
            }
            broken++
            next
        }
        $2 != "reeve:" && $2 != "reeve-health:" { broken++ }
        END {
            for (i = 1; i <= last; i++) { missing += !(i in seen); repeated += seen[i] > 1 }
            printf "%d lines, %d lost, %d repeated, %d broken\n", last, missing, repeated, broken
        }' "$log"
}
for name in "${counters[@]}"; do
    text=$(count "$name")
    diag "$name: $text"
    like "$text" '^[1-9][0-9]+ lines, 0 lost,' "$name: no line is lost"
done
[[ -z ${KEEP:-} ]] || cp "$log" "$KEEP"
done_testing
