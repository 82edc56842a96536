#!/bin/bash
# shellcheck disable=SC2154 # image_options and systemd_options come from image_lib.sh
# Debian's own, unmodified unit files on reeve: each daemon gets into the states that it gets into on systemd, serves a
# request, is restarted after kill -9 as its Restart= says, and stops without leaving anything. Root and network.
# time limit: 1800
#
#   daemons.sh [UNIT...]            without one, all of daemons_drive.sh
#   daemons.sh --record [UNIT...]   writes daemons.txt: what systemd does, as PID 1 of the same image
#
#   PODMAN    the command, with options; the default is podman with a store of its own below build/
#   IMAGE     the image; the default is made here from Containerfile.daemons
#
# Both have a container's default capabilities. What systemd cannot start so, because it wants to mount something, is
# recorded with CAP_SYS_ADMIN.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
build=$(realpath "${BUILD:-build}")
here=tests/image
image=${IMAGE:-localhost/reeve-daemons:trixie}
container=reeve-daemons-$$
[[ $EUID == 0 ]] || skip_all "podman needs root here"
command -v podman >/dev/null || skip_all "podman is not installed"
image_podman "$build/image/podman"
podman+=(--cgroup-manager cgroupfs)
[[ -z ${PODMAN:-} ]] || read -r -a podman <<<"$PODMAN"
work=$(mktemp -d)
end() {
    "${podman[@]}" rm -t 0 -f "$container" >/dev/null 2>&1
    rm -rf "$work"
}
trap end EXIT
is_recording=
if [[ ${1:-} == --record ]]; then
    is_recording=yes
    shift
fi

make_image() {
    [[ ! ${IMAGE:-} ]] || return 0
    PODMAN="${podman[*]}" images/base.sh -i localhost/reeve-base:trixie trixie &&
        "${podman[@]}" build -q --network host "${image_options[@]}" -t "$image" -f "$here/Containerfile.daemons" "$here"
}
run() {
    "${podman[@]}" run -d --name "$container" --network none --tmpfs /run --tmpfs /tmp -v "$PWD:/reeve:ro" "$@" >/dev/null
}
inside() {
    "${podman[@]}" exec "$container" "$@"
}

# --- systemd ---

is_booted() {
    [[ $(inside systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]
}
# record_with CAPABILITY [UNIT...]
record_with() {
    local -a options=()
    [[ ! $1 ]] || options=(--cap-add "$1")
    shift
    "${podman[@]}" rm -t 0 -f "$container" >/dev/null 2>&1
    image_systemd_options
    run "${options[@]}" "${systemd_options[@]}" "$image" /sbin/init
    wait_until 60 is_booted || return 1
    inside bash "/reeve/$here/daemons_drive.sh" systemctl "$@"
}
record() {
    local -a again
    local unit
    record_with "" "$@" >"$work/first" || return 1
    echo "# $(inside systemctl --version | head -n 1)"
    mapfile -t again < <(awk '/^===/ { unit = $2 } /^start: [^0]/ { print unit }' "$work/first" | sort -u)
    ((${#again[@]} == 0)) || record_with SYS_ADMIN "${again[@]}" >"$work/second" || return 1
    while read -r unit; do
        echo "=== $unit"
        if [[ " ${again[*]} " == *" $unit "* ]]; then
            echo "# with CAP_SYS_ADMIN"
            block "$work/second" "$unit"
        else
            block "$work/first" "$unit"
        fi
    done < <(sed -n 's/^=== //p' "$work/first")
}
# block FILE UNIT
block() {
    awk -v unit="$2" '/^=== / { on = $2 == unit; next } on && !/^#/' "$1"
}

# --- reeve ---

# A link for each unit file; all that is ours is a drop-in for all services: what this place cannot enforce may be missing.
make_units() {
    local unit file
    mkdir -p "$work/units/service.d"
    printf '[X-Reeve]\nSandboxPolicy=degrade\n' >"$work/units/service.d/degrade.conf"
    printf '[Service]\nExecStart=/bin/sleep infinity\n' >"$work/units/idle.service"
    printf '[Unit]\nWants=idle.service\n' >"$work/units/daemons.target"
    while read -r unit; do
        file=$unit
        if [[ $unit == *@* ]]; then
            file=${unit%@*}@.service
            # An instance is loaded when it is named.
            echo "After=$unit" >>"$work/units/daemons.target"
        fi
        ln -sf "/usr/lib/systemd/system/$file" "$work/units/$file"
    done < <(sed -n 's/^=== //p' "$here/daemons.txt")
}
# reeve may have been built on an older Debian than the image is.
collect_libraries() {
    local program
    mkdir -p "$work/libraries"
    for program in reeve reevectl reeve-log reeve-health; do
        ldd "$build/$program" | sed -n 's/.* => \(\/[^ ]*\).*/\1/p'
    done | sort -u | xargs cp -Lt "$work/libraries"
}
start_reeve() {
    make_units
    collect_libraries
    # shellcheck disable=SC2016 # for the shell inside
    run -v "$build:/build:ro" -v "$work:/work:ro" "$image" bash -c '
        for program in reeve reevectl reeve-log reeve-health; do
            ldd "/build/$program" | sed -n "s/^[[:space:]]*\([^ ]*\) => not found/\1/p"
        done | sort -u | while read -r missing; do cp "/work/libraries/$missing" /usr/local/lib/; done
        ldconfig
        cp /build/reeve /build/reevectl /build/reeve-log /build/reeve-health /usr/local/bin/
        exec reeve --user 0 --units /work/units --target daemons.target'
    wait_until 60 inside reevectl is-active idle.service
}

compare() {
    local unit wanted got
    while read -r unit; do
        (($# == 0)) || [[ " $* " == *" $unit "* ]] || continue
        wanted=$(block "$here/daemons.txt" "$unit")
        got=$(block "$work/got" "$unit")
        if [[ $got != "$wanted" ]]; then
            fail "$unit"
            diag "$(diff -U 9 --label systemd --label reeve <(echo "$wanted") <(echo "$got"))"
            diag "$("${podman[@]}" logs "$container" 2>&1 | grep -F "${unit%.service}" | grep -v 'warning:' | tail -n 20)"
        elif [[ $got == *"answers: no"* ]]; then
            fail "$unit: as on systemd, but it does not answer"
        else
            pass "$unit: $(sed -n '1s/^start: //p; 2s/^/; /p' <<<"$got" | tr -d '\n')"
        fi
    done < <(sed -n 's/^=== //p' "$here/daemons.txt")
}

make_image >"$work/image.log" 2>&1 || { fail "the image is made"; diag "$(tail -n 20 "$work/image.log")"; done_testing; }
if [[ $is_recording ]]; then
    record "$@" >"$work/recorded" || { echo "daemons.sh: systemd does not come up" >&2; exit 1; }
    cp "$work/recorded" "$here/daemons.txt"
    exit
fi
if ! start_reeve; then
    fail "reeve comes up with Debian's unit files"
    diag "$("${podman[@]}" logs "$container" 2>&1 | tail -n 20)"
    done_testing
fi
pass "reeve comes up with Debian's unit files"
inside bash "/reeve/$here/daemons_drive.sh" reevectl "$@" >"$work/got" 2>"$work/err"
compare "$@"
is "$(inside sed -n 's/^CapBnd:[[:space:]]*//p' /proc/1/status)" 00000000a80425fb "with a container's default capabilities"
diag "compared with $(sed -n '1s/^# //p' "$here/daemons.txt")"
done_testing
