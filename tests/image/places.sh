#!/bin/bash
# time limit: 1800
# The image with everything, locked, wherever it may come to run: podman's seccomp profile, Docker's, that of units/kube/seccomp,
# and podman of an ordinary user. In each: healthy, every service killed and back, health check, stop. Prints size, memory, times.
# Root and the network are needed, for the ordinary user uidmap. PLACES="docker rootless" for these only.
self=$(realpath "$0")
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/shell/pod_lib.sh
. tests/shell/pod_lib.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
# shellcheck source=tests/image/deploy_lib.sh
. tests/image/deploy_lib.sh
deploy_begin
if [[ -z ${OWN_NETWORK:-} ]]; then
    ok "the image" deploy_images all || done_testing
fi
own_network "$self"
work=$(mktemp -d /var/tmp/reeve-places.XXXXXX)
chmod 755 "$work"
pod_log=$work/log pod_patience=$patience
container=reeve-places-$$
user=1500 # whom nobody knows but the rootless podman

# rootless_podman WORD...: podman of an ordinary user, with a store of its own; its name and ids are known in there only. Left to itself
# Debian 12's copies the whole image for each of its layers (vfs); overlay takes Linux 5.13.
rootless_podman() {
    # shellcheck disable=SC2016 # for the inner shell
    unshare --mount bash -c '
        mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/subid" /etc/subuid && mount --bind "$1/subid" /etc/subgid || exit
        cd / && shift && exec "$@"' bash "$work" setpriv --reuid "$user" --regid "$user" --clear-groups \
        env HOME="$work/rootless" XDG_RUNTIME_DIR="$work/rootless" TMPDIR="$work/rootless" \
        CONTAINERS_CONF="$work/rootless/containers.conf" podman --runtime runc --cgroup-manager cgroupfs --storage-driver overlay "$@"
}
make_rootless() {
    mkdir -p "$work/rootless"
    cp /etc/passwd "$work/passwd"
    echo "reeve-rootless:x:$user:$user::$work/rootless:/bin/sh" >>"$work/passwd"
    echo "reeve-rootless:300000:65536" >"$work/subid"
    [[ -e /etc/subuid && -e /etc/subgid ]] || touch /etc/subuid /etc/subgid
    sed "s,^network_config_dir.*,network_config_dir = \"$work/rootless/net\"," "$CONTAINERS_CONF" >"$work/rootless/containers.conf"
    chown -R "$user:$user" "$work/rootless"
    "${podman[@]}" save -q "$(image_name all)" | rootless_podman load -q >"$work/load" 2>&1
}
# shellcheck disable=SC2329 # by trap
clean_up() {
    "${podman[@]}" rm -f -v -t 0 "$container" >/dev/null 2>&1
    if [[ -e $work/passwd ]]; then
        rootless_podman rm -f -v -t 0 "$container" >/dev/null 2>&1
        # The files of its store belong to ids that only it may write.
        rootless_podman unshare rm -rf "$work/rootless/.local" >/dev/null 2>&1
    fi
    rm -rf "$work"
}
trap clean_up EXIT

# What all processes of the pod have in memory, shared pages shared out, in MB.
memory_of() {
    local pid
    for pid in $(pod_pids); do
        cat "/proc/$pid/smaps_rollup" 2>/dev/null
    done | awk '/^Pss:/ { kb += $2 } END { printf "%d", kb / 1024 }'
}
# check_place NAME SANDBOX OPTION...: engine is the command; SANDBOX is what Chromium says of its own
check_place() {
    local place=$1 sandbox=$2 begin end after memory processes unit port
    shift 2
    begin=$(uptime_now)
    ok "$place: started" "${engine[@]}" run -d --name "$container" --user 1001 --read-only --cap-drop=all \
        --security-opt no-new-privileges --tmpfs /tmp "$@" "$(image_name all)" || return
    pod_pid1=$("${engine[@]}" inspect --format '{{.State.Pid}}' "$container")
    wait_healthy "$patience" "$place: healthy" || diag "$("${engine[@]}" logs "$container" 2>&1 | tail -n 30)"
    end=$(uptime_now)
    after=$(((${end/./} - ${begin/./}) * 10))
    is "$("${engine[@]}" logs "$container" 2>&1 | grep -oE 'own sandbox: (on|off)' | tail -n 1)" "own sandbox: $sandbox" \
        "$place: Chromium's own sandbox is $sandbox"
    for port in 8080 8081; do
        is "$(curl -s -o /dev/null -w '%{http_code}' -m 30 "http://127.0.0.1:$port/")" 200 "$place: port $port answers"
    done
    memory=$(memory_of) processes=$(pod_pids | wc -l)
    for unit in "${pod_units[@]}"; do
        check_kill "$unit"
    done
    ok "$place: podman healthcheck run" engine_health "$container"
    check_stop_of "$place" "$container"
    table+=$'\n'"| $place | $after ms | $memory MB in $processes processes | $stop_ms ms |"
    "${engine[@]}" rm -f -v "$container" >/dev/null 2>&1
}

diag "the image: $(($("${podman[@]}" image inspect --format '{{.Size}}' "$(image_name all)") / 1000000)) MB; the seed's: 3950 MB, and 896 MB of memory"
table="| seccomp profile | healthy after | memory (PSS) | stopped in |"$'\n|---|---|---|---|'
ports=(-p 127.0.0.1:8080:8080 -p 127.0.0.1:8081:8081 -p 127.0.0.1:8090:8090)
# chroot(2), which Chromium's own sandbox needs, the engines' profiles allow to who has CAP_SYS_CHROOT.
for place in ${PLACES:-podman docker chromium rootless}; do
    engine=("${podman[@]}")
    case $place in
    podman) check_place "$place" off "${ports[@]}" ;;
    docker) check_place "$place" off "${ports[@]}" --security-opt "seccomp=$PWD/tests/escape/docker-default-seccomp.json" ;;
    chromium) check_place "$place" on "${ports[@]}" --security-opt "seccomp=$PWD/units/kube/seccomp/traderterminal-chromium.json" ;;
    rootless)
        if ! command -v newuidmap >/dev/null; then
            skip "no newuidmap (package uidmap)" "rootless"
            continue
        fi
        ok "rootless: the image is in its store" make_rootless || { diag "$(cat "$work/load")"; continue; }
        engine=(rootless_podman)
        # The network is this test's own, so that nobody has to carry packets.
        check_place "$place" off --network host
        ;;
    esac
done
diag "$table"
done_testing
