#!/bin/bash
# reeve does what systemd did: the cases of tests/conformance/cases run on reeve and are compared with the recordings.
# time limit: 1200
#
#   replay.sh [SOURCE...]     e.g. kill.sh notify.case; without one, all
#
#   ONLY=kill/stop-mixed      this case alone; its output is shown
#   CONFORMANCE_KNOWN=1       also runs the cases of known.txt
#   JOBS                      sources at the same time
#   CONFORMANCE_PORT          the first of as many free TCP ports, default 18400
#
# differences.txt names the deliberate differences, line by line; known.txt the cases that are known to differ and
# should not.
cd "$(dirname "$0")/../.." || exit 1
here=tests/conformance
. tests/shell/tap.sh
BUILD=$(realpath "${BUILD:-build}")
export BUILD
actor=$BUILD/tests/conformance-actor
out=$BUILD/conformance/replay
mkdir -p "$out"
work=$(mktemp -d)
chmod 0755 "$work"
trap 'rm -rf "$work"' EXIT
if [[ $EUID == 0 ]] && ! setpriv --reuid 1001 --regid 1001 --clear-groups test -x "$BUILD/reeve-log"; then
    skip_all "uid 1001 cannot reach $BUILD: the clone lies below a closed directory"
fi

sources=("$@")
(($#)) || mapfile -t sources < <(cd "$here/cases" && ls -S)
known=$(sed -n '/^#/d; s/^\([a-z]*\/[a-zA-Z0-9-]*\)$/\1/p' "$here/known.txt" | tr '\n' ' ')
[[ ! ${CONFORMANCE_KNOWN:-} && ! ${ONLY:-} ]] || known=
jobs=${JOBS:-$((2 * $(nproc)))}

# run_slot NUMBER: every jobs-th source, with a port of its own
run_slot() {
    local i
    for ((i = $1; i < ${#sources[@]}; i += jobs)); do
        SKIP=$known CONFORMANCE_PORT=$((${CONFORMANCE_PORT:-18400} + $1)) "$here/drive.sh" reeve "$actor" "$work/$1" \
            "$here/cases/${sources[i]}" >"$out/${sources[i]}" 2>"$out/${sources[i]}.err"
    done
}
children=()
for ((slot = 0; slot < jobs; slot++)); do
    run_slot "$slot" &
    children+=($!)
done
wait "${children[@]}"

# block FILE CASE: what was seen in one case, without its title
block() {
    awk -v name="$2" '/^=== / { on = $2 == name ":"; next } on && !/^#/' "$1"
}
# The lines that the table of differences allows for a case.
allowed() {
    awk -v name="$1" '/^=== / { on = $2 == name; next } on && /^[-+]/' "$here/differences.txt"
}

checked=0
for source in "${sources[@]}"; do
    base=${source%.*}
    recording=$here/recorded/$base.txt
    while IFS= read -r title; do
        name=${title%%:*}
        text="$base/$name: ${title#*: }"
        block "$recording" "$name" >"$work/wanted" 2>/dev/null
        block "$out/$source" "$name" >"$work/got"
        checked=$((checked + 1))
        diff "$work/wanted" "$work/got" | sed -n 's/^< /-/p; s/^> /+/p' >"$work/diff"
        if [[ ! -s $work/wanted ]]; then
            fail "$text"
            diag "there is no recording; make conformance-record makes one"
        elif [[ $(<"$work/diff") == "$(allowed "$base/$name")" ]]; then
            pass "$text"
        else
            fail "$text"
            diag "$(diff -U 99 --label systemd --label reeve "$work/wanted" "$work/got")"
        fi
        [[ ! ${ONLY:-} ]] || diag "$(<"$work/got")"
    done < <(sed -n 's/^=== //p' "$out/$source")
    # A recording of a case that is gone would only look like a test.
    while IFS= read -r name; do
        [[ ${ONLY:-} || " $known" == *" $base/$name "* ]] || grep -q "^=== $name:" "$out/$source" ||
            fail "$base/$name: is recorded, but no longer a case"
    done < <(sed -n 's/^=== \([^:]*\):.*/\1/p' "$recording" 2>/dev/null)
done
diag "$checked cases as $(sed -n '1s/^# //p' "$here/recorded/restart.txt") does them," \
    "$(grep -c '^===' "$here/differences.txt") of them with a deliberate difference (differences.txt)"
diag "$(wc -w <<<"$known") more are known to differ (known.txt)"
done_testing
