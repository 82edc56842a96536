#!/bin/bash
# reeve does what systemd did: the cases of tests/conformance/cases run on reeve and are compared with the recordings.
# time limit: 1200
#
#   replay.sh [SOURCE...]     e.g. kill.sh notify.case; without one, all
#
#   ONLY="kill/stop-mixed"    these cases alone; the output of a single one is shown
#   CONFORMANCE_KNOWN=1       also runs the cases of known.txt
#   JOBS                      sources at the same time
#   SECOND_TRY=1              a case that differs is tried once more, alone
#   CONFORMANCE_PORT          the first of as many free TCP ports, default 18400
#
# Times may differ as result_lib.sh says. differences.txt names the deliberate differences, line by line; known.txt the
# cases that are known to differ and should not.
cd "$(dirname "$0")/../.." || exit 1
here=tests/conformance
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/conformance/result_lib.sh
. "$here/result_lib.sh"
built=$(realpath "${BUILD:-build}")
out=$built/conformance/replay
mkdir -p "$out"
work=$(mktemp -d)
chmod 0755 "$work"
trap 'rm -rf "$work"' EXIT
# A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
export BUILD=$work/build
actor=$BUILD/conformance-actor
install -D -t "$BUILD" "$built"/{reeve,reevectl,reeve-log,reeve-health} "$built/tests/conformance-actor" || exit 1

sources=("$@")
(($#)) || mapfile -t sources < <(cd "$here/cases" && ls -S)
known=$(sed -n '/^#/d; s/^\([a-z]*\/[a-zA-Z0-9-]*\)$/\1/p' "$here/known.txt" | tr '\n' ' ')
[[ ! ${CONFORMANCE_KNOWN:-} && ! ${ONLY:-} ]] || known=
jobs=${JOBS:-$((2 * $(nproc)))}

# run_source SLOT SOURCE: each slot has a port of its own
run_source() {
    SKIP=$known CONFORMANCE_PORT=$((${CONFORMANCE_PORT:-18400} + $1)) \
        "$here/drive.sh" reeve "$actor" "$work/$1" "$here/cases/$2"
}
# Who is free takes the next source: they last from a second to a minute.
printf '%s\n' "${sources[@]}" >"$work/queue"
next_source() {
    exec 9>"$work/queue.lock" && flock 9 && head -n 1 "$work/queue" && sed -i 1d "$work/queue"
}
# run_slot SLOT
run_slot() {
    local source
    while source=$(next_source) && [[ $source ]]; do
        run_source "$1" "$source" >"$out/$source" 2>"$out/$source.err"
    done
}
children=()
for ((slot = 0; slot < jobs; slot++)); do
    run_slot "$slot" &
    children+=($!)
done
wait "${children[@]}"

# The lines that the table of differences allows for a case.
allowed() {
    awk -v name="$1" '/^=== / { on = $2 == name; next } on && /^[-+]/' "$here/differences.txt"
}

# compare FILE: is what was seen of the case in FILE what was wanted, but for the allowed differences?
compare() {
    block "$1" "$name" >"$work/seen"
    with_times_of "$work/wanted" "$work/seen" >"$work/got"
    diff "$work/wanted" "$work/got" | sed -n 's/^< /-/p; s/^> /+/p' >"$work/diff"
    [[ $(<"$work/diff") == "$(allowed "$base/$name")" ]]
}
without_times() {
    sed 's/ ~ [0-9]* ms$//' "$1"
}
# A busy machine makes some time longer now and then, a mistake each time: where only times differ, the case has two more
# tries, one at a time. With SECOND_TRY=1 each case has one: some few let two units start at the same time, and what
# comes first in their recording comes second once in some hundred runs. Each try is told.
is_same() {
    local tries
    compare "$out/$source" && return
    for ((tries = 0; tries < 2; tries++)); do
        [[ ${SECOND_TRY:-} && $tries == 0 ]] ||
            cmp -s <(without_times "$work/wanted") <(without_times "$work/seen") || return
        diag "$base/$name: tried again"
        ONLY=$base/$name run_source 0 "$source" >"$work/again" 2>/dev/null
        compare "$work/again" && return
    done
    return 1
}

checked=0
for source in "${sources[@]}"; do
    base=${source%.*}
    recording=$here/recorded/$base.txt
    while IFS= read -r title; do
        name=${title%%:*}
        text="$base/$name: ${title#*: }"
        block "$recording" "$name" >"$work/wanted" 2>/dev/null
        checked=$((checked + 1))
        if [[ ! -s $work/wanted ]]; then
            fail "$text"
            diag "there is no recording; make conformance-record makes one"
        elif is_same; then
            pass "$text"
        else
            fail "$text"
            diag "$(diff -U 99 --label systemd --label reeve "$work/wanted" "$work/got")"
        fi
        [[ ! ${ONLY:-} || $ONLY == *" "* ]] || diag "$(<"$work/seen")"
    done < <(sed -n 's/^=== //p' "$out/$source")
    # A recording of a case that is gone would only look like a test.
    while IFS= read -r name; do
        [[ ${ONLY:-} || " $known" == *" $base/$name "* ]] || grep -q "^=== $name:" "$out/$source" ||
            fail "$base/$name: is recorded, but no longer a case"
    done < <(titles "$recording" 2>/dev/null)
done
diag "$checked cases as $(sed -n '1s/^# //p' "$here/recorded/restart.txt") does them," \
    "$(grep -c '^===' "$here/differences.txt") of them with a deliberate difference (differences.txt)"
diag "$(wc -w <<<"$known") more are known to differ (known.txt)"
done_testing
