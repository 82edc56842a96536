#!/bin/bash
# PrivatePIDs= in a running pod: what the service sees is its own, what reeve sees is the service. Recorded from systemd
# 257 by hand: each process of the unit is the first of a namespace, but for commands with "+"; SIGTERM ends nobody who
# is that and does not ask for it; a MAINPID= from in there is a number of in there, and of nobody here.
# shellcheck disable=SC2016 # what the services run is for their own shell
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d /var/tmp/reeve-pids.XXXXXX)
chmod 0755 "$work"
reeve=$work/bin/reeve ctl=$work/bin/reevectl tool=$work/bin/tool_notify
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health,reeve-sandbox} "$built"/tests/tool_notify
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${PIDS_PORT:-18725}
out=$work/out units=$work/units log=$work/log
mkdir -p "$REEVE_RUNTIME_DIR" "$work/state" "$out" "$units"
chmod 0700 "$REEVE_RUNTIME_DIR"
as_user=(env)
if ((EUID == 0)); then
    as_user=(setpriv --reuid 1001 --regid 1001 --clear-groups --inh-caps=-all --bounding-set=-all)
    chown 1001:1001 "$REEVE_RUNTIME_DIR" "$work/state" "$out"
fi
pid=
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT
said=$("${as_user[@]}" "$work/bin/reeve-sandbox" --dry-run -p PrivatePIDs=yes 2>/dev/null | grep ^PrivatePIDs)
[[ $said == *": full"* ]] || skip_all "it cannot be had here: $said"

unit() {
    cat >"$units/$1"
}
script() {
    { printf '#!/bin/sh\ntool=%s out=%s\n' "$tool" "$out" && cat; } >"$work/bin/$1"
    chmod 0755 "$work/bin/$1"
}
show() {
    "$ctl" show "$1" -p "$2" | sed 's/^[^=]*=//'
}
is_show() {
    [[ $(show "$1" "$2") == "$3" ]]
}
says() {
    grep -q -- "$1" "$log"
}
gone() {
    ! kill -0 "$1" 2>/dev/null
}
inside_of() { # the number in the innermost namespace
    awk '/^NSpid:/ { print $NF }' "/proc/$1/status"
}

script main <<'SH'
echo $$ $SYSTEMD_EXEC_PID $WATCHDOG_PID >"$out/numbers"
ls -d /proc/[0-9]* >"$out/seen"
setsid -f sh -c 'trap exit TERM; while :; do sleep infinity & wait; done'
trap 'echo term >"$out/term"; exit 0' TERM
$tool READY=1 "STATUS=from inside"
$tool MAINPID=2
while :; do sleep infinity & wait; done
SH
script says <<'SH'
echo $$ $(kill -0 "$MAINPID" 2>/dev/null && echo reaches) >"$out/$1"
SH
unit main.service <<UNIT
[Service]
Type=notify
NotifyAccess=all
PrivatePIDs=yes
ProcSubset=pid
WatchdogSec=1000
ExecStartPre=$work/bin/says pre
ExecStart=$work/bin/main
ExecStartPost=$work/bin/says post
ExecStartPost=+$work/bin/says plus
TimeoutStartSec=20
UNIT
unit deaf.service <<UNIT
[Service]
PrivatePIDs=yes
ExecStart=sleep 1000
TimeoutStopSec=1
UNIT
printf '#!/absent/interpreter\n' >"$work/bin/broken"
chmod 0755 "$work/bin/broken"
unit broken.service <<UNIT
[Service]
Type=oneshot
PrivatePIDs=yes
ExecStart=$work/bin/broken
UNIT
unit default.target <<UNIT
[Unit]
Wants=main.service deaf.service
UNIT

"${as_user[@]}" "$reeve" --units "$units" >"$log" 2>&1 &
pid=$!
ok "the pod comes up: a sender in the namespace is heard" wait_until 30 says 'is up after' || diag "$(<"$log")"
is "$(show main.service StatusText)" "from inside" "what it says of itself"
is "$(<"$out/numbers")" "1 1 1" "it is process 1, and is told so"
is "$(<"$out/seen")" /proc/1 "and sees itself alone"
is "$(<"$out/pre")" 1 "ExecStartPre= is the first of a namespace of its own"
is "$(<"$out/post")" 1 "so is ExecStartPost=, which does not reach the main process"
like "$(<"$out/plus")" '^[0-9][0-9]+ reaches$' "with + it is outside"
main=$(show main.service MainPID)
((main > 1)) || { fail "there is a main process"; diag "$(<"$log")"; done_testing; }
is "$(inside_of "$main")" 1 "reeve knows the main process by its number outside, and MAINPID= of inside names nobody"
stray=$(pgrep -P "$main" -f 'trap exit TERM' | head -n 1)
ok "there is a process in a session of its own" test -n "$stray"
ok "it is listed" grep -q "$stray" <("$ctl" status main.service)
kill -KILL "$main"
ok "the death of the first process is that of all" wait_until 10 gone "$stray"
ok "and the service has failed" wait_until 10 is_show main.service ActiveState failed
is "$(show main.service Result)" signal "by the signal"
"$ctl" start main.service
"$ctl" stop main.service
is "$(cat "$out/term") $(show main.service Result)" "term success" "a stop tells who listens to it"
"$ctl" stop deaf.service
is "$(show deaf.service Result)" timeout "who does not is killed at the end, as in systemd"
"$ctl" start broken.service 2>/dev/null
is "$(show broken.service ExecMainStatus)" 203 "what fails in there is told"
like "$(grep 'broken.service: process' "$log")" 'process [0-9]{2,} failed at step EXEC' "by its number outside"
kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod stops" || diag "$(<"$log")"
pid=

# ---- reeve-sandbox stands in for it ----
sandbox=("${as_user[@]}" "$work/bin/reeve-sandbox" -p PrivatePIDs=yes --)
is "$("${sandbox[@]}" sh -c 'echo $$; exit 7'; echo $?)" "1
7" "reeve-sandbox: process 1, and its exit status"
"${sandbox[@]}" sh -c 'trap "exit 9" TERM; echo up >"$1"; while :; do sleep infinity & wait; done' sh "$out/up" &
front=$!
wait_until 10 test -s "$out/up"
kill -TERM "$front"
wait "$front"
is $? 9 "a signal is handed on"
"${sandbox[@]}" sleep infinity &
front=$!
first_of() { first=$(pgrep -P "$front") && [[ $(cat "/proc/$first/comm") == sleep ]]; }
wait_until 10 first_of
kill -KILL "$front"
ok "who kills it kills the command" wait_until 10 gone "$first"
if ((EUID == 0)); then
    "$work/bin/reeve-sandbox" -p PrivatePIDs=yes -p User=1500 -p SandboxPolicy=degrade -q -- sleep infinity &
    front=$!
    wait_until 10 first_of
    kill -KILL "$front"
    ok "also when that has become another user" wait_until 10 gone "$first"
else
    skip "not root" "also when that has become another user"
fi
# To the first process of a namespace the kernel does not pass on what it has no handler for: Ctrl-C would be for nothing.
for signal in INT TERM HUP; do
    "${sandbox[@]}" env --default-signal=INT sleep infinity &
    front=$!
    wait_until 10 first_of
    kill -"$signal" "$front"
    if wait_until 10 gone "$first"; then
        wait "$front"
        is $? "$((128 + $(kill -l "$signal")))" "SIG$signal ends what has no handler for it"
    else
        fail "SIG$signal ends what has no handler for it"
        kill -KILL "$front"
    fi
done
# A terminal sends it to both: a program that is asked twice may take that for "at once".
script counts <<'SH'
trap 'echo asked >>"$out/asked"' INT
trap 'exit 9' TERM
echo $$ >"$out/counts"
while :; do sleep infinity & wait; done
SH
if type -P script >/dev/null; then
    mkfifo "$work/keys"
    env --default-signal=INT script -qec "exec ${sandbox[*]} $work/bin/counts" /dev/null <>"$work/keys" >/dev/null &
    terminal=$!
    wait_until 10 test -s "$out/counts"
    printf '\003' >"$work/keys"
    wait_until 10 test -s "$out/asked"
    kill -TERM "$(pgrep -P "$terminal")"
    wait "$terminal"
    is $? 9 "a command at a terminal ends as it wants to"
    is "$(<"$out/asked")" asked "and gets Ctrl-C once"
else
    skip "no script(1)" "Ctrl-C at a terminal"
fi
"${sandbox[@]}" nohup sleep infinity >/dev/null 2>&1 &
front=$!
wait_until 10 first_of
kill -HUP "$front"
kill -TERM "$front"
if wait_until 10 gone "$first"; then
    wait "$front"
    is $? 143 "but not what ignores it: then the next one does"
else
    fail "but not what ignores it: then the next one does"
    kill -KILL "$front"
fi
done_testing
