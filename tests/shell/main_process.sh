#!/bin/bash
# Which process is the main one, when reeve did not start it itself: Type=forking, PIDFile=, MAINPID=; and what is left of
# those that were given up.
# quick: yes
# shellcheck disable=SC2016 # scripts of services expand for themselves
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
. tests/shell/small_lib.sh
small_pod "${MAIN_PORT:-18721}" tests/tool_notify
tool=$work/bin/tool_notify
script() {
    { printf '#!/bin/sh\ntool=%s out=%s\n' "$tool" "$out" && cat; } >"$work/bin/$1"
    chmod 0755 "$work/bin/$1"
}
says() {
    grep -q -- "$1" "$log"
}

script guess <<'SH'
tail -f /dev/null &
echo $! >"$out/guess"
SH
unit guess.service <<UNIT
[Service]
Type=forking
ExecStart=$work/bin/guess
UNIT

script two <<'SH'
tail -f /dev/null &
echo $! >"$out/two.1"
tail -f /dev/null &
echo $! >"$out/two.2"
SH
unit two.service <<UNIT
[Service]
Type=forking
ExecStart=$work/bin/two
UNIT

# The file comes long after the parent has gone, in a directory that is not there yet.
script late <<'SH'
(
    read -r _ <"$out/go"
    mkdir -p "$out/late.d"
    echo 1 >"$out/late.d/pid"
    tail -f /dev/null &
    echo $! >"$out/late.d/pid.new"
    mv "$out/late.d/pid.new" "$out/late.d/pid"
    wait
) &
SH
unit late.service <<UNIT
[Service]
Type=forking
PIDFile=$out/late.d/pid
ExecStart=$work/bin/late
UNIT

script foreign <<'SH'
tail -f /dev/null &
cp "$out/guess" "$out/foreign.pid"
SH
unit foreign.service <<UNIT
[Unit]
After=guess.service
[Service]
Type=forking
TimeoutStartSec=1
PIDFile=$out/foreign.pid
ExecStart=$work/bin/foreign
UNIT
unit gone.service <<UNIT
[Service]
Type=forking
PIDFile=$out/gone.pid
ExecStart=/bin/sh -c 'true & exit 0'
UNIT
unit post.service <<UNIT
[Service]
Type=forking
PIDFile=$out/post.pid
ExecStart=$work/bin/post
ExecStartPost=/bin/cp $out/post $out/post.pid
UNIT
script post <<'SH'
tail -f /dev/null &
echo $! >"$out/post"
SH

# A main process whose parent goes on living, and reaps it.
script alien <<'SH'
trap '' TERM
tail -f /dev/null &
echo $! >"$out/alien"
$tool READY=1 MAINPID=$!
$tool "MAINPID=$(cat "$out/guess")"
$tool MAINPID=1
wait
tail -f /dev/null
SH
unit alien.service <<UNIT
[Unit]
After=guess.service
[Service]
Type=notify
NotifyAccess=all
TimeoutStopSec=2
ExecStart=$work/bin/alien
UNIT

# It outlives its stop and its unit file, and asks for things then.
script left <<SH
(
    read -r _ <"$out/ask"
    "$ctl" stop keep.service >"$out/answer" 2>&1
    kill -TERM "\$(cat "$out/reeve")"
    echo done >"$out/asked"
    tail -f /dev/null
) &
exec tail -f /dev/null
SH
unit left.service <<UNIT
[Service]
KillMode=process
ExecStart=$work/bin/left
UNIT

# A main process that is not our child and outlives its stop.
script stubborn <<'SH'
(
    trap '' TERM
    echo >"$out/stubborn.ready"
    while :; do read -r _ <"$out/never"; done
) &
echo $! >"$out/stubborn"
read -r _ <"$out/stubborn.ready"
$tool READY=1 MAINPID=$!
trap '' TERM
wait
tail -f /dev/null
SH
unit stubborn.service <<UNIT
[Service]
Type=notify
NotifyAccess=all
KillMode=process
SendSIGKILL=no
TimeoutStopSec=200ms
ExecStart=$work/bin/stubborn
UNIT
unit keep.service <<UNIT
[Service]
ExecStart=/bin/sh -c 'exec tail -f /dev/null'
UNIT
unit default.target <<UNIT
[Unit]
Wants=keep.service
UNIT
mkfifo -m 0666 "$out"/{go,ask,never,stubborn.ready}
start() {
    "$ctl" start "$1" >/dev/null 2>&1
}

"$reeve" --units "$units" >"$log" 2>&1 &
pid=$!
ok "the pod comes up" wait_until 20 says 'is up after'

start guess.service
is "$(show guess.service MainPID)" "$(<"$out/guess")" "the only process left is guessed to be the main one"
kill -KILL "$(<"$out/guess")"
ok "and its end is the service's" wait_until 10 is_show guess.service Result signal
start guess.service

start two.service
is "$(show two.service MainPID) $(show two.service SubState)" "0 running" "of two processes none is guessed"
kill -KILL "$(<"$out/two.1")"
kill -KILL "$(<"$out/two.2")"
ok "the service ends with the last of them" wait_until 10 is_show two.service SubState dead
is "$(show two.service Result)" success "well, since nobody knows better"

"$ctl" start --no-block late.service
ok "a pid file is waited for" wait_until 10 is_show late.service SubState start
echo go >"$out/go"
ok "until it is there, and names a process of the unit" wait_until 10 is_show late.service SubState running
is "$(show late.service MainPID)" "$(<"$out/late.d/pid")" "which is the main one"
"$ctl" stop late.service
not_ok "the file is removed after the stop" test -e "$out/late.d/pid"

start post.service
is "$(show post.service MainPID)" "$(<"$out/post")" "a pid file that only ExecStartPost= writes"

start foreign.service
is "$(show foreign.service Result)" timeout "a pid file with another unit's process is not believed"
is "$(show guess.service SubState)" running "and the other unit goes on"
start gone.service
is "$(show gone.service Result)" protocol "no process left that could write the file"

start alien.service
main=$(<"$out/alien")
is "$(show alien.service MainPID)" "$main" "MAINPID= names a grandchild, and nobody else's process"
ok "whoever else is named is told of" wait_until 10 says 'alien.service: .*does not belong to the unit'
kill -KILL "$main"
ok "its end is noticed, though its parent lives" wait_until 10 is_show alien.service ActiveState failed
is "$(show alien.service Result)" signal "and how it ended"
ok "its parent does not outlive it" wait_until 10 is_show alien.service SubState failed

start left.service
start stubborn.service
stubborn=$(<"$out/stubborn")
is "$(show stubborn.service MainPID)" "$stubborn" "a main process that ignores its stop"
"$ctl" stop left.service stubborn.service >/dev/null 2>&1
ok "it is given up" wait_until 10 is_show stubborn.service MainPID 0
rm "$units/left.service"
ok "units are read again" "$ctl" daemon-reload
kill -KILL "$stubborn"
# When the kernel has told that end, it is told no more.
spent() {
    awk '{ print int($1 / 1000000) }' "/proc/$pid/schedstat"
}
before=$(spent)
exec 9<> <(:)
read -r -t 0.5 -u 9 _
spent=$(($(spent) - before))
ok "the end of one that was given up keeps reeve busy for no longer than a moment" test "$spent" -lt 200 || diag "$spent ms of 500"
echo "$pid" >"$out/reeve"
echo go >"$out/ask"
ok "what a unit that is no more has left asks" wait_until 10 test -s "$out/asked"
is "$(show keep.service SubState)" running "and is not heard" || diag "$(<"$out/answer")"
ok "nor its signal" wait_until 10 says 'a unit that is no more: SIGTERM from process'

kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod stops"
pid=
done_testing
