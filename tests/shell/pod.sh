#!/bin/bash
# time limit: 480
# lock: pod
# The flagship pod as `make run` starts it: in namespaces of its own, without a container engine. Root;
# the standard ports are those of a network namespace of its own.
self=$(realpath "$0")
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/shell/pod_lib.sh
. tests/shell/pod_lib.sh
build=${BUILD:-build} # as make knows it: another word for it would mean other flags, and compiling anew
BUILD=$(realpath "$build")

[[ $EUID == 0 ]] || skip_all "only root can look into the pod's processes (sudo make check)"
own_network "$self"

# Not below /tmp: reeve puts a fresh one over it.
pod_work=$(mktemp -d /var/tmp/reeve-test.XXXXXX)
chmod 755 "$pod_work"
state=$pod_work/state
mkdir "$pod_work/open" && chmod 1777 "$pod_work/open"
occupant=
clean_up() {
    local pid
    for pid in ${pod_pid1:-} ${occupant:-}; do
        kill -9 "$pid" 2>/dev/null
    done
    rm -rf "$pod_work"
}
trap clean_up EXIT

# One that is meant to end at once may never be seen.
is_begun() {
    find_pid1 || launcher_done
}

# start COMMAND...: in the background; the log is a file.
start() {
    pod_pid1='' pod_log=$pod_work/log.$((++starts))
    "$@" >"$pod_log" 2>&1 </dev/null &
    pod_launcher=$!
    if ! wait_until 60 is_begun || [[ -z $pod_pid1 ]]; then
        diag "no reeve below the launcher: $(tail -n 20 "$pod_log")"
    fi
}

stop_quietly() {
    [[ -z $pod_pid1 ]] || kill -TERM "$pod_pid1" 2>/dev/null
    wait_until 15 launcher_done || kill -9 "$pod_pid1"
    wait "$pod_launcher"
}

# ---- the pod --------------------------------------------------------------------------------------------------------
start env REEVE_STATE="$state" make --no-print-directory BUILD="$build" run
if wait_healthy 90 "make run: the pod is healthy"; then
    check_all_running
    check_privileges
    check_screenshot
    for unit in "${pod_units[@]}" "${pod_helpers[@]}"; do
        check_kill "$unit"
    done
    check_redis_writes
    check_privileges
    check_stop kill -TERM "$pod_pid1"
else
    stop_quietly
fi

# ---- what hangs ------------------------------------------------------------------------------------------------------
# The pod's own units, but their probes do not take half a minute to be sure.
cp -rL units/pod "$pod_work/hang"
sed -i 's/^HealthInterval=.*/HealthInterval=300ms/; s/^HealthTimeout=.*/HealthTimeout=500ms/' "$pod_work"/hang/{xvfb,chromium}.service
start env REEVE_STATE="$pod_work/hang-state" "$BUILD/reeve" --isolate --units "$pod_work/hang" --target chromium.service
if wait_healthy 60 "Xvfb and Chromium alone are healthy"; then
    for unit in chromium xvfb; do
        check_hang "$unit"
    done
fi
stop_quietly

# ---- writing outside one's state --------------------------------------------------------------------------------------
try_units units/pod "$pod_work/try" "$state" / /usr /etc /var /var/tmp /home /opt "$pod_work/open" "$pod_work" "$PWD"
start env REEVE_STATE="$state" "$BUILD/reeve" --isolate --units "$pod_work/try"
check_tries
stop_quietly

# ---- what a service leaves behind ---------------------------------------------------------------------------------------
# A daemon's double fork: two setsid(), each time the parent goes away; one of the two does not care for SIGTERM.
mkdir "$pod_work/stray"
cat >"$pod_work/stray/stray.sh" <<'EOS'
(setsid sh -c 'setsid tail -f /dev/null & exit' & exit)
(setsid sh -c 'trap "" TERM HUP; setsid tail -f /dev/null & exit' & exit)
exec tail -q -f /dev/null
EOS
cat >"$pod_work/stray/stray.service" <<EOS
[Service]
ExecStart=/bin/sh $pod_work/stray/stray.sh
TimeoutStopSec=2
EOS
cat >"$pod_work/stray/other.service" <<EOS
[Service]
ExecStart=/usr/bin/tail -v -f /dev/null
EOS

# running COMMAND LINE: the pids in the pod that run exactly this.
running() {
    local pid
    for pid in $(pod_pids); do
        [[ $(tr '\0' ' ' <"/proc/$pid/cmdline") != "$* " ]] || echo "$pid"
    done 2>/dev/null
}
strays_run() {
    [[ $(running tail -f /dev/null | wc -l) == 2 && -n $(running tail -q -f /dev/null) ]]
}
no_stray() {
    [[ -z $(running tail -f /dev/null) ]]
}

start env REEVE_STATE="$pod_work/stray-state" "$BUILD/reeve" --isolate --units "$pod_work/stray"
ok "a service daemonised two processes into sessions of their own" wait_until 20 strays_run || diag "$(cat "$pod_log")"
kill -TERM "$(running tail -q -f /dev/null)"
ok "when its main process ends, they are gone too" wait_until 20 no_stray || diag "$(tail -n 20 "$pod_log")"
ok "and the other service still runs" test -n "$(running /usr/bin/tail -v -f /dev/null)"
stop_quietly

# Without a PID namespace nothing but the seal can find them.
pod_log=$pod_work/log.subreaper
# A copy of the programs: the clone may lie below a directory that is closed to others.
install -D -t "$pod_work/bin" "$BUILD/reeve" "$BUILD/reeve-log" "$BUILD/reeve-health"
setpriv --reuid 1001 --regid 1001 --clear-groups env HOME=/nonexistent REEVE_STATE="$pod_work/open/stray-state" \
    "$pod_work/bin/reeve" --units "$pod_work/stray" >"$pod_log" 2>&1 </dev/null &
pod_launcher=$! pod_pid1=$!
ok "reeve as an ordinary process and user: the service daemonised, too" wait_until 20 strays_run || diag "$(cat "$pod_log")"
mapfile -t strays < <(running tail -f /dev/null)
stop_quietly
is "$?" 124 "SIGTERM to it: exit status 124, since a process that ignored SIGTERM had to be killed"
left=
for pid in "${strays[@]}"; do
    [[ ! -e /proc/$pid ]] || left+="$pid "
done
is "$left" "" "SIGTERM to it: ${#strays[@]} processes in sessions of their own are gone"

# ---- mistakes -----------------------------------------------------------------------------------------------------------
# bad NAME STATUS REGEX: the pod in $pod_work/NAME ends by itself with STATUS and has one line that says why.
bad() {
    local status
    start "$BUILD/reeve" --isolate --state "$pod_work/bad-state" --units "$pod_work/$1"
    ok "$1: the pod ends by itself" wait_until 60 launcher_done || kill -9 "$pod_pid1"
    wait "$pod_launcher"
    status=$?
    is "$status" "$2" "$1: exit status $2"
    ok "$1: a line says what, where and why" grep -E "$3" "$pod_log" || diag "$(cat "$pod_log")"
    diag "$(grep -m 2 -E "$3" "$pod_log")"
}

mkdir "$pod_work/missing-program" "$pod_work/missing-directory"
cat >"$pod_work/missing-program/absent.service" <<EOS
[Unit]
FailureAction=exit
[Service]
ExecStart=/nonexistent/program
EOS
cat >"$pod_work/missing-directory/absent.service" <<EOS
[Unit]
FailureAction=exit
[Service]
WorkingDirectory=/nonexistent/directory
ExecStart=/usr/bin/tail -f /dev/null
EOS
bad missing-program 203 'absent\.service.*/nonexistent/program'
bad missing-directory 200 'absent\.service.*/nonexistent/directory'

mkdir "$pod_work/occupied"
redis-server --port 8080 --bind 0.0.0.0 --protected-mode no --save '' --appendonly no --dir "$pod_work/occupied" >/dev/null 2>&1 &
occupant=$!
cp -rL units/pod "$pod_work/port-in-use"
ok "somebody else listens on port 8080" wait_until 10 redis-cli -p 8080 ping
bad port-in-use 1 'datahub.*8080.*(in use|taken|occupied)'
kill "$occupant"
wait "$occupant"
occupant=

# ---- an ordinary user, installed ------------------------------------------------------------------------------------------
ok "make install" make --no-print-directory BUILD="$build" DESTDIR="$pod_work/root" PREFIX=/usr install
mkdir "$pod_work/user-state" && chown 1500:1500 "$pod_work/user-state"
start setpriv --reuid 1500 --regid 1500 --clear-groups env HOME=/nonexistent REEVE_STATE="$pod_work/user-state" \
    "$pod_work/root/usr/bin/reeve" --isolate --units "$pod_work/root/usr/lib/reeve/pod"
if wait_healthy 90 "as user 1500, from an installed tree: the pod is healthy"; then
    check_all_running
    check_privileges
    check_kill redis
    check_kill reeve-health
    check_stop kill -TERM "$pod_pid1"
else
    stop_quietly
fi
done_testing
