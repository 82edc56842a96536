#!/bin/bash
# `reevectl simulate` says what reeve does: random small pods are run for real and played by the simulator.
# time limit: 300
#
#   COUNT    how many scenarios, default 50
#   SEED     of the first one, default by the clock; each next scenario has the next number. SEED=N COUNT=1 shows one again.
#   JOBS     pods at the same time, default 4
#   CONFORMANCE_PORT   the first of as many free TCP ports, default 18900
#
# simulate_generate.awk makes the units and what their processes do, simulate_compare.awk tells whether both went the same
# way; their heads say how. A scenario has to have a well-defined course: when a unit does not have the same history in all
# of the plays in which everything comes somewhat later, another one is drawn. Before the pod is stopped, `reevectl
# list-units` is compared with the simulator's state at that time, where that is the same in all plays; at the end the exit
# status.
#
# The real pod runs on a busy machine, and one that is late takes another course now and then: what differs has some more
# tries, alone; each one is told. Pod and simulator share the engine (supervisor/unit): a mistake in there is found by
# replay.sh. This test is about what is around it: the clock and the processes.
cd "$(dirname "$0")/../.." || exit 1
here=tests/conformance
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
export LC_ALL=C TZ=UTC
BUILD=$(realpath "${BUILD:-build}")
count=${COUNT:-50}
seed=${SEED:-$((${EPOCHREALTIME/./} % 1000000 + 1))}
jobs=${JOBS:-4}
limit=30      # seconds that any one wait may take
jitters=16    # plays in which everything comes later
tolerance=90  # milliseconds: less than a step of the grid
redraws=50    # of a scenario without a well-defined course
tries=4       # more of one that differs
generations=1000003 # seeds of two draws of a scenario are so far apart
work=$(mktemp -d)
chmod 0755 "$work"
trap 'rm -rf "$work"' EXIT

# --- the simulator ---

# play DIRECTORY SCENARIO [ARGUMENT...]
play() {
    "$BUILD/reevectl" simulate --units "$1/units" --scenario "$1/$2" --json "${@:3}"
}

# plays DIRECTORY: into `plays`, as simulate_compare.awk wants them
plays() {
    local k
    plays=(src=sim "$1/sim.json" src=jitter)
    for ((k = 1; k <= jitters; k++)); do
        plays+=("run=$k" "$1/sim.$k.json")
    done
}

# states_at MS FILE: the units and their last state before that time.
states_at() {
    sed -n 's/^{"t_us":\([0-9]*\),"event":"state","unit":"\([^"]*\)".*"to":"\([^"]*\)".*/\1 \2 \3/p' "$2" |
        awk -v us=$(($1 * 1000)) '$1 < us { state[$2] = $3 } END { for (unit in state) print unit, state[unit] }' | sort
}

# draw SEED DIRECTORY: units, scenarios and plays; fails when there is no well-defined course.
draw() {
    local dir=$2 k
    local -a plays
    rm -rf "$dir"
    mkdir -p "$dir/units" "$dir/run" "$dir/state"
    awk -v seed="$1" -v actor="$dir/actor" -v out="$dir" -v jitters=$jitters -f "$here/simulate_generate.awk" || return
    play "$dir" scenario >"$dir/sim.json" 2>"$dir/refused" || return
    for ((k = 1; k <= jitters; k++)); do
        play "$dir" "scenario.$k" >"$dir/sim.$k.json" 2>/dev/null || return
    done
    plays "$dir"
    awk -f "$here/simulate_compare.awk" tolerance=$tolerance "${plays[@]}"
}

# --- the pod ---

# The pause between now and MS after go.target was asked for.
until_time() {
    local now=${EPOCHREALTIME/./} end=$(($1 * 1000 + go)) left
    left=$((end - now))
    ((left <= 0)) || read -r -t "$(printf '%d.%06d' $((left / 1000000)) $((left % 1000000)))" -u "$tap_quiet" _ || true
}

ctl() {
    timeout $limit "$BUILD/reevectl" "$@"
}

# request WORDS...: as people do; what is in vain is no mistake.
request() {
    local pid
    case $* in
    shutdown)
        ctl list-units --json >"$dir/listed" 2>/dev/null
        kill -TERM "$reeve"
        ;;
    *" dies KILL")
        pid=$(awk -v label="$1" '$2 == label { pid = $1 } END { print pid }' "$dir/processes")
        [[ ! $pid || $(readlink "/proc/$pid/exe") != "$dir/actor" ]] || kill -KILL "$pid"
        ;;
    *) ctl --no-block "$@" ;;
    esac
}

# gone PID: a child of this shell that has ended
gone() {
    [[ $(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null) =~ ^(Z|$) ]]
}
is_watched() {
    grep -q keep.service "$dir/watch"
}

# run_pod DIRECTORY PORT: until it has ended by itself or was stopped; its status goes into a file.
run_pod() {
    local dir=$1 reeve watcher file go
    local -a words
    local -x REEVE_RUNTIME_DIR=$dir/run REEVE_STATE=$dir/state REEVE_HEALTH_LISTEN=127.0.0.1:$2
    chmod 0700 "$dir/run"
    cp "$BUILD/tests/conformance-actor" "$dir/actor"
    for file in trace processes times watch listed; do : >"$dir/$file"; done
    "$BUILD/reeve" --user "$EUID" --units "$dir/units" >"$dir/log" 2>&1 &
    reeve=$!
    if ! wait_until $limit "$BUILD/reevectl" is-active keep.service; then
        echo "reeve does not come up" >"$dir/status"
        kill -KILL "$reeve"
        return
    fi
    "$BUILD/reevectl" watch >"$dir/watch" 2>/dev/null &
    watcher=$!
    wait_until $limit is_watched
    ctl --no-block start go.target 2>/dev/null
    go=${EPOCHREALTIME/./}
    while read -r -a words; do
        until_time "${words[0]}"
        request "${words[@]:1}" 2>/dev/null
    done <"$dir/requests"
    # A pod that does not end is a difference, and not one that is waited for.
    wait_until $limit gone "$reeve" || kill -KILL "$reeve"
    wait "$reeve"
    echo $? >"$dir/status"
    wait "$watcher"
}

# --- both ---

# What the units are before the shutdown, as "UNIT SUB-STATE RESULT RESTARTS", of those whose state is well-defined then.
listed() {
    local dir=$1 stop k
    stop=$(($(sed -n 's/ shutdown$//p' "$dir/requests") + 100))
    for ((k = 1; k <= jitters; k++)); do
        states_at "$stop" "$dir/sim.$k.json"
    done | sort | uniq -c | awk -v all=$jitters '$1 == all { print $2, $3 }' >"$dir/certain"
    play "$dir" scenario --until $((stop - 1))ms >"$dir/stopped.json"
    grep -q '"pod":{"end":"exited"' "$dir/stopped.json" && : >"$dir/stopped.json"
    with_nrestarts "$dir/stopped.json" | pick_fields >"$dir/listed.sim"
    sed 's/},{/}\n{/g' "$dir/listed" | pick_fields >"$dir/listed.real"
}
# The simulator's sum has all automatic restarts; NRestarts= those since the last start by a job.
with_nrestarts() {
    awk -F'"' '
        $6 == "state" && $18 == "auto-restart-queued" { restarts[$10]++ }
        $6 == "state" && $18 == "condition" && $14 ~ /^(dead|failed)$/ { restarts[$10] = 0 }
        $2 == "unit" { sub(/"restarts":[0-9]+/, "\"restarts\":" restarts[$4] + 0); print }' "$1"
}
pick_fields() {
    sed -n 's/^\[\{0,1\}{"unit":"\([^"]*\)".*"sub":"\([^"]*\)".*"result":"\([^"]*\)".*"restarts":\([0-9]*\).*/\1 \2 \3 \4/p' |
        awk 'NR == FNR { certain[$1 " " $2]; next } $1 " " $2 in certain' "$dir/certain" - | sort
}

# compare DIRECTORY: prints what differs.
compare() {
    local dir=$1 same=0 status
    local -a plays
    plays "$dir"
    awk -f "$here/simulate_compare.awk" tolerance=$tolerance "${plays[@]}" src=units "$dir"/units/* \
        src=log "$dir/log" src=watch "$dir/watch" src=times "$dir/times" || same=1
    listed "$dir"
    diff -U0 --label simulator --label reeve "$dir/listed.sim" "$dir/listed.real" || same=1
    status=$(sed -n 's/^"pod":.*"exit":\([0-9]*\).*/\1/p' "$dir/sim.json")
    [[ $status == "$(<"$dir/status")" ]] || { echo "exit status $(<"$dir/status"), the simulator has $status"; same=1; }
    return $same
}

# one SEED SLOT: draws, runs, compares; the verdict is in the directory of the seed
one() {
    local dir=$work/$1 try
    for ((try = 0; try < redraws; try++)); do
        draw $(($1 + try * generations)) "$dir" && break
    done
    ((try < redraws)) || { echo "no well-defined course in $redraws draws" >"$dir/verdict"; return; }
    echo "$try" >"$dir/redraws"
    run_pod "$dir" $((${CONFORMANCE_PORT:-18900} + $2))
    compare "$dir" >"$dir/verdict" && : >"$dir/same"
}
run_slot() {
    local i
    for ((i = $1; i < count; i += jobs)); do
        one $((seed + i)) "$1"
    done
}

show() {
    local dir=$1 file
    diag "$(<"$dir/verdict")"
    for file in "$dir"/units/?.service; do
        diag "--- ${file##*/}"
        diag "$(<"$file")"
    done
    diag "--- scenario"
    diag "$(<"$dir/scenario")"
    diag "--- what the simulator notes, and what reeve logs"
    diag "$(diff -U 99 --label simulator --label reeve \
        <(sed -n 's/^{"t_us":[0-9]*,"event":"note","unit":"\([^"]*\)","text":"\(.*\)"},*$/\1: \2/p' "$dir/sim.json") \
        <(sed -n 's/^[^ ]* reeve: \([a-z]*\.[a-z]*: .*\)/\1/p' "$dir/log"))"
    diag "--- reeve's log and reevectl watch, with times"
    diag "$(<"$dir/log")"
    diag "$(<"$dir/watch")"
    diag "$(<"$dir/times")"
}

diag "SEED=$seed COUNT=$count"
children=()
for ((slot = 0; slot < jobs; slot++)); do
    run_slot "$slot" &
    children+=($!)
done
wait "${children[@]}"

again=0 drawn=0
for ((i = 0; i < count; i++)); do
    dir=$work/$((seed + i))
    for ((try = 0; try < tries; try++)); do
        [[ ! -e $dir/same ]] || break
        again=$((again + 1))
        diag "SEED=$((seed + i)) once more: $(head -n 3 "$dir/verdict")"
        one $((seed + i)) 0
    done
    drawn=$((drawn + $(cat "$dir/redraws" 2>/dev/null || echo 0)))
    if [[ -e $dir/same ]]; then
        pass "SEED=$((seed + i)) COUNT=1: $(<"$dir/verdict")"
    else
        fail "SEED=$((seed + i)) COUNT=1: the pod goes another way than the simulator"
        show "$dir"
    fi
done
diag "$count scenarios; $drawn others had no well-defined course; $again runs were tried again"
done_testing
