#!/bin/bash
# Runs conformance cases below one service manager and prints what was seen:
#
#   drive.sh systemd|reeve ACTOR WORK SOURCE    SOURCE is a file of cases, or a script that prints one
#
# ACTOR is the program that the units run, WORK a directory that may be thrown away. For reeve, BUILD names the build
# and CONFORMANCE_PORT a free TCP port; for systemd it runs as root in the container whose PID 1 it is. SKIP holds
# names of cases that are left out, ONLY the one that is wanted.
#
# A source:
#
#   === NAME: what it shows             a case; NAME is unique in the source
#   --- a.service                       the text of a unit; ACTOR stands for the actor's path
#   --- do                              the steps, a line each:
#   start|stop|restart|reset-failed U   waits for the job; its success is part of the result
#   ask VERB U                          the same without waiting
#   kill SIGNAL LABEL                   to the last process of the label; waits until it is gone
#   signal SIGNAL LABEL                 does not wait
#   make FILE                           lets a process go on that waits at this barrier
#   await U ACTIVE/SUB                  until the unit is in this state
#   await-trace LINE                    until the trace has this line
#   await-gone LABEL                    until the last process of the label is reaped
#   settle                              until nothing more happens by itself
#   show U...                           the units' states now (at the end all are shown anyway)
#   trace each                          only the order within a label is compared: processes of the case run in parallel
#   trace set                           only which lines came, at least once: signals that come close together merge
#   trace none                          the trace is not part of the result
#
# After the last step comes a settle, all units' states and the trace.
set -uo pipefail
export LC_ALL=C
here=$(dirname "$0")
# shellcheck source=tests/shell/tap.sh
. "$here/../shell/tap.sh"
manager=$1 actor=$2 work=$3 source=$4
limit=30 # seconds that any one wait may take
skip=" ${SKIP:-} "
base=$(basename "$source")
base=${base%.*}

# --- the two managers ---

systemd_units=/run/systemd/system

systemd_begin() {
    local unit
    cp "$work"/units/* "$systemd_units/"
    # systemd forgets a unit that is down and that nobody names; this one names them all.
    printf '[Unit]\nDefaultDependencies=no\nAfter=%s\n' "${units[*]}" >"$systemd_units/conformance-keep.target"
    systemctl daemon-reload
    systemctl start conformance-keep.target
    for unit in "${units[@]}"; do
        [[ $(systemctl show "$unit" -p LoadState --value) == loaded ]] || echo "$unit: refused"
    done
}
systemd_end() {
    kill_all
    timeout $limit systemctl stop "${units[@]}"
    kill_all
    timeout $limit systemctl stop conformance-keep.target "${units[@]}"
    systemctl reset-failed "${units[@]}"
    (cd "$systemd_units" && rm -rf "${units[@]}")
}
systemd_ctl() {
    timeout $limit systemctl "$@" 2>/dev/null
}
systemd_properties() {
    systemctl show "$1" -p ActiveState,SubState,Result,NRestarts,ExecMainCode,ExecMainStatus,MainPID,Job
}

reeve_pid=
reeve_begin() {
    export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${CONFORMANCE_PORT:-18500}
    mkdir -p "$work/run" "$work/state"
    chmod 0700 "$work/run"
    # reeve ends when no unit is left: one is.
    printf '[Service]\nExecStart=%s keep on TERM exit=0 wait\n' "$work/keep/actor" >"$work/units/conformance-keep.service"
    printf '[Unit]\nWants=conformance-keep.service\n' >"$work/units/default.target"
    mkdir -p "$work/keep"
    ln "$work/actor" "$work/keep/actor"
    [[ $EUID != 0 ]] || chown -R 1001:1001 "$work"
    "$BUILD/reeve" --units "$work/units" >"$work/log" 2>&1 &
    reeve_pid=$!
    if ! wait_until $limit reeve_is_up_or_gone; then
        echo "reeve does not come up"
    elif ! reeve_is_up; then
        sed -n "s/^\(.*\/\)\{0,1\}\([a-z0-9@-]*\.[a-z]*\):\([0-9:]*:\)\{0,1\} error: .*/\2: refused/p" "$work/log" |
            sort -u | grep . || echo "reeve ends: $(tail -n 1 "$work/log")"
    fi
}
reeve_is_up() {
    "$BUILD/reevectl" is-active conformance-keep.service >/dev/null
}
reeve_is_up_or_gone() {
    reeve_is_up || gone "$reeve_pid"
}
reeve_end() {
    kill_all
    kill -TERM "$reeve_pid" 2>/dev/null
    wait_until $limit gone "$reeve_pid" || kill -KILL "$reeve_pid"
    wait "$reeve_pid"
    kill_all
}
reeve_ctl() {
    timeout $limit "$BUILD/reevectl" "$@" 2>/dev/null
}
reeve_properties() {
    "$BUILD/reevectl" show "$1" -p ActiveState,SubState,Result,NRestarts,ExecMainCode,ExecMainStatus,MainPID,ReeveJob |
        sed 's/^ReeveJob=/Job=/'
}

# --- what is going on ---

# gone PID: no such process, or one of ours that only waits to be reaped by this shell
gone() {
    [[ ! -d /proc/$1 ]] || [[ $1 == "$reeve_pid" && $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) == Z* ]]
}

# The processes of the case that still exist; fails when one of them is about to do something by itself.
processes() {
    local pid word
    local -A last=()
    [[ -f $work/processes ]] || return 0
    while read -r pid word; do
        last[$pid]=$word
    done <"$work/processes"
    for pid in "${!last[@]}"; do
        gone "$pid" && continue
        case ${last[$pid]} in
        waits) ;;
        "barrier "*) [[ ! -e $work/${last[$pid]#* } ]] || return 1 ;;
        *) return 1 ;;
        esac
        echo "$pid"
    done
}

kill_all() {
    local pid word
    while read -r pid word; do
        [[ $(readlink "/proc/$pid/exe") == "$work/actor" ]] && kill -KILL "$pid"
    done < <(sort -u "$work/processes") 2>/dev/null
}

# properties UNIT: into the array `is`
declare -A is
properties() {
    local key value
    is=([Job]="" [ActiveState]="?" [SubState]="?" [Result]="?" [NRestarts]="?" [ExecMainCode]="?" [ExecMainStatus]="?")
    while IFS='=' read -r key value; do
        is[$key]=$value
    done < <("${manager}_properties" "$1")
}

# units_rest PROCESSES: no unit is on its way, and each main process is among those that wait (it may not have begun to
# tell about itself yet).
units_rest() {
    local unit
    for unit in "${units[@]}"; do
        properties "$unit"
        [[ ${is[Job]:-0} == 0 && ${is[ActiveState]:-} =~ ^(active|inactive|failed)$ ]] || return 1
        [[ ${is[MainPID]:-0} == 0 || $'\n'$1$'\n' == *$'\n'"${is[MainPID]}"$'\n'* ]] || return 1
    done
}

# At rest: every process waits for ever, no unit is on its way, and nothing has come between the two looks.
rests() {
    local before told
    told=$(<"$work/processes")
    before=$(processes) && units_rest "$before" && [[ $(processes) == "$before" && $(<"$work/processes") == "$told" ]]
}

settle() {
    wait_until $limit rests || echo "it does not settle"
}

in_state() {
    properties "$1"
    [[ ${is[ActiveState]}/${is[SubState]} == "$2" ]]
}

show() {
    local unit
    for unit; do
        properties "$unit"
        printf '%s: %s (%s)' "$unit" "${is[ActiveState]}" "${is[SubState]}"
        [[ $unit != *.service ]] || printf ' Result=%s NRestarts=%s ExecMainCode=%s ExecMainStatus=%s' "${is[Result]}" \
            "${is[NRestarts]}" "${is[ExecMainCode]}" "${is[ExecMainStatus]}"
        echo
    done
}

process_of() {
    awk -v label="$1" '$2 == label { pid = $1 } END { print pid }' "$work/processes"
}

# --- one case ---

name='' text=''
declare -a units=() steps=()

step() {
    local verb=$1 pid
    shift
    case $verb in
    start | stop | restart | reset-failed)
        "${manager}_ctl" "$verb" "$@"
        case $? in
        0) echo "$verb $*: ok" ;;
        124) echo "$verb $*: does not end" ;;
        *) echo "$verb $*: failed" ;;
        esac
        ;;
    ask) "${manager}_ctl" --no-block "$@" ;;
    kill | signal)
        pid=$(process_of "$2")
        kill -"$1" "$pid" || echo "$verb $*: no process"
        [[ $verb == signal ]] || wait_until $limit gone "$pid" || echo "$verb $*: it stays"
        ;;
    make) : >"$work/$1" ;;
    await) wait_until $limit in_state "$1" "$2" || echo "await $*: $(show "$1")" ;;
    await-trace) wait_until $limit grep -qxF -- "$*" "$work/trace" || echo "await-trace $*: it does not come" ;;
    await-gone) wait_until $limit gone "$(process_of "$1")" || echo "await-gone $*: it stays" ;;
    settle) settle ;;
    show) show "$@" ;;
    trace) trace=$1 ;;
    *) echo "unknown step: $verb $*" ;;
    esac
}

run_case() {
    local refused line trace=total
    local -a words
    [[ $skip != *" $base/$name "* && (-z ${ONLY:-} || $ONLY == "$base/$name") ]] || return 0
    echo "=== $name: $text"
    cp "$actor" "$work/actor"
    : >"$work/trace"
    : >"$work/processes"
    chmod 0666 "$work/trace" "$work/processes"
    "${manager}_begin" >"$work/refused"
    refused=$(<"$work/refused")
    if [[ $refused ]]; then
        echo "$refused"
    else
        for line in "${steps[@]}"; do
            read -r -a words <<<"$line"
            step "${words[@]}"
        done
        settle
        show "${units[@]}"
        case $trace in
        each) sort -s -k1,1 "$work/trace" | sed 's/^/  /' ;;
        set) sort -u "$work/trace" | sed 's/^/  /' ;;
        total) sed 's/^/  /' "$work/trace" ;;
        esac
    fi
    "${manager}_end" >/dev/null 2>&1
}

fresh() {
    rm -rf "$work"
    mkdir -p "$work/units"
    chmod 0777 "$work"
    units=() steps=()
}

finish_case() {
    [[ -z $name ]] || run_case </dev/null
    name=
}

read_source() {
    local line part=''
    while IFS= read -r line; do
        case $line in
        "=== "*)
            finish_case
            fresh
            line=${line#=== }
            name=${line%%:*} text=${line#*: } part=
            ;;
        "--- do") part="do" ;;
        "--- "*)
            part=${line#--- }
            units+=("$part")
            ;;
        *)
            if [[ $part == "do" ]]; then
                [[ -z $line || $line == \#* ]] || steps+=("$line")
            elif [[ $part ]]; then
                printf '%s\n' "${line//ACTOR/$work/actor}" >>"$work/units/$part"
            fi
            ;;
        esac
    done
    finish_case
}

if [[ $source == *.sh ]]; then
    read_source < <(bash "$source")
else
    read_source <"$source"
fi
rm -rf "$work"
