#!/bin/bash
# Each line of tests/unit/test_engine_up.c and test_engine_down.c, played by systemd as PID 1 of a container: is what is
# expected there what it does? (make conformance-ways; root, some ten minutes, no part of make check)
#
#   ways.sh                  plays all, names those that differ, and counts
#   ways.sh play             in the container: plays the lines of its stdin
#   ways.sh process NAME     in a unit: a process that does what is written to its fifo, deaf to signals
#
#   PODMAN, ORACLE   as in record.sh, which also makes the image
#   JOBS             containers at the same time, default 2
#
# What cannot be played: that somebody outlives SIGKILL. Where that signal is the last step, the state must have been
# passed through; what comes after it is left out.
set -uo pipefail
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
work=/run/ways units=/run/systemd/system

# Differences on purpose: "SUBSTATE; the last steps", by what stands in the tests.
# - systemd begins a reload that timed out anew, for ever (differences.txt, types/reload-never-ready)
# - systemd looks at a service that nobody is left of only when its reload has timed out
# - and only when TimeoutStartSec= has passed that nobody is left to write PIDFile=, unless that is so already when the
#   last command ends; service_notify_cgroup_empty_event() means to, but main_pid_good() is then not 0 but -EAGAIN
# - when the command of ExecStopPost= is gone, systemd leaves the others behind: here nobody outlives a stop
on_purpose=(
    "running; reload,reloading,after 3"
    "exited; reload,exit 0,empty"
    "exited; reloading,exit 0,empty"
    "stop-post; start,control 0,empty"
    "stop; found 0,control 0,empty"
    "final-sigterm; strays,after 5,control 1"
    "final-watchdog; strays,after 5,control 1"
    "failed; strays,after 5,control 1,empty"
)

# --- in a unit ---

process() {
    local name=$1 verb rest
    trap 'echo term >>$work/trace' TERM
    trap 'echo abort >>$work/trace' ABRT
    trap 'echo hup >>$work/trace' HUP
    mkfifo "$work/fifo.$name" 2>/dev/null
    exec 3<>"$work/fifo.$name"
    echo "$name" >>"$work/trace"
    echo $$ >"$work/pid.$name"
    : >"$work/up.$$"
    while :; do
        read -r -u 3 verb rest || continue
        case $verb in
        exit) exit "$rest" ;;
        die) kill "-$rest" $$ ;;
        fork) (exec setsid bash "$0" process stray 3>&- &) ;;
        ready | reloading | stopping) systemd-notify "--$verb" ;;
        trigger) systemd-notify WATCHDOG=trigger ;;
        main) systemd-notify "MAINPID=$$" ;;
        esac
        echo "$verb" >>"$work/done"
    done
}

# --- in the container ---

is_alive() {
    [[ -e $work/pid.$1 ]] && kill -0 "$(<"$work/pid.$1")" 2>/dev/null
}
is_gone() {
    ! is_alive "$1"
}
# first NAME...: the first of them that lives
first() {
    local name
    for name; do is_alive "$name" && echo "$name" && return; done
    return 1
}
state() {
    systemctl show "$unit" -p SubState,Job
}
# Two looks at which nothing has changed, and who runs has said so.
rests() {
    local seen line
    seen=$(systemctl show "$unit" good.service bad.service -p SubState,MainPID,ControlPID,Job; cat "$work/trace")
    while IFS= read -r line; do
        [[ ! $line =~ ^(Main|Control)PID=([1-9].*) || -e $work/up.${BASH_REMATCH[2]} ]] || return 1
    done <<<"$seen"
    [[ $seen == "$last_look" ]] || { last_look=$seen; return 1; }
}
settle() {
    last_look=
    wait_until 30 rests || echo "# $steps: it does not settle"
}
# tell NAME WORD...: the process does it; an end is awaited
tell() {
    local name=$1
    shift
    : >"$work/done"
    echo "$*" >"$work/fifo.$name"
    case $1 in
    exit | die) wait_until 10 is_gone "$name" ;;
    *) wait_until 10 test -s "$work/done" ;;
    esac
}
fork() {
    is_alive stray && return
    tell "$(first condition pre post reload stop stop-post main)" fork
    wait_until 10 is_alive stray
}
has_changed() {
    [[ $(state) != "$before" ]]
}
step() {
    local verb rest
    local -a controls=(condition pre post reload stop stop-post)
    read -r verb rest <<<"$1"
    before=$(state)
    # The parent is no main process.
    [[ $service != *Type=forking* ]] || controls+=(main)
    case $verb in
    start | stop | reload) systemctl --no-block "$verb" "$unit" ;;
    control) tell "$(first "${controls[@]}")" exit "$rest" ;;
    exit | die) tell main "$verb" "$rest" ;;
    ready | reloading | stopping | trigger) tell "$(first main "${controls[@]}" stray)" "$verb" ;;
    main) tell stray main ;;
    strays) fork ;;
    empty) ! is_alive stray || kill -KILL "$(<"$work/pid.stray")" ;;
    after) wait_until $((rest * 3 + 10)) has_changed ;;
    found) ;;
    esac
    settle
    fork_once
}
# Who outlives all others is there from the beginning.
fork_once() {
    [[ $service =~ PIDFile=|ExitType=cgroup|NotifyAccess=all && ! $has_forked ]] || return 0
    has_forked=1
    fork
}
# Every time three times as long: a step takes some seconds on a busy machine.
slow_down() {
    local line
    while IFS= read -r line; do
        [[ ! $line =~ ^(Timeout.*Sec|RuntimeMaxSec|RestartSec)=([0-9]+)$ ]] ||
            line=${BASH_REMATCH[1]}=$((BASH_REMATCH[2] * 3))
        echo "$line"
    done
}
write_units() {
    local name
    {
        printf '[Unit]\nOnSuccess=good.service\nOnFailure=bad.service\nDefaultDependencies=no\n'
        if [[ $service != target ]]; then
            printf '[Service]\n%s' "${service//|/$'\n'}" |
                sed "s#=/bin/\(.*\)#=/bin/bash /reeve/tests/conformance/ways.sh process \1#" | slow_down
            # Also a condition may say WATCHDOG=trigger then.
            [[ $service == *NotifyAccess* ]] || printf '[Service]\nNotifyAccess=all\n'
        fi
    } >"$units/$unit"
    for name in good bad; do
        printf '[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/bash /reeve/tests/conformance/ways.sh process %s\n' \
            $name >"$units/$name.service"
    done
    systemctl daemon-reload
}
all_down() {
    local file
    systemctl --no-block stop "$unit" good.service bad.service
    for file in "$work"/pid.*; do kill -KILL "$(<"$file")" 2>/dev/null; done
    ! systemctl show "$unit" good.service bad.service -p ActiveState --value | grep -qvE '^(inactive|failed|)$'
}
# What is seen, in the words of way.h without what systemd does not show: times and signals to nobody.
describe() {
    local restarts
    restarts=$(systemctl show "$unit" -p NRestarts --value)
    echo "$(systemctl show "$unit" -p SubState --value) $(systemctl show "$unit" -p ActiveState --value)$(
        ((${restarts:-0} == 0)) || echo " restart $restarts"):$(
        tail -n "+$((begin + 1))" "$work/trace" | grep -v stray | sort -u | sed 's/^/ /' | tr -d '\n')"
}
expected() {
    local head=${1%%:*} word
    [[ ! $head =~ ^(.*)\ [0-9]+s(.*)$ ]] || head=${BASH_REMATCH[1]}${BASH_REMATCH[2]}
    echo "$head:$(for word in ${1#*:}; do
        case $word in "("* | find-main | kill-control | final) ;; *) echo "$word" ;; esac
    done | sort -u | sed 's/^/ /' | tr -d '\n')"
}
# passed: the states that the unit has passed through since the cursor
passed() {
    journalctl --after-cursor="$cursor" -o cat | sed -n "s/^$unit: Changed .* -> \(.*\)/\1/p"
}
play_one() {
    local list one seen
    rm -rf $work
    mkdir -p $work
    : >$work/trace
    has_forked=
    write_units
    IFS=, read -ra list <<<"$steps"
    cursor=$(journalctl -n 0 --show-cursor | sed -n 's/^-- cursor: //p')
    for one in "${list[@]}"; do
        if passed | grep -q sigkill; then
            tell_verdict left-out
            return
        fi
        begin=$(wc -l <$work/trace)
        step "$one"
    done
    seen=$(describe)
    if [[ $seen == "$(expected "$wanted")" ]] || { [[ $wanted == *": final" ]] && passed | grep -qx "${wanted%% *}"; }; then
        tell_verdict same
    else
        tell_verdict differs "$(expected "$wanted")" "$seen"
    fi
}
tell_verdict() {
    printf '%s\t%s\t%s\t%s\t%s\n' "$1" "${wanted%% *}; $steps" "$service" "${2:-}" "${3:-}"
}
play() {
    local number=0 verdict
    mkdir -p /run/systemd/journald.conf.d
    printf '[Journal]\nRateLimitBurst=0\n' >/run/systemd/journald.conf.d/ways.conf
    systemctl restart systemd-journald
    systemctl log-level debug
    while IFS=$'\t' read -r service steps wanted; do
        number=$((number + 1))
        unit=way-$number.service
        [[ $service != target ]] || unit=way-$number.target
        verdict=$(play_one </dev/null)
        # Once more, alone: the machine may have been late.
        if [[ $verdict == *differs$'\t'* || $verdict == "#"* ]]; then
            wait_until 30 all_down
            verdict=$(play_one </dev/null)
        fi
        echo "$verdict"
        wait_until 30 all_down || echo "# $steps: it does not end"
        systemctl reset-failed "$unit" good.service bad.service 2>/dev/null
        rm -f "$units/$unit"
    done
}

# --- outside ---

ways() {
    local test
    for test in up down; do WAYS=print "$BUILD/tests/test_engine_$test" 2>/dev/null; done |
        sed -n 's/^way\t//p' | awk '!seen[$0]++'
}
is_booted() {
    [[ $("${podman[@]}" exec "$1" systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]
}
# play_in NUMBER: every JOBS-th line, in a container of its own
play_in() {
    local container=reeve-ways-$$-$1 status
    "${podman[@]}" run -d --name "$container" --network none --tmpfs /run --tmpfs /tmp "${systemd_options[@]}" \
        -v "$PWD:/reeve:ro" "${ORACLE:-localhost/reeve-oracle:trixie}" /sbin/init >/dev/null &&
        wait_until 60 is_booted "$container" &&
        ways | awk -v jobs="$jobs" -v number="$1" 'NR % jobs == number' |
        "${podman[@]}" exec -i "$container" bash /reeve/tests/conformance/ways.sh play
    status=$?
    "${podman[@]}" rm -t 0 -f "$container" >/dev/null 2>&1
    return $status
}
play_all() {
    local i out status=0
    BUILD=${BUILD:-build}
    # shellcheck source=tests/image/image_lib.sh
    . tests/image/image_lib.sh
    [[ $EUID == 0 ]] || { echo "ways.sh: systemd as PID 1 of a container needs root" >&2; return 1; }
    out=$BUILD/conformance/ways
    mkdir -p "$out"
    image_podman "$(realpath "$BUILD")/conformance/podman"
    podman+=(--cgroup-manager cgroupfs)
    [[ -z ${PODMAN:-} ]] || read -r -a podman <<<"$PODMAN"
    image_systemd_options
    jobs=${JOBS:-2}
    for ((i = 0; i < jobs; i++)); do play_in $i >"$out/$i" & done
    for ((i = 0; i < jobs; i++)); do wait -n || status=1; done
    awk -F '\t' -v purpose="$(printf '%s\n' "${on_purpose[@]}")" '
        BEGIN { count = split(purpose, pair, "\n") }
        NF != 5 { print; next }
        { verdict = $1 }
        verdict == "differs" {
            for (i = 1; i <= count; i++) {
                split(pair[i], part, "; ")
                if (index($2, part[1] "; ") == 1 && substr($2, length($2) - length(part[2]) + 1) == part[2])
                    verdict = "on purpose"
            }
        }
        verdict == "differs" { printf "%s\n  %s\n  expected: %s\n  systemd:  %s\n", $3, $2, $4, $5 }
        { verdicts[verdict]++ }
        END {
            printf "%d as in systemd, %d different on purpose, %d left out, %d differ\n", verdicts["same"],
                verdicts["on purpose"], verdicts["left-out"], verdicts["differs"]
            exit verdicts["differs"] > 0 || verdicts["same"] == 0
        }' "$out"/[0-9]* || status=1
    return $status
}

case ${1:-} in
play) play ;;
process) process "$2" ;;
*) play_all ;;
esac
