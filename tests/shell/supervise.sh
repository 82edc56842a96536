#!/bin/bash
# reeve as a supervisor of small units, not as PID 1: order, readiness, restarts, exit statuses, strays, reload, control.
# quick: yes
# time limit: 180
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
chmod 0755 "$work"
# A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
build=$work/bin reeve=$work/bin/reeve ctl=$work/bin/reevectl
install -D -t "$build" "$built"/{reeve,reevectl,reeve-log,reeve-health}
install -D -t "$build/tests" "$built"/tests/tool_{linger,forge}
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:18390
pid=
user=()
# Whoever started as root becomes uid 1001; it must own where it writes, and reach what it runs.
as_owner() {
    mkdir -p "$work/run" "$work/state" "$work/out"
    chmod 0700 "$work/run"
    [[ $(id -u) != 0 ]] || chown 1001:1001 "$work/run" "$work/state" "$work/out"
}
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT
as_owner
# unit NAME <text: one unit of the set that is being made
unit() {
    mkdir -p "$units"
    cat >"$units/$1"
}
new_set() {
    units=$work/units.$1
    rm -rf "$units" "$work"/out/*
}
# begin: starts reeve in the background; $log is what it says
begin() {
    log=$work/log
    : >"$log"
    "$reeve" "${user[@]}" --units "$units" "$@" >"$log" 2>&1 &
    pid=$!
}
# finish: waits for its end; $status is how it ended
finish() {
    wait "$pid"
    status=$?
    pid=
}
stop() {
    kill -TERM "$pid"
    finish
}
run() {
    begin "$@"
    finish
}
says() {
    grep -q -- "$1" "$log"
}
show() {
    "$ctl" show "$1" -p "$2" | sed 's/^[^=]*=//'
}
is_state() {
    [[ $(show "$1" ActiveState) == "$2" ]]
}
# left: processes that carry the marker in their arguments
left() {
    pgrep -f "$1" | grep -v "^$$\$"
}
none_left() {
    ! left "$1" >/dev/null
}

# --- units that cannot be loaded ---
new_set broken
unit broken.service <<'UNIT'
[Service]
ExecStart=/bin/true
Restart=sometimes
UNIT
run
is "$status" 78 "a unit file with an error: exit status 78, CONFIG"
like "$(<"$log")" 'broken\.service:3:9: error: ' "the error names file, line and column"
run --target absent.target
is "$status" 78 "and nothing is started"
"$reeve" --units "$work/nowhere" >"$log" 2>&1
is $? 78 "a directory that is not there: exit status 78"
like "$(<"$log")" "$work/nowhere" "and its name"

# --- exit statuses ---
one() {
    new_set one
    unit one.service
    run
}
one <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'exit 7'
UNIT
is "$status" 7 "the only service fails with 7: so does the pod"
one <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'kill -KILL $$$$'
UNIT
is "$status" 137 "the only service is killed: 128 + 9"
one <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/true
UNIT
is "$status" 0 "a oneshot that succeeds: 0"
one <<'UNIT'
[Service]
ExecStart=/absent/program
UNIT
is "$status" 203 "a missing program: 203, EXEC"
like "$(<"$log")" 'one\.service:2:.*/absent/program.*does not exist' "named with unit and path"
one <<'UNIT'
[Service]
ExecStart=/bin/true
WorkingDirectory=/absent/directory
UNIT
is "$status" 200 "a missing working directory: 200, CHDIR"
like "$(<"$log")" '/absent/directory' "named with its path"
new_set one
unit one.service <<'UNIT'
[Service]
ExecStart=/bin/true
UNIT
mkdir "$units/one.service.d"
unit one.service.d/limit.conf <<'UNIT'
[Unit]
Description=Two lines, then
[Service]
LimitRTTIME=5s
UNIT
run
is "$status" 226 "what its sandbox cannot have: 226, NAMESPACE"
like "$(<"$log")" 'one\.service\.d/limit\.conf:4:1: error: LimitRTTIME=5000000us: ' "named with the file and line that asks for it"
one <<'UNIT'
[Service]
Type=notify
ExecStart=/bin/true
UNIT
is "$status" 76 "ended before it was ready: 76, PROTOCOL"
one <<'UNIT'
[Service]
Type=notify
TimeoutStartSec=500ms
ExecStart=/bin/sleep infinity
UNIT
is "$status" 124 "never ready: 124"
new_set state
unit one.service <<'UNIT'
[Service]
ExecStart=/bin/true
StateDirectory=blocked/below
UNIT
touch "$work/state/blocked"
run
is "$status" 238 "a state directory that cannot be made: 238, STATE_DIRECTORY"
like "$(<"$log")" "$work/state/blocked/below" "named with its path"
rm -f "$work/state/blocked"

# --- order and readiness ---
new_set order
for name in first second third; do
    unit $name.service <<UNIT
[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/sh -c 'systemd-notify --ready --status="$name is there"; exec sleep infinity'
UNIT
done
mkdir -p "$units/second.service.d" "$units/third.service.d"
printf '[Unit]\nRequires=first.service\nAfter=first.service\n' >"$units/second.service.d/10-order.conf"
printf '[Unit]\nRequires=second.service\nAfter=second.service\n' >"$units/third.service.d/10-order.conf"
begin
ok "all three are up" wait_until 20 says 'the pod is up'
is "$(grep -oE '(first|second|third).service: (starting|started)' "$log" | tr '\n' ,)" \
    'first.service: starting,first.service: started,second.service: starting,second.service: started,third.service: starting,third.service: started,' \
    "each starts when the one before is ready"
is "$(show first.service StatusText)" "first is there" "STATUS= is kept"
main=$(show first.service MainPID)
kill -KILL "$(show reeve-log.service MainPID)" "$(show reeve-health.service MainPID)"
helpers_back() {
    is_state reeve-log.service active && is_state reeve-health.service active &&
        [[ $(show reeve-log.service NRestarts) == 1 && $(show reeve-health.service NRestarts) == 1 ]]
}
ok "helpers that were killed come back" wait_until 10 helpers_back
is "$(show first.service MainPID)" "$main" "and no service was touched"
stop
is "$status" 0 "SIGTERM: an ordered stop is 0"
is "$(grep -oE '(first|second|third).service: stopped' "$log" | tr '\n' ,)" \
    'third.service: stopped,second.service: stopped,first.service: stopped,' "in reverse order"

# --- restarts ---
new_set restart
unit crash.service <<'UNIT'
[Unit]
StartLimitBurst=3
StartLimitIntervalSec=100
StartLimitAction=exit
[Service]
Restart=on-failure
RestartSec=50ms
ExecStart=/bin/sh -c 'echo a line before the crash; exit 9'
UNIT
unit other.service <<'UNIT'
[Service]
ExecStart=/bin/sleep infinity
UNIT
run
is "$status" 9 "when the restarts are used up, StartLimitAction=exit ends the pod with the service's status"
is "$(grep 'a line before the crash' "$log" | grep -vc 'said last')" 3 "after as many starts as StartLimitBurst= allows"
like "$(<"$log")" 'other.service: stopped' "and the others were stopped in order"

# --- units that start each other without an end ---
new_set endless
for pair in a:b b:a; do
    unit "${pair%:*}.service" <<UNIT
[Unit]
OnFailure=${pair#*:}.service
StartLimitIntervalSec=0
[Service]
EnvironmentFile=$work/absent
ExecStart=/bin/true
UNIT
done
unit keep.service <<'UNIT'
[Service]
ExecStart=/bin/sleep infinity
UNIT
begin
ok "no process can be started, and each failure starts another unit" wait_until 30 says 'without an end, pausing'
is "$("$ctl" is-active keep.service)" active "reeve answers all the same"
not_ok "and does not reload then" "$ctl" daemon-reload
is "$("$ctl" is-active keep.service)" active "nothing is lost by that"
stop
is "$status" 0 "and it stops when it is told to"

# --- strays ---
new_set strays
mark=reeve-stray-$$
ln -s "$(command -v sleep)" "$work/$mark"
cat >"$work/strays" <<SCRIPT
#!/bin/bash
# Own sessions, own process groups, double forks.
for i in 1 2 3; do
    setsid "$work/$mark" 100\$i &
done
(setsid bash -c '(setsid "$work/$mark" 1004 &)' &)
exec "$work/$mark" 1005
SCRIPT
# A service that does not want to go and forks all the while.
cat >"$work/storm" <<SCRIPT
#!/bin/bash
trap '' TERM
exec {quiet}<> <(:)
while :; do
    (setsid bash -c 'trap "" TERM; "$work/$mark" 1006 & wait' &)
    read -r -t 0.02 -u "\$quiet" _
done
SCRIPT
chmod +x "$work/strays" "$work/storm"
printf '[Service]\nExecStart=%s\n' "$work/strays" | unit strays.service
printf '[Service]\nTimeoutStopSec=1\nExecStart=%s\n' "$work/storm" | unit storm.service
begin
many_strays() {
    (($(left "$mark" | wc -l) >= 50))
}
ok "fifty strays are there" wait_until 20 many_strays
kill -TERM "$pid"
finish
ok "nothing that a service started outlives the stop" none_left "$mark"
is "$status" 124 "a stop that had to kill is not called clean: 124"

# --- Type=exec ---
new_set exec
printf '#!/nonexistent/interpreter\n' >"$work/script"
chmod +x "$work/script"
unit broken.service <<UNIT
[Service]
Type=exec
ExecStart=$work/script
UNIT
unit after.service <<'UNIT'
[Unit]
Requires=broken.service
After=broken.service
[Service]
ExecStart=/bin/sleep infinity
UNIT
run
is "$status" 203 "an exec that fails is a failed start"
not_ok "and what requires it is not started" says 'after.service: start'

# --- the seal ---
new_set seal
unit shed.service <<'UNIT'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'prlimit --pid $$$$ --rttime=1000000; echo shed: $$?'
UNIT
unit keep.service <<'UNIT'
[Service]
ExecStart=/bin/sleep infinity
UNIT
begin
ok "the services are up" wait_until 10 says 'the pod is up'
like "$(grep -i 'prlimit\|shed:' "$log")" 'Operation not permitted.*shed: 1' "a service cannot shed or change its seal"

# --- what a service must not be able to do ---
cat >"$work/rebel" <<SCRIPT
#!/bin/bash
kill -TERM $pid
kill -HUP $pid
kill -SEGV $pid
echo rebel has tried
sleep infinity
SCRIPT
chmod +x "$work/rebel"
# With ExecStop= there is no Landlock scope that would keep its signals off.
printf '[Service]\nExecStart=%s\nExecStop=/bin/true\n' "$work/rebel" | unit rebel.service
"$ctl" daemon-reload && "$ctl" start rebel.service
ok "a service sends TERM, HUP and SEGV to reeve" wait_until 10 says 'rebel has tried'
ok "it is named in the log" wait_until 10 says 'rebel.service: SIGTERM from process .* ignoring'
"$ctl" stop rebel.service
# Nor with a signal that does not say whose it is; 37 is SIGRTMIN+3.
cat >"$work/forger" <<SCRIPT
#!/bin/bash
for signal in 1 15 2 37; do
    for way in queue socket; do
        $build/tests/tool_forge \$way $pid \$signal || exit
    done
done
echo forger has tried
sleep infinity
SCRIPT
chmod +x "$work/forger"
printf '[Service]\nExecStart=%s\nExecStop=/bin/true\n' "$work/forger" | unit forger.service
"$ctl" daemon-reload
before=$(grep -c 'reloaded:' "$log")
"$ctl" start forger.service
ok "a service sends signals that hide their sender" wait_until 10 says 'forger has tried'
is_told() {
    "$build/tests/tool_forge" queue "$pid" 1
    says 'SIGHUP that was not sent by kill(2): who sent it is not known, ignoring'
}
ok "that is in the log" wait_until 10 is_told
is "$("$ctl" is-active keep.service) $(grep -c 'stopping in order' "$log")" "active 0" "and reeve does not stop"
is "$(grep -c 'reloaded:' "$log")" "$before" "nor reload"
"$ctl" stop forger.service
rm "$units/forger.service"
printf '[Service]\nNotifyAccess=all\nExecStart=%s notify %s\n' "$build/tests/tool_linger" "$work/run/notify" |
    unit linger.service
printf '[Service]\nExecStart=%s control %s\n' "$build/tests/tool_linger" "$work/run/control" | unit knock.service
"$ctl" daemon-reload && "$ctl" start linger.service knock.service
ok "services pass sockets that take hours to close" wait_until 10 says 'linger: linger: sent'
is "$("$ctl" is-active linger.service)" active "and reeve still answers"
"$ctl" stop linger.service knock.service
rm "$units/linger.service" "$units/knock.service"
rm "$units/rebel.service"
"$ctl" daemon-reload
kill -SEGV "$pid"
is "$("$ctl" is-active keep.service)" active "a fault signal that somebody sends is no fault"
"$reeve" --units "$units" >"$work/second" 2>&1
is $? 233 "a second reeve on the same runtime directory: exit status 233"
like "$(<"$work/second")" 'another reeve runs' "and says why"
is "$("$ctl" is-active keep.service)" active "the first one keeps its sockets"

# --- control ---
like "$("$ctl" list-units)" 'keep\.service +active +running' "reevectl lists the units"
not_ok "an unknown unit is an error" "$ctl" start absent.service
ok "stop one" "$ctl" stop keep.service
ok "is-active says no" test "$("$ctl" is-active keep.service)" = inactive
ok "a person stopped it: the pod stays" is_state shed.service active
ok "start it again" "$ctl" start keep.service
before=$(show keep.service MainPID)
ok "restart it" "$ctl" restart keep.service
ok "it is another process now" test "$before" != "$(show keep.service MainPID)"

# --- reload ---
cat >"$units/intruder.service" <<UNIT
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'REEVE_RUNTIME_DIR=$work/run $ctl stop keep.service; echo intruder: \$\$?'
UNIT
sed -i 's/^\[Service\]/[Unit]\nDescription=the keeper\n[Service]/' "$units/keep.service"
before=$(show keep.service MainPID)
kill -HUP "$pid"
ok "SIGHUP: what changed is told" wait_until 10 says 'reloaded: 1 added, 1 changed, 0 removed'
is "$(show keep.service MainPID)" "$before" "nothing was restarted"
is "$(show keep.service Description)" "the keeper" "the new text holds"
echo 'Restart=sometimes' >>"$units/keep.service"
not_ok "a reload with an error is refused" "$ctl" daemon-reload
is "$(show keep.service Description)" "the keeper" "and the old units stay"
sed -i '/sometimes/d' "$units/keep.service"
"$ctl" start intruder.service >/dev/null 2>&1
ok "a service that knocks at the control socket" wait_until 10 says 'intruder: [1-9]'
ok "is refused, and named in the log" says 'intruder.service: a process of this unit was refused'
ok "and changed nothing" is_state keep.service active
kill -KILL "$(show keep.service MainPID)"
finish
is "$status" 137 "when the last one is killed and not restarted, the pod ends with its status"
done_testing
