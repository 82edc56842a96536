#!/bin/bash
# Records what the system call filters of real systemd say of every call: units.txt to recorded.txt. Root.
#
#   PODMAN    the command, with options; the default is podman with a store of its own below build/
#   ORACLE    the image with systemd (tests/conformance/record.sh makes it), default localhost/reeve-oracle:trixie
#   CHECK=1   changes no recording, and says what is no longer as it is recorded
set -euo pipefail
cd "$(dirname "$0")/../.."
here=tests/filters
build=$(realpath "${BUILD:-build}")
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
work=$build/filters
mkdir -p "$work/units"
cc=${CC:-gcc}
"$cc" -std=gnu17 -O2 -D_GNU_SOURCE -I. -static -o "$work/dump" $here/dump.c
"$cc" -O2 -static -nostdlib -o "$work/spin" $here/spin.c

image_podman "$build/conformance/podman"
podman+=(--cgroup-manager cgroupfs)
[[ -z ${PODMAN:-} ]] || read -r -a podman <<<"$PODMAN"

# One unit file for each case.
rm -f "$work"/units/*
awk -v folder="$work/units" '
    /^\[/ { name = substr($0, 2, length($0) - 2); file = folder "/" name ".service"
            print "[Service]\nExecStart=/spin\nNice=19" >file; print name; next }
    /^[A-Z]/ { print >file }' $here/units.txt >"$work/names"

# systemd wants cgroup v2, as in tests/conformance/record.sh.
options=(--systemd=always)
if [[ ! -e /sys/fs/cgroup/cgroup.controllers && -e /sys/fs/cgroup/unified/cgroup.procs ]]; then
    options=(--systemd=false --cgroupns=host -v /sys/fs/cgroup/unified:/sys/fs/cgroup:rw -e container=podman)
fi
container=reeve-filters-$$
# Reading filters takes CAP_SYS_ADMIN; a filter of the container itself would be among what is read.
"${podman[@]}" run -d --name "$container" --network none --tmpfs /run --tmpfs /tmp "${options[@]}" \
    --cap-add SYS_ADMIN,SYS_PTRACE --security-opt seccomp=unconfined \
    -v "$work/dump:/dump:ro" -v "$work/spin:/spin:ro" -v "$work/units:/units:ro" -v "$work/names:/names:ro" \
    "${ORACLE:-localhost/reeve-oracle:trixie}" /sbin/init >/dev/null
trap '"${podman[@]}" rm -t 0 -f "$container" >/dev/null 2>&1 || true' EXIT
inside() { "${podman[@]}" exec "$container" "$@"; }
is_booted() { [[ $(inside systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]; }
wait_until 60 is_booted || { echo "record.sh: systemd does not come up" >&2; exit 1; }

{
    # shellcheck disable=SC2016 # for dpkg-query
    echo "# $(inside systemctl --version | head -n 1), libseccomp $(inside dpkg-query -W -f '${Version}' libseccomp2)"
    # "start" returns after the fork: the process is what we want once its program is ours.
    # shellcheck disable=SC2016 # for the inner shell
    inside bash -c '
        set -e
        cp /units/* /run/systemd/system/ && systemctl daemon-reload
        while read -r name; do
            # A machine that is short of processes is no reason to give up.
            for _ in {1..20}; do
                systemctl start "$name" 2>/dev/null && break
                systemctl reset-failed "$name"
            done
            pid=$(systemctl show -P MainPID "$name")
            until [[ $(readlink "/proc/$pid/exe") == /spin ]]; do
                [[ $(systemctl show -P ActiveState "$name") == active ]] || break
            done
            echo; echo "[$name]"
            /dump "$pid" || exit 1
            systemctl kill -s KILL "$name"
        done </names'
} >"$work/recorded.txt"
if [[ ${CHECK:-} ]]; then
    diff -u $here/recorded.txt "$work/recorded.txt"
else
    cp "$work/recorded.txt" $here/recorded.txt
fi
