#!/bin/bash
# Descriptors whose close waits for as long as their sender said: a service gives PID 1 many of them, or one while no process can
# be had that closes it. PID 1 answers all the time, restarts what ends, and has none of them in the end.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
. tests/shell/small_lib.sh
end() {
    # Where PID 1 hangs nobody else ends these, and what they have on its way counts for all of their user.
    [[ -z $pid ]] || pkill -KILL -P "$pid"
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
small_pod "${LINGER_PORT:-18775}" tests/tool_descriptors tests/tool_notify
# No more than eight of the messages would fit in.
table=2048
(($(ulimit -Hn) >= table)) || skip_all "no more than $(ulimit -Hn) descriptors"

# attacker NAME ARGUMENTS: one that is not heard (NotifyAccess=none) and begins when told, since it then takes no process of reeve's
attacker() {
    mkfifo -m 666 "$out/$1.go"
    unit "$1.service" <<UNIT
[Service]
Environment=NOTIFY_SOCKET=$work/run/notify
ExecStart=/bin/sh -c 'read -r go <$out/$1.go; exec $work/bin/tool_descriptors $2 >$out/$1.told'
UNIT
}
attacker many "12 252"
attacker hidden "12 252 hidden"
attacker one "1 0"
attacker full "1 252"
unit other.service <<UNIT
[Service]
ExecStart=/bin/sleep infinity
Restart=always
RestartSec=0
UNIT
unit heard.service <<UNIT
[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/sh -c '$work/bin/tool_notify READY=1; exec sleep infinity'
UNIT
(
    ulimit -n "$table"
    exec "$reeve" --units "$units"
) >"$log" 2>&1 &
pid=$!
ok "the pod comes up" wait_until 20 grep -q 'is up after' "$log"

# limit_reeve OPTION...: as its own user, which needs no right for that
limit_reeve() {
    local as=()
    [[ $(id -u) != 0 ]] || as=(setpriv --reuid=1001 --regid=1001 --clear-groups)
    "${as[@]}" prlimit --pid "$pid" "$@"
}
fds_of_reeve() {
    find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l
}
are_fds_at_most() {
    (($(fds_of_reeve) <= $1))
}
answers() {
    [[ $(timeout 5 "$ctl" show other.service -p ActiveState --value) == active ]]
}
restarts() {
    local main
    main=$(timeout 5 "$ctl" show other.service -p MainPID --value)
    kill -KILL "$main" && wait_until 10 is_another "$main"
}
is_another() {
    local main
    main=$(timeout 5 "$ctl" show other.service -p MainPID --value)
    [[ -n $main && $main != 0 && $main != "$1" ]]
}
# attack NAME TEXT
attack() {
    echo go >"$out/$1.go"
    ok "$2" wait_until 20 grep -q sent "$out/$1.told"
}
before=$(($(fds_of_reeve) + 1)) # a connection of reevectl may just be being closed

attack many "a service gives more descriptors than PID 1 has room for, one of each message lingers"
ok "PID 1 answers" answers
ok "and restarts what ends" restarts
ok "it is free of all of them" wait_until 20 are_fds_at_most "$before"

attack hidden "the same with sockets inside of sockets"
ok "PID 1 answers" answers
ok "and restarts what ends" restarts
ok "it is free of all of them" wait_until 20 are_fds_at_most "$before"

soft=$(limit_reeve --nproc --noheadings -o SOFT)
limit_reeve --nproc=1:
attack one "one comes while PID 1 can have no process"
ok "it answers" answers
attack full "and a whole message of them"
ok "it answers" answers
limit_reeve --nproc="$soft":
ok "with processes again it is free of them" wait_until 20 are_fds_at_most "$before"
ok "and restarts what ends" restarts
ok "a service that tells when it is ready is heard" timeout 20 "$ctl" restart heard.service

# The table is all but full: what comes with descriptors is dropped, all else is heard.
limit_reeve --nofile="$((before + 100)):"
ok "with too little room for a message of descriptors, a service is heard that sends none or few" \
    timeout 20 "$ctl" restart heard.service
rm "$out/many.told"
"$ctl" restart many.service
attack many "what does not fit is sent"
ok "PID 1 answers" answers
ok "and is free of them" wait_until 20 are_fds_at_most "$before"

kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod stops"
pid=
[[ $tap_failed == 0 ]] || diag "$(tail -n 20 "$log")"
done_testing
