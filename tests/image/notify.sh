#!/bin/bash
# time limit: 1200
# What reeve says by sd_notify(3) reaches a real systemd (257, PID 1 of a container) that starts it by
# units/systemd/native/reeve.service, and restarts it when it hangs, its pod is stuck or a unit gives up. Root; the network where the
# image is not there yet.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
# shellcheck source=tests/image/notify_lib.sh
. tests/image/notify_lib.sh

service=reeve.service
image_systemd_options
mkfifo -m 0666 "$work/flags/go"
ok "systemd is PID 1 of a container" "${podman[@]}" run -d --name "$container" --network none --tmpfs /run --tmpfs /tmp \
    "${systemd_options[@]}" --cap-add SYS_ADMIN --security-opt seccomp=unconfined "${mounts[@]}" \
    -v "$PWD/units/systemd/native/reeve.service:/etc/systemd/system/reeve.service:ro" "$oracle" /sbin/init || done_testing
# drop_in NAME: for the unit, from standard input
drop_in() {
    inside mkdir -p /etc/systemd/system/reeve.service.d
    "${podman[@]}" exec -i "$container" tee "/etc/systemd/system/reeve.service.d/$1.conf" >/dev/null
    inside systemctl daemon-reload
}
wait_until 90 is_booted || { fail "it comes up"; done_testing; }
diag "$(inside systemctl --version | head -n 1)"
inside useradd --uid 1001 reeve
drop_in test <<'UNIT'
[Service]
Environment=LD_LIBRARY_PATH=/opt/lib
WatchdogSec=3s
UNIT

test_start
is "$(inside stat -c %U "/proc/$(show MainPID)")" reeve "not as root"

# --- reload ---
main=$(show MainPID)
drop_in reload <<<$'[Service]\nType=notify-reload\nExecReload='
ok "reload: Type=notify-reload returns" inside timeout 30 systemctl reload reeve.service || told
is "$(show ActiveState) $(show MainPID)" "active $main" "reload: the same process"
ok "reload: it was one" journal 'reloaded: 0 added'

# --- stuck, frozen ---
test_stuck
test_frozen "$(show MainPID)"
ok "systemd says why, both times" says_twice "Watchdog timeout"
drop_in loop <<<$'[Service]\nEnvironment=REEVE_WATCHDOG=loop\nWatchdogSec=1s'
inside systemctl restart reeve.service
main=$(show MainPID) was=$(show NRestarts)
rm "$work/flags/well"
ok "REEVE_WATCHDOG=loop: unhealthy" wait_until 30 is_show StatusText ^unhealthy
alive=$(show WatchdogTimestampMonotonic)
ok "REEVE_WATCHDOG=loop: and alive five spans later" wait_until 60 is_alive_later
is "$(show MainPID) $(show NRestarts)" "$main $was" "REEVE_WATCHDOG=loop: the same process"
touch "$work/flags/well"
inside rm /etc/systemd/system/reeve.service.d/loop.conf

# --- more time ---
inside systemctl stop reeve.service
is "$(show Result) $(show ExecMainStatus) $(show SubState)" "success 0 dead" "stop: success, status 0"
drop_in time <<<$'[Service]\nTimeoutStartSec=4s\nTimeoutStopSec=4s\nWatchdogSec=0'
unit slow.service <<'UNIT'
[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=60s
TimeoutStopSec=60s
ExecStart=cat /flags/go
ExecStop=cat /flags/go
UNIT
cat >"$units/default.target" <<'UNIT'
[Unit]
Wants=probed.service slow.service
UNIT
begin=$(uptime_now)
inside systemctl start --no-block reeve.service
wait_until 30 past 7
is "$(show ActiveState)" activating "a start that gets on has more time than TimeoutStartSec="
like "$(show StatusText)" '^starting: 1 of 2 units are up, waiting for slow.service$' "and says who is waited for"
timeout 10 tee "$work/flags/go" <<<go >/dev/null
ok "it ends well" wait_until 30 is_show ActiveState '^active$' || told
begin=$(uptime_now)
inside systemctl stop --no-block reeve.service
wait_until 30 past 7
is "$(show ActiveState)" deactivating "so has a stop that gets on"
like "$(show StatusText)" '^stopping: 1 of 2 units are down, waiting for slow.service$' "which says so, too"
timeout 10 tee "$work/flags/go" <<<go >/dev/null
ok "it ends" wait_until 30 is_show SubState '^dead$' || told
is "$(show Result) $(show ExecMainStatus)" "success 0" "well"
sed -i 's/^TimeoutStartSec=.*/TimeoutStartSec=infinity/' "$units/slow.service"
inside systemctl start --no-block reeve.service
ok "a start without limits of its own has no more than TimeoutStartSec=" wait_until 60 is_show Result '^timeout$' || told
inside systemctl stop reeve.service
rm "$units/slow.service"
cat >"$units/default.target" <<'UNIT'
[Unit]
Wants=probed.service
UNIT

# --- a unit that gives up ---
drop_in time <<<$'[Service]\nWatchdogSec=30'
unit fails.service <<'UNIT'
[Unit]
FailureAction=exit
[Service]
Type=oneshot
ExecStart=sh -c 'exit 7'
UNIT
cat >"$units/default.target" <<'UNIT'
[Unit]
Wants=probed.service fails.service
UNIT
not_ok "failure: start says so" inside systemctl start reeve.service
is "$(show ExecMainStatus)" 7 "failure: the status of the unit that gave up"
ok "failure: systemd tries again" wait_until 60 is_show SubState '^auto-restart' || told
rm "$units/fails.service"
cat >"$units/default.target" <<'UNIT'
[Unit]
Wants=probed.service
UNIT
ok "failure: and the next start succeeds" wait_until 60 is_show ActiveState '^active$' || told
inside systemctl stop reeve.service

# --- a cgroup of its own ---
drop_in time <<<$'[Service]\nDelegate=yes\nWatchdogSec=30'
ok "Delegate=yes: it starts" inside systemctl start reeve.service || told
group=/sys/fs/cgroup$(show ControlGroup)
is "$(inside sh -c "cd $group && ls -d */ | sort | tr -d '\n'")" init.scope/probed.service/reeve-health.service/reeve-log.service/ \
    "Delegate=yes: a cgroup for each service, and one for reeve"
probed=$(inside env REEVE_RUNTIME_DIR=/run/reeve LD_LIBRARY_PATH=/opt/lib reevectl show probed.service -p MainPID)
is "$(inside cat "$group/probed.service/cgroup.procs")" "${probed#MainPID=}" "Delegate=yes: with its processes in it"
inside systemctl stop reeve.service
is "$(show Result)" success "Delegate=yes: and a stop"
not_ok "Delegate=yes: nothing is left" inside test -e "$group"
done_testing
