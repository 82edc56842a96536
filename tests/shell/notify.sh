#!/bin/bash
# What services say by sd_notify(3), what they leave in the descriptor store, what they are told in their environment.
# quick: yes
# shellcheck disable=SC2016 # what is told to the speaker is for its own shell
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
. tests/shell/small_lib.sh
small_pod "${NOTIFY_PORT:-18720}" tests/tool_notify
tool=$work/bin/tool_notify
# script NAME: a shell script that a service runs; $tool and $out are known to it
script() {
    { printf '#!/bin/sh\ntool=%s out=%s\n' "$tool" "$out" && cat; } >"$work/bin/$1"
    chmod 0755 "$work/bin/$1"
}
says() {
    grep -q -- "$1" "$log"
}
has() {
    [[ -s $out/$1 ]]
}
got() {
    sed -n "s/^$2=//p" "$out/$1"
}

# --- units ---
# Always there, and told things to by this test: whoever runs below it is its own.
# Both ends of the fifo stay open at both sides: whoever opens it anew for each line may still meet the writer of the
# last one, and then reads the end of the file.
script speaker <<'SH'
mkfifo "$out/speak" && $tool READY=1
while read -r line; do
    eval "$line"
    echo done >"$out/spoken"
done <>"$out/speak"
SH
unit speaker.service <<UNIT
[Service]
Type=notify
NotifyAccess=all
ExecStart=$work/bin/speaker
UNIT
speak() {
    rm -f "$out/spoken"
    echo "$1" >&"$fifo"
    wait_until 10 has spoken || fail "the speaker has done: $1"
}

script store <<'SH'
n=$(cat "$out/starts" 2>/dev/null || echo 0)
echo $((n + 1)) >"$out/starts"
{
    env
    for fd in 3 4 5 6 7; do
        link=$(readlink /proc/$$/fd/$fd) && echo "FD$fd=$link"
    done
} >"$out/store.$((n + 1))"
[ "$n" = 0 ] || exec tail -f /dev/null
echo kept >"$out/kept"
$tool --file "$out/kept" --twice FDSTORE=1 FDNAME=first
$tool --pipe FDSTORE=1 FDNAME=ends
$tool --broken-pipe FDSTORE=1 FDNAME=broken
$tool --broken-pipe FDSTORE=1 FDPOLL=0 FDNAME=unpolled
$tool --file "$out/kept" FDSTORE=1 FDNAME=removed
$tool FDSTOREREMOVE=1 FDNAME=removed
$tool --file "$out/kept" FDSTORE=1
$tool --file "$out/kept" FDSTORE=1 FDNAME=no-room
exec tail -f /dev/null
SH
unit store.service <<UNIT
[Service]
NotifyAccess=all
FileDescriptorStoreMax=5
Restart=on-failure
RestartSec=0
ExecStart=$work/bin/store
UNIT

script tell <<'SH'
env >"$out/$1"
SH
unit told.service <<UNIT
[Service]
Type=exec
WatchdogSec=50s
PIDFile=$work/run/told.pid
Environment=FROM=unit
EnvironmentFile=$work/told.env
ExecStartPre=$work/bin/tell told.pre
ExecStart=/bin/sh -c '$work/bin/tell told.main; echo \$\$\$\$ >$work/run/told.pid; exec tail -f /dev/null'
ExecStartPost=$work/bin/tell told.post
ExecStop=$work/bin/tell told.stop
ExecStopPost=+$work/bin/tell told.stop-post
UNIT
echo FROM=file >"$work/told.env"
unit quiet.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=$work/bin/tell quiet.main
UNIT
unit every.service <<UNIT
[Service]
NotifyAccess=all
Type=oneshot
RemainAfterExit=yes
ExecStartPre=$work/bin/tell every.pre
ExecStart=$work/bin/tell every.main
UNIT
unit fails.service <<UNIT
[Unit]
OnFailure=handler.service
[Service]
ExecStart=/bin/sh -c 'printenv INVOCATION_ID >$out/fails.id; exit 3'
UNIT
unit handler.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStartPre=$work/bin/tell handler.pre
ExecStart=$work/bin/tell handler.main
ExecStartPost=$work/bin/tell handler.post
UNIT
unit default.target <<UNIT
[Unit]
Wants=speaker.service told.service quiet.service every.service store.service
UNIT

"$reeve" --units "$units" >"$log" 2>&1 &
pid=$!
ok "the pod comes up" wait_until 20 says 'is up after'

# --- what is said ---
exec {fifo}<>"$out/speak"
speak '$tool "STATUS=two words"'
is "$(show speaker.service StatusText)" "two words" "STATUS= is shown"
speak "printf 'STATUS=a\\tb\\n' | \$tool raw"
is "$(show speaker.service StatusText)" "a b" "its control characters are not"
speak "printf 'STATUS=\\377\\n' | \$tool raw"
is "$(show speaker.service StatusText)" "" "text that is no UTF-8 takes the old one away, as in systemd"
speak '$tool "STATUS=a b"'
speak "printf 'STATUS=nul\\000here' | \$tool raw"
is "$(show speaker.service StatusText)" "a b" "so is a message with a NUL inside"
speak "head -c 4097 /dev/zero | tr '\\000' x | \$tool raw"
speak ": | \$tool raw"
is "$(show speaker.service StatusText)" "a b" "and one that is too long, or empty"
speak '$tool "STATUS=extra" BARRIER=1'
is "$(show speaker.service StatusText)" "a b" "whatever comes with BARRIER=1 is ignored"
speak '$tool many 253 "STATUS=many"'
is "$(show speaker.service StatusText)" "many" "descriptors that nobody asked for are closed"
fds_of_reeve() {
    find "/proc/$pid/fd" -mindepth 1 | wc -l
}
before=$(fds_of_reeve)
speak 'for i in 1 2 3 4 5; do $tool many 253 FDSTORE=1; done'
# One more may be a connection of reevectl that was just being closed.
are_fds_at_most() {
    (($(fds_of_reeve) <= $1))
}
ok "without FileDescriptorStoreMax= none is kept" wait_until 10 are_fds_at_most "$before"
speak '$tool NOTIFYACCESS=none; $tool STATUS=refused'
is "$(show speaker.service StatusText)" "many" "NOTIFYACCESS=none: from now on nothing is heard"

# --- the store ---
# The log may have no line about it: it has one a second about refused messages, whoever sent them.
has_filled() {
    [[ $(<"/proc/$(show store.service MainPID)/comm") == tail ]]
}
ok "a service fills its store" wait_until 20 has_filled
is "$(show store.service NFileDescriptorStore)" 5 "which holds as much as it may"
not_ok "at first there was nothing to pass on" grep -q ^LISTEN_ "$out/store.1"
main=$(show store.service MainPID)
kill -KILL "$main"
ok "it is killed and started again" wait_until 20 has store.2
wait_until 5 grep -q ^FD7= "$out/store.2"
is "$(got store.2 LISTEN_FDS)" 5 "it gets its five descriptors"
is "$(got store.2 LISTEN_FDNAMES)" stored:unpolled:ends:ends:first "by name, the last one first, without doubles, hung-up and removed ones"
is "$(got store.2 LISTEN_PID)" "$(show store.service MainPID)" "\$LISTEN_PID is its own"
is "$(got store.2 FD3)" "$out/kept" "from descriptor 3 on"
like "$(got store.2 FD4)" '^pipe:' "a pipe"
is "$(got store.2 FD7)" "$out/kept" "to the last one"
"$ctl" restart store.service
ok "a restart keeps them" wait_until 20 grep -q ^FD7= "$out/store.3"
"$ctl" daemon-reload
"$ctl" restart store.service
ok "so does a reload of the units" wait_until 20 grep -q ^FD7= "$out/store.4"
"$ctl" stop store.service
"$ctl" start store.service
ok "it starts after a stop" wait_until 20 has store.5
not_ok "with an empty store" grep -q ^LISTEN_ "$out/store.5"

# --- what is told ---
like "$(got told.main INVOCATION_ID)" '^[0-9a-f]{32}$' "\$INVOCATION_ID is 128 bits"
first=$(got told.main INVOCATION_ID)
is "$(got told.pre INVOCATION_ID)" "$first" "the same for ExecStartPre="
is "$(got told.post INVOCATION_ID)" "$first" "and ExecStartPost="
is "$(got told.main WATCHDOG_USEC)" 50000000 "\$WATCHDOG_USEC"
like "$(got told.main WATCHDOG_PID)" '^[0-9]+$' "\$WATCHDOG_PID"
not_ok "a control process is watched by no watchdog" grep -q ^WATCHDOG_ "$out/told.pre"
is "$(got told.main PIDFILE)" "$work/run/told.pid" "\$PIDFILE"
is "$(got told.main FROM)" file "EnvironmentFile= beats Environment="
is "$(got told.main NOTIFY_SOCKET)" "$work/run/notify" "\$NOTIFY_SOCKET for a main process: WatchdogSec= lets it speak"
not_ok "but not for its control process" grep -q ^NOTIFY_SOCKET= "$out/told.pre"
not_ok "and not without NotifyAccess=" grep -q ^NOTIFY_SOCKET= "$out/quiet.main"
is "$(got every.pre NOTIFY_SOCKET)" "$work/run/notify" "NotifyAccess=all: also for a control process"
is "$(got told.post MAINPID)" "$(show told.service MainPID)" "\$MAINPID for ExecStartPost="
not_ok "no \$SERVICE_RESULT before the end" grep -q ^SERVICE_RESULT= "$out/told.post"
"$ctl" stop told.service
is "$(got told.stop SERVICE_RESULT)" success "\$SERVICE_RESULT for ExecStop="
is "$(got told.stop-post EXIT_STATUS)" TERM "\$EXIT_STATUS for ExecStopPost="
is "$(got told.stop-post INVOCATION_ID)" "$first" "the same invocation until the end"
like "$(got told.main SYSTEMD_EXEC_PID)" '^[0-9]+$' "\$SYSTEMD_EXEC_PID"
"$ctl" start told.service
is_another() {
    [[ $(got told.main INVOCATION_ID) =~ ^[0-9a-f]{32}$ && $(got told.main INVOCATION_ID) != "$first" ]]
}
ok "a new one with the next start" wait_until 10 is_another

"$ctl" start fails.service >/dev/null 2>&1
ok "OnFailure= starts the other" wait_until 10 has handler.post
is "$(got handler.main MONITOR_SERVICE_RESULT) $(got handler.main MONITOR_EXIT_CODE) $(got handler.main MONITOR_EXIT_STATUS)" \
    "exit-code exited 3" "\$MONITOR_SERVICE_RESULT and its like"
is "$(got handler.pre MONITOR_UNIT)" fails.service "\$MONITOR_UNIT, also for ExecStartPre="
is "$(got handler.main MONITOR_INVOCATION_ID)" "$(<"$out/fails.id")" "\$MONITOR_INVOCATION_ID"
not_ok "ExecStartPost= is not told" grep -q ^MONITOR_ "$out/handler.post"

kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod stops"
pid=
done_testing
