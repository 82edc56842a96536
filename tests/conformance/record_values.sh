#!/bin/bash
# Records how systemd reads the generated units of values_lib.sh: tests/conformance/recorded_values.txt. Root, network.
#
#   PODMAN    the command, with options; ORACLE the image with systemd; both as for record.sh, which makes the image
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/conformance/values_lib.sh
. tests/conformance/values_lib.sh
read -r -a podman <<<"${PODMAN:-podman --root $(realpath "$BUILD")/conformance/podman/storage --runroot $(realpath "$BUILD")/conformance/podman/run}"
oracle=${ORACLE:-localhost/reeve-oracle:trixie}
scratch=$(mktemp -d)
container=reeve-values-$$
trap '"${podman[@]}" rm -t 0 -f "$container" >/dev/null 2>&1 || true; rm -rf "$scratch"' EXIT
mkdir "$scratch/units"
values_generate "$scratch/units" "$BUILD/tests/tool_generate"

# As in record.sh: systemd wants cgroup v2.
unified=
[[ -e /sys/fs/cgroup/cgroup.controllers || ! -e /sys/fs/cgroup/unified/cgroup.procs ]] || unified=/sys/fs/cgroup/unified
options=(--systemd=always)
[[ ! $unified ]] || options=(--systemd=false --cgroupns=host -v "$unified:/sys/fs/cgroup:rw" -e container=podman)
"${podman[@]}" run -d --name "$container" --network none --tmpfs /run --tmpfs /tmp "${options[@]}" -v "$scratch:/values" \
    "$oracle" /sbin/init >/dev/null
is_booted() {
    [[ $("${podman[@]}" exec "$container" systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]
}
wait_until 120 is_booted || { echo "record_values.sh: systemd does not come up" >&2; exit 1; }

inside() {
    "${podman[@]}" exec "$container" bash -c "cd /values; $1"
}
# Only units that systemd finds no fault with, and that say nothing of the machine.
inside 'systemd-analyze verify --man=no --recursive-errors=one /values/units/g*.service >said 2>&1' || true
grep -oE '(^|/| )g[0-9]+\.service:([0-9]+:| Service)|^Unit g[0-9]+\.service' "$scratch/said" |
    grep -oE 'g[0-9]+\.service' | sort -u >"$scratch/bad"
(cd "$scratch/units" && ls -- *.service) | sort | comm -23 - "$scratch/bad" | while read -r unit; do
    grep -qE '%[HmubIlsyY]' "$scratch/units/$unit" || echo "$unit"
done >"$scratch/good"
# One at a time: a unit that cannot be shown must not end it.
# shellcheck disable=SC2016 # expanded inside
inside 'mkdir -p /run/systemd/system && cp $(sed s,^,units/, good) /run/systemd/system/ && systemctl daemon-reload
    systemctl --version | head -n 1 >version
    for unit in $(cat good); do systemctl show --no-pager $unit 2>/dev/null && echo; done >show'

properties=$("$BUILD/tests/tool_values" --properties | paste -sd'|')
# "TasksMax=…" and the like of the other properties are left out; so is what becomes of a command.
awk -v wanted="^($properties)\$" '
    function flush(    i) { for (i = 1; i <= n; i++) print unit " " lines[i]; n = 0 }
    /^$/ { flush(); next }
    { key = substr($0, 1, index($0, "=") - 1) }
    key == "Id" { unit = substr($0, 4) }
    key ~ wanted { sub(/ ; start_time=.*/, ""); lines[++n] = $0 }
    END { flush() }' "$scratch/show" | values_normalise >"$scratch/values"
{
    echo "# $(cat "$scratch/version"): systemctl show of the units of tool_generate units $values_seed $values_count which"
    echo "# it finds no fault with; a line for each unit, and one for each value that is no default. Made by record_values.sh."
    echo "# sha256 of the units: $(cat "$scratch"/units/g*.service | sha256sum | cut -d' ' -f1)"
    { sed -n 's/^Id=\(g.*\)/\1/p' "$scratch/show"; cat "$scratch/values"; } | LC_ALL=C sort -s -t' ' -k1,1
} >"$values_file"
echo "$values_file: $(grep -cvE '^#| ' "$values_file") units, $(grep -c '^g.* ' "$values_file") values"
