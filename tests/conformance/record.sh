#!/bin/bash
# shellcheck disable=SC2154 # image_options comes from image_lib.sh
# Records what real systemd does in the conformance cases: tests/conformance/recorded/SOURCE.txt.
#
#   record.sh [SOURCE...]     e.g. kill.sh notify.case; without one, all of tests/conformance/cases. Root.
#
#   PODMAN    the command, with options; the default is podman with a store of its own below build/
#   ORACLE    the image with systemd; the default is made here: Debian trixie (systemd 257) with systemd and dbus
#   JOBS      containers at the same time, default 2
#   CHECK=1   changes no recording, and says what is no longer as it is recorded
#   ONLY      the names of the cases that are wanted, for CHECK=1: e.g. "kill/stop-mixed status/exit"
#
# Status 77: systemd does not come up in a container of this machine. Every source runs twice. A case that does not give the
# same result both times proves nothing: it is named, and the status is 1. With CHECK=1 the recording is the first time; what
# differs from it has to do as recorded twice, one after the other. Times may differ as result_lib.sh says.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/conformance
BUILD=${BUILD:-build}
build=$(realpath "$BUILD")
out=$build/conformance/record
actor=$build/tests/conformance-actor-static
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
# shellcheck source=tests/conformance/result_lib.sh
. "$here/result_lib.sh"

[[ $EUID == 0 ]] || { echo "record.sh: systemd as PID 1 of a container needs root" >&2; exit 1; }
[[ -x $actor ]] || { echo "record.sh: $actor is missing: make conformance-record builds it" >&2; exit 1; }
mkdir -p "$out"
image_podman "$build/conformance/podman"
podman+=(--cgroup-manager cgroupfs)
[[ -z ${PODMAN:-} ]] || read -r -a podman <<<"$PODMAN"

oracle_image() {
    local base=localhost/reeve-base:trixie
    oracle=${ORACLE:-localhost/reeve-oracle:trixie}
    if [[ -z ${ORACLE:-} ]] && ! "${podman[@]}" image exists "$oracle"; then
        PODMAN="${podman[*]}" images/base.sh -i "$base" trixie >&2
        "${podman[@]}" build -q --network host "${image_options[@]}" -t "$oracle" -f - . >&2 <<FILE
FROM $base
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends systemd systemd-sysv dbus
FILE
    fi
}

# systemd wants cgroup v2. Where the machine has v1 or both, it gets the v2 tree if there is one.
unified=
[[ -e /sys/fs/cgroup/cgroup.controllers || ! -e /sys/fs/cgroup/unified/cgroup.procs ]] || unified=/sys/fs/cgroup/unified

declare -a containers=()
begin_container() {
    local container=reeve-conformance-$$-$1
    local -a options=(--systemd=always)
    # The whole tree: systemd must see its own cgroup below the same path as /proc does.
    [[ ! $unified ]] ||
        options=(--systemd=false --cgroupns=host -v "$unified:/sys/fs/cgroup:rw" -e container=podman)
    containers+=("$container")
    if ! "${podman[@]}" run -d --name "$container" --network none --tmpfs /run --tmpfs /tmp "${options[@]}" \
        -v "$PWD:/reeve:ro" -v "$actor:/actor:ro" "$oracle" /sbin/init >/dev/null ||
        ! wait_until 60 is_booted "$container"; then
        echo "record.sh: systemd does not come up in a container here" >&2
        exit 77
    fi
}
# "degraded" will do: units that have no business in a container fail.
is_booted() {
    [[ $("${podman[@]}" exec "$1" systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]
}
end_containers() {
    local container
    for container in "${containers[@]}"; do
        "${podman[@]}" rm -t 0 -f "$container" >/dev/null 2>&1 || true
    done
}
trap end_containers EXIT

# recorded_part FILE BASE: what is recorded of the cases that are wanted
recorded_part() {
    awk -v only="${ONLY:+ $ONLY }" -v base="$2/" '
        /^=== / { on = only == "" || index(only, " " base substr($2, 1, length($2) - 1) " ") }
        on' "$1"
}
# as_recorded SOURCE: is its first run what is recorded?
as_recorded() {
    recorded_part "$here/recorded/${1%.*}.txt" "${1%.*}" >"$out/$1.recorded"
    cmp -s "$out/$1.recorded" <(with_times_of "$out/$1.recorded" "$out/$1.1")
}

# drive_in CONTAINER SOURCE ROUND
drive_in() {
    "${podman[@]}" exec -e "ONLY=${ONLY:-}" "$1" bash "/reeve/$here/drive.sh" systemd /actor /run/conformance \
        "/reeve/$here/cases/$2" >"$out/$2.$3" </dev/null
}
# record_in CONTAINER NUMBER: every JOBS-th source
record_in() {
    local i
    for ((i = $2; i < ${#sources[@]}; i += jobs)); do
        drive_in "$1" "${sources[i]}" 1
        if [[ ${CHECK:-} ]] && as_recorded "${sources[i]}"; then
            cp "$out/${sources[i]}.1" "$out/${sources[i]}.2"
        else
            # A busy machine lets a time-out run out that was not to: who differs once has to do as recorded twice.
            [[ ! ${CHECK:-} ]] || drive_in "$1" "${sources[i]}" 1
            drive_in "$1" "${sources[i]}" 2
        fi
        echo "recorded ${sources[i]}"
    done
}

sources=("$@")
(($#)) || mapfile -t sources < <(cd "$here/cases" && ls -S)
jobs=${JOBS:-2}
oracle_image
for ((i = 0; i < jobs; i++)); do
    begin_container $i
done
version=$("${podman[@]}" exec "${containers[0]}" systemctl --version | head -n 1)
children=()
for ((i = 0; i < jobs; i++)); do
    record_in "${containers[i]}" $i &
    children+=($!)
done
for child in "${children[@]}"; do
    wait "$child"
done

status=0
mkdir -p "$here/recorded"
for source in "${sources[@]}"; do
    if ! diff -u "$out/$source.1" <(with_times_of "$out/$source.1" "$out/$source.2"); then
        echo "record.sh: $source does not give the same result twice" >&2
        status=1
    fi
    recording=$here/recorded/${source%.*}.txt
    if [[ ! ${CHECK:-} ]]; then
        { echo "# $version"; cat "$out/$source.1"; } >"$recording"
        continue
    fi
    as_recorded "$source" && continue
    diff -u --label "recorded from $(sed -n '1s/^# //p' "$recording")" --label "now, $version" "$out/$source.recorded" \
        <(with_times_of "$out/$source.recorded" "$out/$source.1") || status=1
done
exit $status
