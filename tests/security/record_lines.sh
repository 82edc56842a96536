#!/bin/bash
# shellcheck disable=SC2154 # systemd_options comes from image_lib.sh
# Records what real systemd lets a service do, line by line of Debian's redis-server.service and nginx.service and of the
# portable profiles "default" and "strict" (of package systemd-container) as drop-ins: lines.txt. Root, network.
#
#   PODMAN    the command, with options; the default is podman with a store of its own below build/
#   IMAGE     with systemd and the daemons of tests/image/Containerfile.daemons
#   CHECK=1   changes no recording, and says what is no longer as it is recorded
#
# The container has no filter of its own, and CAP_SYS_ADMIN, CAP_SYS_PTRACE (which ProtectProc= with PrivateUsers= takes) and
# CAP_NET_ADMIN (PrivateNetwork=): what is refused is refused by the unit.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${BUILD:-build}")
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
image_podman "$build/image/podman"
podman+=(--cgroup-manager cgroupfs)
[[ -z ${PODMAN:-} ]] || read -r -a podman <<<"$PODMAN"
work=$(mktemp -d)
container=reeve-lines-$$
trap '"${podman[@]}" rm -t 0 -f "$container" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
"${CC:-gcc}" -std=gnu17 -O1 -D_GNU_SOURCE -static -o "$work/probe" tests/security/probe.c
cp tests/security/setup.sh "$work/"

image_systemd_options
"${podman[@]}" run -d --name "$container" --network host --tmpfs /run --tmpfs /tmp "${systemd_options[@]}" \
    --cap-add SYS_ADMIN,SYS_PTRACE,NET_ADMIN --security-opt seccomp=unconfined -v "$work:/work:ro" "${IMAGE:-localhost/reeve-daemons:trixie}" \
    /sbin/init >/dev/null
inside() { "${podman[@]}" exec -i "$container" "$@"; }
is_booted() { [[ $(inside systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]; }
wait_until 60 is_booted || { echo "record_lines.sh: systemd does not come up" >&2; exit 1; }

inside bash /work/setup.sh
inside bash -s >"$work/lines.txt" <<'INSIDE'
set -e
{
    apt-get update && cd /tmp && apt-get download systemd-container && dpkg -x systemd-container_*.deb /tmp/package
} >/dev/null 2>&1
echo "# $(systemctl --version | head -n 1), $(dpkg-query -W -f 'redis-server ${Version}' redis-server), $(
    dpkg-query -W -f 'nginx ${Version}' nginx)"
echo "# made by record_lines.sh. [unit], its lines (+), and what came of each attempt of probe.c"
units=/run/systemd/system
printf '[Service]\nExecStart=/usr/lib/probe/probe\n' | tee $units/default.service >$units/strict.service
for profile in default strict; do
    mkdir -p $units/$profile.service.d
    cp /tmp/package/usr/lib/systemd/portable/profile/$profile/service.conf $units/$profile.service.d/10-profile.conf
done
for unit in redis-server nginx default strict; do
    file=/usr/lib/systemd/system/$unit.service
    [ -e $file ] || file=$units/$unit.service.d/10-profile.conf
    echo
    echo "[$unit.service]"
    awk '
        /^[ \t]*[#;]/ || /^[ \t]*$/ { next }
        { sub(/[ \t]+$/, "") }
        /\\$/ { sub(/\\$/, ""); held = held $0; next }
        /^\[/ { section = $0; next }
        section == "[Service]" { gsub(/[ \t]+/, " "); $0 = held $0; gsub(/[ \t]+/, " "); print "+" $0; held = "" }' $file
    mkdir -p $units/$unit.service.d
    printf '[Service]\nType=oneshot\nRemainAfterExit=yes\nRestart=no\nPIDFile=\nExecStartPre=\nExecReload=\nExecStop=\nExecStart=\n%s\n' \
        "ExecStart=/usr/lib/probe/probe
StandardOutput=file:/var/log/probe-$unit" >$units/$unit.service.d/zz-probe.conf
done
systemctl daemon-reload
for unit in redis-server nginx default strict; do
    systemctl start $unit.service || systemctl status $unit.service >&2
done
INSIDE
for unit in redis-server nginx default strict; do
    inside sed 's/^PROBE //' "/var/log/probe-$unit" >"$work/of"
    awk -v unit="[$unit.service]" -v from="$work/of" '
        function flush() { if (is_here) { while ((getline line <from) > 0) print line; is_here = 0 } }
        /^$/ { flush() }
        { print; if ($0 == unit) is_here = 1 }
        END { flush() }' "$work/lines.txt" >"$work/next"
    mv "$work/next" "$work/lines.txt"
done
if [[ ${CHECK:-} ]]; then
    diff -u tests/security/lines.txt "$work/lines.txt"
else
    cp "$work/lines.txt" tests/security/lines.txt
fi
