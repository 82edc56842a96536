#!/bin/bash
# time limit: 1200
# units/systemd/native/reeve.service: a systemd that is PID 1 of a container starts the pod by it, watches it, reloads, stops and
# restarts it. Root and the network are needed.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
# shellcheck source=tests/image/deploy_lib.sh
. tests/image/deploy_lib.sh
deploy_begin
image_systemd_options
here=$PWD
ok "the image of all" deploy_images all || done_testing
ok "the same with systemd" deploy_made "$prefix-native:$tag" <<FILE || done_testing
FROM $(image_name all)
USER 0
RUN apt-get -q update && apt-get -q -y --no-install-recommends install systemd systemd-sysv dbus procps
ENV REEVE_STATE= REEVE_HEALTH_LISTEN=
ENTRYPOINT []
FILE
container=reeve-native-$$
trap '"${podman[@]}" rm -f -v -t 0 "$container" >/dev/null 2>&1' EXIT
# systemd's own sandboxing takes mounts.
ok "systemd as PID 1 of a container" "${podman[@]}" run -d --name "$container" --network none --tmpfs /run --tmpfs /tmp \
    "${systemd_options[@]}" --cap-add SYS_ADMIN --security-opt seccomp=unconfined \
    -v "$here/units/systemd/native/reeve.service:/etc/systemd/system/reeve.service:ro" \
    "$prefix-native:$tag" /sbin/init || done_testing
inside() {
    "${podman[@]}" exec "$container" "$@"
}
is_booted() {
    [[ $(inside systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]
}
show() {
    inside systemctl show --value -p "$1" reeve.service
}
is_show() {
    [[ $(show "$1") == "$2" ]]
}
health() {
    inside reevectl health
}
# drop_in NAME: for the unit, from standard input
drop_in() {
    inside mkdir -p /etc/systemd/system/reeve.service.d
    "${podman[@]}" exec -i "$container" tee "/etc/systemd/system/reeve.service.d/$1.conf" >/dev/null
    inside systemctl daemon-reload
}
told() {
    diag "$(inside journalctl -u reeve.service -n 40 --no-pager 2>&1)"
}
# processes_of_pod: how many run as the pod's user
processes() {
    inside sh -c 'pgrep -u 1001 | wc -l'
}
gone() {
    [[ $(processes) == 0 ]]
}

if ! wait_until "$patience" is_booted; then
    fail "systemd comes up"
    done_testing
fi
diag "$(inside systemctl --version | head -n 1)"
is "$(inside systemd-analyze verify --man=no /etc/systemd/system/reeve.service 2>&1)" "" "systemd-analyze verify reeve.service"
# Less patience than the unit's own 30 s, else the test would take as long.
drop_in watchdog <<<$'[Service]\nWatchdogSec=8s'

ok "start: returns when the pod is up" inside systemctl start reeve.service || told
is "$(show ActiveState) $(show SubState)" "active running" "start: active"
is "$(show StatusText)" "healthy: all units are well" "start: systemd knows what reeve says of itself"
ok "start: the pod is healthy" wait_until "$patience" health || told
is "$(inside ps -o user= -p "$(show MainPID)")" reeve "start: not as root"

main=$(show MainPID)
alive=$(show WatchdogTimestampMonotonic)
later() {
    [[ $(show WatchdogTimestampMonotonic) -gt $alive ]]
}
ok "watchdog: reeve says that it is alive" wait_until "$patience" later
was=$(show NRestarts)
ok "reload" inside systemctl reload reeve.service
is "$(show ActiveState) $(show MainPID)" "active $main" "reload: the same process, active"

inside kill -STOP "$main"
was_killed() {
    [[ $(show NRestarts) -gt $was && $(show ActiveState) == active && $(show MainPID) != "$main" ]]
}
ok "watchdog: a reeve that stands still is killed and started anew" wait_until "$patience" was_killed || told
ok "watchdog: systemd says why" inside sh -c 'journalctl -u reeve.service --no-pager | grep -q "Watchdog timeout"'
ok "watchdog: the pod is healthy again" wait_until "$patience" health || told

main=$(show MainPID)
inside kill -KILL "$main"
came_back() {
    [[ $(show ActiveState) == active && $(show MainPID) != "$main" ]]
}
ok "restart: reeve killed, it comes back" wait_until "$patience" came_back || told
ok "restart: the pod is healthy again" wait_until "$patience" health || told
is "$(inside pgrep -c -x redis-server)" 1 "restart: nothing of the old pod is left"

# On a busy machine not each time.
for attempt in 1 2 3; do
    begin=$(uptime_now)
    ok "stop" inside systemctl stop reeve.service
    end=$(uptime_now)
    ((${end%.*} - ${begin%.*} >= 10 && attempt < 3)) || break
    ok "stop: once more, this machine is busy" inside systemctl start reeve.service
done
ok "stop: less than 10 seconds ($begin to $end)" test $((${end%.*} - ${begin%.*})) -lt 10
is "$(show Result) $(show ExecMainStatus) $(show SubState)" "success 0 dead" "stop: success, status 0"
ok "stop: nobody is left" gone

# A unit that gives up ends reeve with its own status, and that is what systemd restarts on.
inside mkdir -p /etc/reeve/units/datahub.service.d
"${podman[@]}" exec -i "$container" tee /etc/reeve/units/datahub.service.d/zz-fail.conf >/dev/null <<'CONF'
[Unit]
FailureAction=exit
[Service]
ExecStart=
ExecStart=/bin/sh -c 'exit 7'
Restart=no
CONF
not_ok "failure: start says so" inside systemctl start reeve.service
is "$(show ExecMainStatus)" 7 "failure: the status of the unit that gave up"
ok "failure: systemd tries again" wait_until "$patience" is_show SubState auto-restart || told
inside rm -r /etc/reeve/units/datahub.service.d
ok "failure: and the next start succeeds" wait_until "$patience" is_show ActiveState active || told
ok "failure: healthy" wait_until "$patience" health
inside systemctl stop reeve.service
done_testing
