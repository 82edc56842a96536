#!/bin/bash
# Runs conformance cases below one service manager and prints what was seen:
#
#   drive.sh systemd|reeve ACTOR WORK SOURCE    SOURCE is a file of cases, or a script that prints one
#
# ACTOR is the program that the units run, WORK a directory that may be thrown away. For reeve, BUILD names the build
# and CONFORMANCE_PORT a free TCP port; for systemd it runs as root in the container whose PID 1 it is. SKIP holds
# names of cases that are left out, as kill/stop-mixed; ONLY those that are wanted.
#
# A source:
#
#   === NAME: what it shows             a case; NAME is unique in the source
#   --- a.service                       the text of a unit; ACTOR stands for the actor's path, WORK for its directory
#   --- a@.service, a.service.d/x.conf  likewise, of what is no unit by itself
#   --- unit a@x.service                a unit without a text of its own, which is looked at all the same
#   --- link NAME TARGET                a symbolic link among the unit files, e.g. all.target.wants/a.service
#   --- in etc|usr PART                 any of these in a directory that is more (etc) or less (usr) important
#   --- masked a.service                before its files: a unit that is not to be had, and that nobody looks at
#   --- file NAME                       a file in WORK
#   --- do                              the steps, a line each:
#   start|stop|restart|reset-failed U   waits for the job; its success is part of the result. So do reload, try-restart,
#                                       reload-or-restart, try-reload-or-restart and daemon-reload
#   is-active|is-failed U               what it prints, and the status
#   property U NAME...                  these properties now
#   await-property U NAME VALUE         until the property has this value
#   unit-kill ARGUMENT... U             systemctl kill
#   ask VERB U                          the same without waiting; what is refused at once is told
#   kill SIGNAL LABEL                   to the last process of the label; waits until it is gone
#   signal SIGNAL LABEL                 does not wait
#   make FILE                           lets a process go on that waits at this barrier
#   await U ACTIVE/SUB                  until the unit is in this state
#   await-trace LINE                    until the trace has this line
#   await-gone LABEL                    until the last process of the label is reaped
#   await-end                           until the pod ends, and with which status; nothing but the trace is told after it.
#                                       For systemd exit.target, which stops all units of the case, is the end
#   exists FILE                         whether WORK has this file
#   file VERB ARGUMENT...               something happens to a file of WORK: `write FILE` (truncates, writes, closes), `append
#                                       FILE`, `copy FILE FILE`, `open FILE` (to write, and stays so), `say` (into the open
#                                       one), `close`, and touch, mkdir, rmdir, mv, ln, rm, chmod as the programs; `mode FILE`
#                                       tells its mode
#   linger MS                           a while passes: nothing may come of it
#   settle                              until nothing more happens by itself
#   show U...                           the units' states now (at the end all are shown anyway)
#   trace each                          only the order within a label is compared: processes of the case run in parallel
#   trace set                           only which lines came, at least once: signals that come close together merge
#   trace none                          the trace is not part of the result
#   elapsed LINE, LINE                  the milliseconds between the first times that the lines came in the trace
#   gaps LINE                           those between all times that the line came
#
# After the last step comes a settle, all units' states and the trace. What names a directory that is one manager's own
# is printed as UNITS, ETC, USR (the directories of unit files) and WORK; UNITS and WORK also stand for it in texts and
# links. 128 bits in hexadecimal digits are printed as ID128.
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

# Where the files of etc/, units/ and usr/ in WORK are read: the most important directory first.
declare -A search
case $manager in
systemd) search=([etc]=/etc/systemd/system [units]=/run/systemd/system [usr]=/usr/lib/systemd/system) ;;
reeve) search=([etc]=$work/etc [units]=$work/units [usr]=$work/usr) ;;
esac

systemd_bus=(org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager)
systemd_begin() {
    local unit directory
    if [[ " ${steps[*]} " == *" await-end "* ]]; then
        printf '[Unit]\nDefaultDependencies=no\nConflicts=%s\nAfter=%s\n' "${units[*]}" "${units[*]}" \
            >"$work/units/exit.target"
        busctl call "${systemd_bus[@]}" SetExitCode y 0
    fi
    for directory in "${!search[@]}"; do cp -RP "$work/$directory/." "${search[$directory]}/"; done
    # systemd forgets a unit that is down and that nobody names; this one names them all.
    printf '[Unit]\nDefaultDependencies=no\nAfter=%s\n' "${units[*]}" >"${search[units]}/conformance-keep.target"
    systemctl daemon-reload
    systemctl start conformance-keep.target
    for unit in "${units[@]}"; do
        [[ $(systemctl show "$unit" -p LoadState --value) == loaded ]] || echo "$unit: refused"
    done
}
systemd_end() {
    local directory file
    kill_all
    timeout $limit systemctl stop "${units[@]}"
    kill_all
    timeout $limit systemctl stop conformance-keep.target exit.target "${units[@]}"
    systemctl reset-failed "${units[@]}"
    systemctl clean --what=fdstore "${units[@]}" # FileDescriptorStorePreserve=yes
    # The directories may hold others' files, also in folders of the same names.
    for directory in "${!search[@]}"; do
        while IFS= read -r file; do
            if [[ -d $work/$directory/$file && ! -L $work/$directory/$file ]]; then
                rmdir --ignore-fail-on-non-empty "${search[$directory]}/$file"
            else
                rm -f "${search[$directory]}/$file"
            fi
        done < <(cd "$work/$directory" && find . -mindepth 1 -depth)
    done
}
systemd_ctl() {
    timeout $limit systemctl "$@" 2>/dev/null
}
systemd_has_ended() {
    systemctl --quiet is-active exit.target
}
systemd_status() {
    busctl get-property "${systemd_bus[@]}" ExitCode | cut -d' ' -f2
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
    # Instances exist only where they are named.
    printf '[Unit]\nAfter=%s\n' "${units[*]}" >"$work/units/conformance-names.target"
    mkdir -p "$work/keep"
    ln "$work/actor" "$work/keep/actor"
    [[ $EUID != 0 ]] || chown -R 1001:1001 "$work"
    "$BUILD/reeve" --units "$work/etc" --units "$work/units" --units "$work/usr" >"$work/log" 2>&1 &
    reeve_pid=$!
    if ! wait_until $limit reeve_is_up_or_gone; then
        echo "reeve does not come up"
    elif ! reeve_is_up; then
        sed -n "s/\.d\/[^/]*\.conf:/:/
            s/^\(.*\/\)\{0,1\}\([a-z0-9@-]*\.[a-z]*\):\([0-9:]*:\)\{0,1\} error: .*/\2: refused/p" "$work/log" |
            instances_of_templates | sort -u | grep . || echo "reeve ends: $(tail -n 1 "$work/log")"
    fi
}
# A mistake in a template is one of all its instances.
instances_of_templates() {
    local name rest unit
    while IFS=: read -r name rest; do
        [[ $name == *@.* ]] || echo "$name:$rest"
        for unit in "${units[@]}"; do
            [[ $name != *@.* || $unit != "${name%%.*}"* ]] || echo "$unit:$rest"
        done
    done
}
reeve_is_up() {
    "$BUILD/reevectl" is-active conformance-keep.service >/dev/null
}
reeve_is_up_or_gone() {
    reeve_is_up || gone "$reeve_pid"
}
reeve_has_ended() {
    gone "$reeve_pid"
}
reeve_status() {
    wait "$reeve_pid"
    echo $?
}
reeve_end() {
    kill_all
    if [[ ! $ended ]]; then
        kill -TERM "$reeve_pid" 2>/dev/null
        wait_until $limit gone "$reeve_pid" || kill -KILL "$reeve_pid"
        wait "$reeve_pid"
    fi
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

has_property() {
    [[ $("${manager}_ctl" show "$1" -p "$2") == "$2=$3" ]]
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
        [[ $unit != *.path ]] || printf ' Result=%s' "${is[Result]}"
        [[ $unit != *.service ]] || printf ' Result=%s NRestarts=%s ExecMainCode=%s ExecMainStatus=%s' "${is[Result]}" \
            "${is[NRestarts]}" "${is[ExecMainCode]}" "${is[ExecMainStatus]}"
        echo
    done
}

# property UNIT NAME...: in the order in which they are asked for
property() {
    local unit=$1 name
    shift
    for name; do
        printf '%s: ' "$unit"
        "${manager}_ctl" show "$unit" -p "$name" | grep . || echo "$name ?"
    done
}

# What was asked for by `elapsed` and `gaps`, from the file of times.
show_timings() {
    local timing
    for timing in "${timings[@]}"; do
        awk -v what="${timing%% *}" -v lines="${timing#* }" '
            BEGIN { split(lines, line, ", ") }
            { at = $1; sub(/^[0-9]+ /, "") }
            what == "gaps" && $0 == line[1] { if (last) printf "%s again after ~ %d ms\n", $0, at - last; last = at }
            what == "elapsed" && $0 == line[1] && !first { first = at }
            what == "elapsed" && $0 == line[2] && !second { second = at }
            END {
                if (what == "elapsed")
                    printf "%s, then %s after ~ %d ms\n", line[1], line[2], second - first
            }' "$work/times"
    done
}

process_of() {
    awk -v label="$1" '$2 == label { pid = $1 } END { print pid }' "$work/processes"
}

# file VERB ARGUMENT...: names are of WORK
open_file=
file_step() {
    local verb=$1
    local -a arguments=()
    shift
    while (($#)); do
        if [[ $1 == -* || ($verb == chmod && ${#arguments[@]} == 0) ]]; then arguments+=("$1"); else arguments+=("$work/$1"); fi
        shift
    done
    case $verb in
    write) echo "$verb" >"${arguments[0]}" ;;
    append) echo "$verb" >>"${arguments[0]}" ;;
    copy) cp "${arguments[@]}" ;;
    open) exec {open_file}>>"${arguments[0]}" ;;
    say) echo "$verb" >&"$open_file" ;;
    close) exec {open_file}>&- ;;
    mode) echo "${arguments[0]#"$work/"}: mode $(stat -c %a "${arguments[0]}")" ;;
    mkdir) mkdir -m 777 "${arguments[@]}" ;; # the processes are another user's below reeve
    touch | rmdir | mv | ln | rm | chmod) "$verb" "${arguments[@]}" ;;
    *) echo "unknown verb: $verb" ;;
    esac
}

# --- one case ---

name='' text='' masked=''
declare -a units=() steps=() timings=()

step() {
    local verb=$1 pid
    shift
    case $verb in
    start | stop | restart | reset-failed | reload | try-restart | reload-or-restart | try-reload-or-restart | \
        daemon-reload)
        "${manager}_ctl" "$verb" "$@"
        case $? in
        0) echo "$verb $*: ok" ;;
        124) echo "$verb $*: does not end" ;;
        *) echo "$verb $*: failed" ;;
        esac
        ;;
    ask) "${manager}_ctl" --no-block "$@" || echo "ask $*: refused" ;;
    is-active | is-failed)
        echo "$verb $*: $("${manager}_ctl" "$verb" "$@"; echo "status $?")"
        ;;
    unit-kill) "${manager}_ctl" kill "$@" || echo "$verb $*: failed" ;;
    property) property "$@" ;;
    elapsed | gaps) timings+=("$verb $*") ;;
    kill | signal)
        pid=$(process_of "$2")
        kill -"$1" "$pid" || echo "$verb $*: no process"
        [[ $verb == signal ]] || wait_until $limit gone "$pid" || echo "$verb $*: it stays"
        ;;
    make) : >"$work/$1" ;;
    exists)
        if [[ -e $work/$1 ]]; then echo "$1 exists"; else echo "$1 does not exist"; fi
        ;;
    file) file_step "$@" || echo "file $*: failed" ;;
    await) wait_until $limit in_state "$1" "$2" || echo "await $*: $(show "$1")" ;;
    await-property) wait_until $limit has_property "$@" || echo "await-property $*: $(property "$1" "$2")" ;;
    await-trace) wait_until $limit grep -qxF -- "$*" "$work/trace" || echo "await-trace $*: it does not come" ;;
    await-gone) wait_until $limit gone "$(process_of "$1")" || echo "await-gone $*: it stays" ;;
    linger) sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))" ;;
    settle) settle ;;
    show) show "$@" ;;
    await-end)
        if wait_until $limit "${manager}_has_ended"; then
            ended=1
            echo "the pod ends with status $("${manager}_status")"
        else
            echo "await-end: the pod does not end"
        fi
        ;;
    trace) trace=$1 ;;
    *) echo "unknown step: $verb $*" ;;
    esac
}

run_case() {
    local refused line trace=total ended=
    local -a words
    [[ $skip != *" $base/$name "* && (-z ${ONLY:-} || " $ONLY " == *" $base/$name "*) ]] || return 0
    echo "=== $name: $text"
    cp "$actor" "$work/actor"
    : >"$work/trace"
    : >"$work/processes"
    : >"$work/times"
    chmod 0666 "$work/trace" "$work/processes" "$work/times"
    "${manager}_begin" >"$work/refused"
    refused=$(<"$work/refused")
    if [[ $refused ]]; then
        echo "$refused"
    else
        for line in "${steps[@]}"; do
            read -r -a words <<<"$line"
            step "${words[@]}"
        done
        if [[ ! $ended ]]; then
            settle
            show "${units[@]}"
        fi
        show_timings
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
    mkdir -p "$work"/{etc,units,usr}
    chmod 0777 "$work"
    units=() steps=() timings=() masked=
}

# add_unit NAME: unless it is no unit by itself, or known already
add_unit() {
    [[ $1 == */* || $1 == *@.* || $1 == *.d || " ${units[*]} $masked " == *" $1 "* ]] || units+=("$1")
}

# The header of a part: sets file, where its lines go ("": nowhere).
begin_part() {
    local directory=$work/units
    file=
    if [[ $1 == in ]]; then
        directory=$work/$2
        shift 2
    fi
    case $1 in
    unit) add_unit "$2" ;;
    masked) masked+=" $2" ;;
    link)
        mkdir -p "$(dirname "$directory/$2")"
        ln -s "$(with_places "$3")" "$directory/$2"
        add_unit "$2"
        ;;
    file) file=$work/$2 ;;
    *)
        file=$directory/$1
        mkdir -p "$(dirname "$file")"
        : >"$file"
        add_unit "$1"
        ;;
    esac
}

# with_places TEXT: as the manager sees it
with_places() {
    local text=${1//ACTOR/$work/actor}
    text=${text//WORK/$work}
    printf '%s\n' "${text//UNITS/${search[units]}}"
}

# What was seen, as it is the same below each manager
without_places() {
    sed -E "s,${search[etc]},ETC,g; s,${search[units]},UNITS,g; s,${search[usr]},USR,g
        s,$work/state/(log|cache),/var/\1,g; s,$work/state,/var/lib,g; s,$work/run,/run,g; s,$work,WORK,g
        s/\b[0-9a-f]{32}\b/ID128/g"
}

finish_case() {
    [[ -z $name ]] || run_case </dev/null | without_places
    name=
}

read_source() {
    local line part='' file=''
    local -a words
    while IFS= read -r line; do
        case $line in
        "=== "*)
            finish_case
            fresh
            line=${line#=== }
            name=${line%%:*} text=${line#*: } part='' file=''
            ;;
        "--- do") part="do" ;;
        "--- "*)
            part="unit"
            read -r -a words <<<"${line#--- }"
            begin_part "${words[@]}"
            ;;
        *)
            if [[ $part == "do" ]]; then
                [[ -z $line || $line == \#* ]] || steps+=("$line")
            elif [[ $file ]]; then
                with_places "$line" >>"$file"
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
