#!/bin/bash
# shellcheck disable=SC2154 # image_options comes from image_lib.sh
# Records what `systemd-analyze security` says of cases.txt, of the pod's units and of those in units.txt: recorded.txt.
# Root, network.
#
#   PODMAN    the command, with options; the default is podman with a store of its own below build/
#   IMAGE     with systemd and the daemons of tests/image/Containerfile.daemons, from which the default is made here
#
# Two defaults of reeve differ from systemd's, and a drop-in tells systemd of them. Of Debian's unit files only the
# settings that count are kept; whether that makes a difference is looked at.
set -euo pipefail
cd "$(dirname "$0")/../.."
BUILD=${BUILD:-build}
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
mkdir -p "$BUILD"
image_podman "$(realpath "$BUILD")/image/podman"
podman+=(--cgroup-manager cgroupfs)
[[ -z ${PODMAN:-} ]] || read -r -a podman <<<"$PODMAN"
image=${IMAGE:-localhost/reeve-daemons:trixie}
if [[ -z ${IMAGE:-} ]] && ! "${podman[@]}" image exists "$image"; then
    PODMAN="${podman[*]}" images/base.sh -i localhost/reeve-base:trixie trixie
    "${podman[@]}" build -q --network host "${image_options[@]}" -t "$image" -f tests/image/Containerfile.daemons tests/image
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work"/{case,pod,debian,kept,said}

grep -v '^#' tests/security/cases.txt | while IFS= read -r line; do
    { printf '[Service]\nExecStart=/bin/true\n'; sed 's/^[^:]*: *//; s/ *| */\n/g' <<<"$line"; } | sed '/^$/d' \
        >"$work/case/${line%%:*}.service"
done
cp units/pod/*.service "$work/pod"

# What the level comes from, one setting a line, without comments.
keep() {
    awk '
        /^[ \t]*[#;]/ { next }
        { sub(/[ \t]+$/, "") }
        sub(/\\$/, "") { held = held $0 " "; next }
        { print held $0; held = "" }' "$1" | awk -F= '
        BEGIN {
            split("User DynamicUser SupplementaryGroups PrivateDevices PrivateMounts PrivateNetwork PrivateTmp PrivateUsers " \
                "ProtectControlGroups ProtectKernelModules ProtectKernelTunables ProtectKernelLogs ProtectClock ProtectHome " \
                "ProtectHostname ProtectSystem RootDirectory RootImage LockPersonality MemoryDenyWriteExecute " \
                "CapabilityBoundingSet UMask ProtectProc ProcSubset NotifyAccess Type WatchdogSec FileDescriptorStoreMax " \
                "RemoveIPC Delegate " \
                "RestrictRealtime RestrictSUIDSGID RestrictNamespaces RestrictAddressFamilies SystemCallArchitectures " \
                "SystemCallFilter SystemCallErrorNumber IPAddressDeny IPAddressAllow IPIngressFilterPath " \
                "IPEgressFilterPath DeviceAllow DevicePolicy AmbientCapabilities DefaultDependencies", list, " ")
            for (i in list) wanted[list[i]] = 1
        }
        /^\[Service\]/ { print; print "ExecStart=/bin/true"; next }
        /^\[Unit\]/ { print }
        $1 in wanted && !/Type=(forking|dbus|oneshot|simple|exec|idle)/' | sed 's/^Type=notify-reload/Type=notify/'
}

# Inside: says PREFIX... writes for each unit of /work/PREFIX what systemd-analyze says of it. Of the running manager:
# offline, systemd 257 takes a PrivateMounts= that is not set for yes.
cat >"$work/says" <<'INSIDE'
set -eu
mkdir -p /run/systemd/system/service.d
printf '[Service]\nNoNewPrivileges=yes\nKeyringMode=inherit\n' >/run/systemd/system/service.d/reeve.conf
for prefix; do
    [ "$prefix" = debian ] || for unit in /work/"$prefix"/*.service; do
        cp "$unit" "/run/systemd/system/$prefix-${unit##*/}"
    done
done
systemctl daemon-reload
systemd-analyze --version | head -n 1 >/work/version
for prefix; do
    for unit in /work/"$prefix"/*.service; do
        name=${unit##*/}
        unit=$name
        [ "$prefix" = debian ] || unit=$prefix-$name
        unit=$(echo "$unit" | sed 's/@\.service$/@i.service/')
        systemd-analyze security --no-pager "$unit" 2>/dev/null |
            sed -n 's/.*Overall exposure level for .*: \([0-9]*\)\.\([0-9]\) .*/\1\2/p' >"/work/said/$prefix-$name.level"
        SYSTEMD_ANALYZE_DEBUG=1 systemd-analyze security --no-pager --json=short "$unit" >"/work/said/$prefix-$name.json" 2>/dev/null
    done
done
INSIDE
container=reeve-security-$$
trap '"${podman[@]}" rm -t 0 -f "$container" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
image_systemd_options
"${podman[@]}" run -d --name "$container" --network none --tmpfs /run --tmpfs /tmp "${systemd_options[@]}" -v "$work:/work" \
    "$image" /sbin/init >/dev/null
inside() {
    "${podman[@]}" exec "$container" "$@"
}
is_booted() {
    [[ $(inside systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]
}
wait_until 120 is_booted || { echo "record.sh: systemd does not come up" >&2; exit 1; }
# shellcheck disable=SC2016,SC2046 # expanded inside; names without spaces
inside sh -c 'cd /usr/lib/systemd/system && cp "$@" /work/debian' sh $(grep -v '^#' tests/security/units.txt)
for unit in "$work"/debian/*.service; do
    keep "$unit" >"$work/kept/${unit##*/}"
done
inside sh /work/says case pod debian kept

# level FOLDER UNIT, exposed FOLDER UNIT
level() {
    sed 's/^0*\(.\)/\1/' "$work/said/$1-$2.level"
}
exposed() {
    jq -r '[.[] | {name, badness: (.badness // null)}
        | if .badness == null or .badness > 1000 then "\(.name):-" elif .badness > 0 then "\(.name):\(.badness)" else empty end]
        | join(" ")' "$work/said/$1-$2.json"
}
block() {
    echo "unit $1-$2"
    sed 's/^/+/' "$work/$1/$2"
    echo "level $(level "$1" "$2")"
    echo "exposed $(exposed "$1" "$2")"
}
status=0
{
    echo "# $(cat "$work/version"): systemd-analyze security, made by tests/security/record.sh, which"
    echo "# says which two settings all units have besides. item: weight, range, name. level: in tenths. exposed: badness by"
    echo "# name, of what is not good; -: does not count."
    jq -r '.[] | "item \(.weight) \(.range) \(.name)"' "$work/said/case-plain.service.json"
    for folder in case pod kept; do
        for unit in "$work/$folder"/*.service; do
            block "$folder" "${unit##*/}"
        done
    done
} >"$work/recorded.txt"
for unit in "$work"/kept/*.service; do
    unit=${unit##*/}
    [[ $(level debian "$unit") == "$(level kept "$unit")" && $(exposed debian "$unit") == "$(exposed kept "$unit")" ]] || {
        echo "record.sh: what is kept of $unit is not enough: $(level debian "$unit") became $(level kept "$unit")" >&2
        diff <(exposed debian "$unit" | tr ' ' '\n') <(exposed kept "$unit" | tr ' ' '\n') >&2 || true
        status=1
    }
done
cp "$work/recorded.txt" tests/security/recorded.txt
echo "tests/security/recorded.txt: $(grep -c '^unit' tests/security/recorded.txt) units"
exit $status
