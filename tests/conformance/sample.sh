#!/bin/bash
# A fixed sample of the recorded cases: some of them recorded anew from systemd, to see that the recordings are true; and
# more of them replayed on reeve. `make conformance` replays them all.
# time limit: 900
cd "$(dirname "$0")/../.." || exit 1
here=tests/conformance
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
# shellcheck source=tests/conformance/result_lib.sh
. "$here/result_lib.sh"
made=${BUILD:-build} # as make knows it
build=$(realpath "$made")

# sample SOURCE COUNT: the names of about so many of its cases, spread over all of it
sample() {
    local base=${1%.*}
    titles "$here/recorded/$base.txt" |
        awk -v base="$base/" -v count="$2" '{ name[NR] = $0 }
            END { step = int((NR + count - 1) / count); for (i = 1; i <= NR; i += step) print base name[i] }'
}

why_not() {
    [[ $EUID == 0 ]] || { echo "systemd as PID 1 of a container needs root (sudo make check)"; return; }
    command -v podman >/dev/null || { echo "no podman"; return; }
    command -v debootstrap >/dev/null || { echo "no debootstrap"; return; }
    (image_podman "$build/conformance/podman" && "${podman[@]}" info) >/dev/null 2>&1 || echo "podman does not work here"
}

record_sample() {
    local text="systemd does now what it did when it was recorded" log=$build/conformance/sample.log reason
    local -a sources=(status.case kill.sh trigger.sh)
    reason=$(why_not)
    mkdir -p "$build/conformance"
    [[ $reason ]] || make --no-print-directory "BUILD=$made" "$made/tests/conformance-actor-static" >"$log" 2>&1 ||
        reason="no static program can be linked here"
    [[ ! $reason ]] || { skip "$reason" "$text"; return; }
    ONLY=$(for source in "${sources[@]}"; do sample "$source" 5; done | tr '\n' ' ') CHECK=1 BUILD=$build JOBS=3 \
        "$here/record.sh" "${sources[@]}" >"$log" 2>&1
    case $? in
    0) pass "$text" ;;
    77) skip "$(tail -n 1 "$log")" "$text" ;;
    *)
        fail "$text"
        diag "$(tail -n 60 "$log")"
        ;;
    esac
}

record_sample
mapfile -t sources < <(cd "$here/cases" && ls -S)
ONLY=$(for source in "${sources[@]}"; do sample "$source" 10; done | tr '\n' ' ')
export ONLY SECOND_TRY=1 TAP_COUNT=$tap_count TAP_FAILED=$tap_failed
exec "$here/replay.sh"
