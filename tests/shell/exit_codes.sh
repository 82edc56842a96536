#!/bin/bash
# The table of reeve(8), EXIT STATUS: a real run of reeve for each row.
# quick: yes
# shellcheck disable=SC2016 # $$ is for the service's shell
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health}
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${EXIT_PORT:-18823}
mkdir -p "$work/run" "$work/state"
chmod 0700 "$work/run"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$work/run" "$work/state"


reeve=("$work/bin/reeve")
# run NAME: the unit NAME.service and what it needs, with what was written to $work/units
run() {
    timeout 30 "${reeve[@]}" --units "$work/units" --target "$1.service" >"$work/log" 2>&1
}
# row STATUS RESULT TEXT <lines of [Service]; [Unit] gets $in_unit: the unit ends the pod with this status and this result
# ("-": the pod does not get as far as that)
# $other, if anything, is a unit beside it.
declare -A seen=()
other=
row() {
    local status
    rm -rf "$work/units" && mkdir "$work/units"
    { printf '[Unit]\n%s\n[Service]\n' "$in_unit"; cat; } >"$work/units/one.service"
    [[ ! $other ]] || echo "$other" >"$work/units/other.service"
    run one
    status=$?
    is $status "$1" "$2: $3" || diag "$(tail -n 20 "$work/log")"
    case $2 in
    -) ;;
    success | exec-condition) grep -q "one.service: failed" "$work/log" && fail "and its result is $2" ;;
    *) grep -q "one.service: failed with result '$2'" "$work/log" || fail "and its result is $2" ;;
    esac
    seen[$2]=1
}
in_unit=SuccessAction=exit
row 0 success "0" <<<"ExecStart=/bin/true"
row 5 success "a status that counts as success comes through" <<<"SuccessExitStatus=5
ExecStart=/bin/sh -c 'exit 5'"
row 0 success "0 after a signal" <<<"ExecStart=/bin/sh -c 'kill -TERM \$\$\$\$'"
row 0 exec-condition "0" <<<"ExecCondition=/bin/sh -c 'exit 3'
ExecStart=/bin/false"
in_unit=FailureAction=exit
row 7 exit-code "the status of the service" <<<"ExecStart=/bin/sh -c 'exit 7'"
row 1 exit-code "of another command than the main process: 1" <<<"Type=oneshot
ExecStartPre=/bin/sh -c 'exit 9'
ExecStart=/bin/true"
row 137 signal "128 and its number" <<<"ExecStart=/bin/sh -c 'kill -KILL \$\$\$\$'"
# Whether there is a core does not depend on reeve alone.
mkdir -m 0777 "$work/cores"
(cd "$work/cores" && ulimit -c unlimited && exec sh -c 'kill -ABRT $$') >/dev/null 2>&1
if [[ $(ls "$work/cores") ]]; then
    row 134 core-dump "128 and its number" <<<"WorkingDirectory=$work/cores
LimitCORE=infinity
ExecStart=/bin/sh -c 'kill -ABRT \$\$\$\$'"
else
    seen[core-dump]=1
    skip "cores do not go into the working directory here" "core-dump: 128 and its number"
fi
row 134 watchdog "128 and the signal that the watchdog sends" <<<"WatchdogSec=100ms
ExecStart=/bin/sleep 1000"
row 9 watchdog "the status that it makes of that" <<<"WatchdogSec=100ms
WatchdogSignal=USR1
ExecStart=/bin/sh -c 'trap \"exit 9\" USR1; tail -f /dev/null & wait'"
row 1 watchdog "1, not 0" <<<"WatchdogSec=100ms
WatchdogSignal=USR1
ExecStart=/bin/sh -c 'trap \"exit 0\" USR1; tail -f /dev/null & wait'"
for action in stop kill exit; do
    row 69 unhealthy "69 by HealthOnFailure=$action" <<<"ExecStart=/bin/sleep 1000
[X-Reeve]
HealthCmd=/bin/false
HealthInterval=100ms
HealthRetries=1
HealthOnFailure=$action"
done
# A memory cgroup of our own, in whichever hierarchy there is.
oom_cgroup() {
    local group
    for group in "$(sed -n 's/^[0-9]*:memory:/\/sys\/fs\/cgroup\/memory/p' /proc/self/cgroup)" \
        "$(sed -n 's/^0::/\/sys\/fs\/cgroup/p' /proc/self/cgroup)"; do
        cgroup=$group/reeve-oom.$$
        { [[ $group ]] && mkdir "$cgroup"; } 2>/dev/null || continue
        ! { echo 64M >"$cgroup/memory.limit_in_bytes" || echo 64M >"$cgroup/memory.max"; } 2>/dev/null || return 0
        rmdir "$cgroup"
    done
    return 1
}
if oom_cgroup; then
    # shellcheck disable=SC2016
    reeve=(sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup" "$work/bin/reeve")
    hungry='/usr/bin/tail /dev/zero' # keeps the last line, which has no end
    row 137 oom-kill "128 and SIGKILL" <<<"ExecStart=$hungry"
    row 137 oom-kill "OOMPolicy=kill" <<<"OOMPolicy=kill
ExecStart=$hungry"
    row 137 signal "OOMPolicy=continue leaves it a signal" <<<"OOMPolicy=continue
ExecStart=$hungry"
    row 137 oom-kill "before it is ready" <<<"Type=notify
ExecStart=$hungry"
    reeve=("$work/bin/reeve")
    wait_until 10 rmdir "$cgroup"
else
    seen[oom-kill]=1
    skip "no memory cgroup can be made here" "oom-kill: 128 and SIGKILL"
fi
row 124 timeout "at the start" <<<"Type=notify
TimeoutStartSec=100ms
ExecStart=/bin/sleep 1000"
row 124 timeout "of RuntimeMaxSec=" <<<"RuntimeMaxSec=100ms
ExecStart=/bin/sleep 1000"
row 76 protocol "the service never said READY=1" <<<"Type=notify
ExecStart=/bin/true"
row 71 resources "an EnvironmentFile= that is not there" <<<"EnvironmentFile=/absent/file
ExecStart=/bin/true"
# The unit that is asked for keeps the pod up between its restarts.
in_unit='FailureAction=exit
StartLimitBurst=2'
row 6 start-limit-hit "what the main process ended with last" <<<"Restart=on-success
SuccessExitStatus=6
RestartSec=0
ExecStart=/bin/sh -c 'exit 6'"
row 1 start-limit-hit "1, not 0" <<<"Restart=always
RestartSec=0
ExecStart=/bin/true"
in_unit='StartLimitBurst=2
StartLimitAction=exit'
row 6 start-limit-hit "StartLimitAction= has the same" <<<"Restart=on-success
SuccessExitStatus=6
RestartSec=0
ExecStart=/bin/sh -c 'exit 6'"
# Without it the pod would go on: another service does.
in_unit+='
Wants=other.service'
other=$'[Service]\nExecStart=/bin/sleep 1000'
row 6 exit-code "StartLimitAction= also ends a pod whose service failed until then" <<<"Restart=on-failure
RestartSec=0
ExecStart=/bin/sh -c 'exit 6'"
row 137 signal "StartLimitAction= also ends a pod whose service was killed until then" <<<"Restart=always
RestartSec=0
ExecStart=/bin/sh -c 'kill -KILL \$\$\$\$'"
other=

# path_row RESULT TEXT LIMITS_OF_PATH LIMITS_OF_SERVICE: a path unit whose service leaves what it is started for
path_row() {
    rm -rf "$work/units" && mkdir "$work/units"
    printf '[Unit]\nFailureAction=exit\n[Path]\nPathExists=/\n%s\n' "$3" >"$work/units/one.path"
    printf '[Unit]\n%s\n[Service]\nType=oneshot\nExecStart=/bin/true\n' "$4" >"$work/units/one.service"
    timeout 30 "${reeve[@]}" --units "$work/units" --target one.path >"$work/log" 2>&1
    is $? 1 "$1: $2" || diag "$(tail -n 20 "$work/log")"
    grep -q "one.path: failed with result '$1'" "$work/log" || fail "and its result is $1"
    seen[$1]=1
}
path_row trigger-limit-hit "1, of a path unit" TriggerLimitBurst=3 StartLimitIntervalSec=0
path_row unit-start-limit-hit "1, of a path unit" TriggerLimitIntervalSec=0 StartLimitBurst=3

# --- the table of the man page ---
results=$(sed -n 's/.*\[RESULT_[A-Z_]*\] = "\(.*\)",/\1/p' supervisor/unit/policy.c | sort)
is "$(sed -n '/Em Result Ta/,/^\.El/s/^\.It \([a-z-]*\) Ta .*/\1/p' supervisor/man/reeve.8 | sort)" "$results" \
    "reeve(8) has a row for each result, and no others"
unset "seen[-]"
is "$(printf '%s\n' "${!seen[@]}" | sort)" "$results" "each has been seen here"

# --- the status of the setting, or of the action ---
in_unit='FailureAction=exit
FailureActionExitStatus=42'
row 42 exit-code "FailureActionExitStatus=" <<<"ExecStart=/bin/false"
in_unit='SuccessAction=exit
SuccessActionExitStatus=43'
row 43 success "SuccessActionExitStatus=" <<<"ExecStart=/bin/true"
for action in poweroff poweroff-force poweroff-immediate reboot reboot-force reboot-immediate halt halt-force halt-immediate; do
    in_unit="FailureAction=$action"
    row 0 exit-code "FailureAction=$action: 0" <<<"ExecStart=/bin/sh -c 'exit 7'"
done
# beside ACTION: a unit that fails beside one that says when it is stopped
beside() {
    rm -rf "$work/units" && mkdir "$work/units"
    printf '[Unit]\nFailureAction=%s\nRequires=other.service\nAfter=other.service\n[Service]\nExecStart=/bin/sh -c "exit 7"\n' "$1" \
        >"$work/units/one.service"
    # shellcheck disable=SC2016
    printf '[Service]\nType=exec\nExecStart=/bin/sleep 1000\nExecStop=/bin/sh -c "echo other stops"\n' >"$work/units/other.service"
    run one
}
beside exit
is "$? $(grep -c 'other stops' "$work/log")" "7 1" "exit: the other units are stopped"
beside exit-force
is "$? $(grep -c 'other stops' "$work/log")" "7 0" "exit-force: they are not"

# --- set-up failures ---
in_unit=FailureAction=exit
mkdir "$work/state/gone"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$work/state/gone"
row 200 exit-code "a directory that has gone: CHDIR" <<<"Type=oneshot
ExecStartPre=/bin/rmdir $work/state/gone
WorkingDirectory=$work/state/gone
ExecStart=/bin/true"
printf '#!/absent/interpreter\n' >"$work/bin/script" && chmod 0755 "$work/bin/script"
row 203 exit-code "a program without its interpreter: EXEC" <<<"ExecStart=$work/bin/script"
if [[ $(ulimit -He) == 0 ]]; then
    row 226 - "a setting that cannot be enforced: NAMESPACE" <<<"LimitNICE=40
ExecStart=/bin/true"
else
    skip "LimitNICE= can be had here" "a setting that cannot be enforced: NAMESPACE"
fi
touch "$work/state/file"
row 238 - "a state directory that cannot be made: STATE_DIRECTORY" <<<"StateDirectory=file
ExecStart=/bin/true"
row 200 - "a directory that is not there" <<<"WorkingDirectory=/absent
ExecStart=/bin/true"
row 203 - "a program that is not there: EXEC" <<<"ExecStart=/absent/program"
in_unit=
row 78 - "a unit file with an error" <<<"Restart=sometimes
ExecStart=/bin/true"
"$work/bin/reeve" --nonsense >/dev/null 2>&1
is $? 2 "wrong usage: 2"
done_testing
