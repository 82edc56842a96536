#!/bin/bash
# time limit: 1200
# What reeve says by sd_notify(3) reaches a real systemd (257, PID 1 of a container) through podman and crun, from a unit that Quadlet
# makes: podman run --sdnotify=container. Root; the network where the image is not there yet.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
packages="podman crun"
# shellcheck source=tests/image/notify_lib.sh
. tests/image/notify_lib.sh

service=pod.service
image_systemd_options
# The pod's root is that of the container around it, read-only and with an overlay above, so that no image is needed in there. What
# this machine's kernel refuses to containers in containers is left out: limits above ours, and cgroups (the controllers may be v1's).
cat >"$work/containers.conf" <<CONF
[containers]
default_ulimits = ["nofile=$(ulimit -Hn):$(ulimit -Hn)", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
CONF
cat >"$work/pod.container" <<UNIT
[Container]
Rootfs=/:O
ContainerName=pod
User=1001
ReadOnly=true
Tmpfs=/tmp
DropCapability=all
NoNewPrivileges=true
Network=none
Notify=true
PodmanArgs=--env=WATCHDOG_USEC --cgroups=disabled
Environment=LD_LIBRARY_PATH=/opt/lib
$(for ((i = 1; i < ${#mounts[@]}; i += 2)); do echo "Volume=${mounts[i]#*:}"; done | sed -E 's!=(/[^:]*)!=\1:\1!')
Exec=reeve
[Service]
WatchdogSec=3s
TimeoutStartSec=120s
Restart=always
UNIT
ok "systemd is PID 1 of a container" "${podman[@]}" run -d --name "$container" --network none --tmpfs /run --tmpfs /tmp \
    "${systemd_options[@]}" --cap-add all --cap-drop SYS_RESOURCE --security-opt seccomp=unconfined --security-opt unmask=all \
    -v /var/lib/containers "${mounts[@]}" -v "$work/containers.conf:/etc/containers/containers.conf:ro" \
    -v "$work/pod.container:/etc/containers/systemd/pod.container:ro" "$oracle" /usr/lib/systemd/systemd || done_testing
wait_until 90 is_booted || { fail "it comes up"; done_testing; }
diag "$(inside systemctl --version | head -n 1), $(inside podman --version), $(inside crun --version | head -n 1)"
is "$(inside podman info -f '{{.Host.OCIRuntime.Name}}')" crun "podman takes crun"
like "$(show ExecStart)" ' --sdnotify=container ' "Quadlet makes of Notify=true"
is "$(show NotifyAccess)" all "and lets the processes of the container speak"

test_start
is "$(show MainPID)" "$(inside podman inspect -f '{{.State.ConmonPid}}' pod)" "the main process is podman's conmon"
first=$(inside podman inspect -f '{{.State.Pid}}' pod)
is "$(inside stat -c %u "/proc/$first") $(inside cat "/proc/$first/comm")" "1001 reeve" "below it reeve is PID 1 of the pod, not as root"
alive=$(show WatchdogTimestampMonotonic)
ok "WATCHDOG=1 comes through" wait_until 60 is_alive_later
is "$(show NRestarts)" 0 "so that nothing is restarted"

# --- stuck, frozen ---
test_stuck
first=$(inside podman inspect -f '{{.State.Pid}}' pod)
test_frozen "$first"
not_ok "frozen: nothing is left of the old one" inside test -e "/proc/$first"
ok "systemd says why, both times" says_twice "Watchdog timeout"

inside systemctl stop pod.service
is "$(show Result) $(show SubState)" "success dead" "stop: success"
is "$(inside podman ps -aq)" "" "stop: no container is left"
done_testing
