#!/bin/bash
# time limit: 1200
# /dev/log and the sockets of the journal, as programs use them: logger(1), syslog(3), sd_journal_send(3), a stream, odd
# datagrams; from inside sandboxes; and with reeve-log killed KILLS times (2) while COUNT messages (3000) come each way
# (`make check-journal`: 50 and 100000).
# reeve is PID 1 of a PID namespace, with /run and /dev of its own.
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
[[ $(id -u) == 0 ]] || skip_all "mounts on /dev need root"
unshare --mount --pid --fork true 2>/dev/null || skip_all "no namespaces here"
KILLS=${KILLS:-2} COUNT=${COUNT:-3000}
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
chmod 0755 "$work"
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health} "$built/tests/tool_journal"
units=$work/units log=$work/log say=$work/bin/tool_journal
mkdir -p "$units" "$work/state"
outer='' init=''
end() {
    [[ -z $outer ]] || kill -KILL "$outer" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT

unit() {
    cat >"$units/$1"
}
# What is said wrong.
printf '<11>evil\x1b[2J: \x1b[31mred\n2026-01-01 forged: line\x00rest' >"$work/odd"
printf 'MESSAGE\nno length' >"$work/broken"
printf 'FOO=bar\nMESSAGE=from a plain file\n' >"$work/plain"
unit once.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'logger -t tagged from logger'
ExecStart=$say datagram /dev/log $work/odd
ExecStart=$say datagram /run/systemd/journal/socket $work/broken
ExecStart=$say descriptor /run/systemd/journal/socket $work/plain
ExecStart=$say descriptor /dev/log $work/plain
UNIT
# saying NAME WAY COUNT: a service that says it, and stays; further lines of its section on standard input
saying() {
    {
        printf '[Service]\nType=exec\nEnvironment=STAY=1\nExecStart=%s\n' "$say $2 $1 $3"
        cat
    } >"$units/$1.service"
}
saying sys syslog 3 </dev/null
saying native journal 3 </dev/null
saying lines stream 3 </dev/null
saying large large 1000000 </dev/null
saying ruled syslog 10 <<'UNIT'
SyslogIdentifier=not-this
LogExtraFields=TEAM=trade
LogRateLimitIntervalSec=1h
LogRateLimitBurst=5
LogFilterPatterns=~number 2$
UNIT
# It shows its credential in each way.
printf 'correct horse battery' >"$work/secret"
printf 'MESSAGE=it is correct horse battery, and\nKEY=correct horse battery\n' >"$work/shown"
printf '<13>told: it is correct horse battery\x00correct horse battery' >"$work/told"
for name in shown told; do
    unit "$name.service" <<UNIT
[Service]
Type=exec
Environment=STAY=1
LoadCredential=key:$work/secret
ExecStart=$say datagram $([[ $name == told ]] && echo /dev/log || echo /run/systemd/journal/socket) $work/$name
UNIT
done
saying quiet journal 1 <<<LogLevelMax=warning
for way in syslog journal stream; do
    saying "boxed-$way" "$way" 2 <<'UNIT'
PrivateDevices=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome=yes
ProtectKernelTunables=yes
PrivateNetwork=yes
NoNewPrivileges=yes
TemporaryFileSystem=/var
ReadOnlyPaths=/
UNIT
    saying "count-$way" "$way" "$COUNT" </dev/null
done
mkfifo -m 0666 "$work/input"
exec {input}<>"$work/input"
unit relay.service <<UNIT
[Service]
ExecStart=/bin/sh -c 'exec $say cat relay 4 <$work/input'
UNIT
unit default.target <<UNIT
[Unit]
Wants=once.service sys.service native.service lines.service large.service ruled.service quiet.service relay.service
Wants=shown.service told.service
Wants=boxed-syslog.service boxed-journal.service boxed-stream.service
UNIT
cat >"$work/inside" <<'INSIDE'
mount -t tmpfs tmpfs /run && mkdir /run/dev && mount --rbind /dev /run/dev
mount -t tmpfs -o mode=0755 tmpfs /dev && mkdir /dev/shm && mount -t tmpfs tmpfs /dev/shm
for name in null zero full random urandom tty; do touch "/dev/$name" && mount --bind "/run/dev/$name" "/dev/$name"; done
umount -l /run/dev && rmdir /run/dev
exec "$@"
INSIDE
REEVE_LOG_OUTPUT=json REEVE_HEALTH_LISTEN=127.0.0.1:${JOURNAL_PORT:-18755} \
    unshare --mount --pid --fork --kill-child --mount-proc sh "$work/inside" \
    "$work/bin/reeve" --units "$units" --state "$work/state" > >(exec cat >"$log") 2>&1 &
outer=$!
disown
find_init() {
    init=$(pgrep -P "$outer" -x reeve)
}
wait_until 30 find_init
inside() {
    nsenter -t "$init" -m -p "$@"
}
ctl() {
    inside "$work/bin/reevectl" "$@"
}
logged() {
    grep -q -e "$1" "$log"
}
# field NAME of the lines that match
field() {
    grep -e "$2" "$log" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}
ok "the pod is up" wait_until 60 logged 'default.target: started'

# --- ways ---
ok "a message of logger(1) arrives" wait_until 30 logged '"from logger"'
wait_until 30 logged '"sys",.*"number 3"'
wait_until 30 logged '"native",.*"number 3"'
wait_until 30 logged '"lines",.*"number 3"'
wait_until 30 logged '"large",.*[.]"'
ok "syslog(3) has its identifier, priority, facility, pid and unit" grep -q -e '"PRIORITY":"5","SYSLOG_IDENTIFIER":"sys","_SYSTEMD_UNIT":"sys.service","_TRANSPORT":"syslog","_PID":"\([0-9]*\)","SYSLOG_FACILITY":"3","SYSLOG_TIMESTAMP":"[^"]*","SYSLOG_PID":"\1","_UID":"1001","_GID":"1001","MESSAGE":"number 3"' "$log"
ok "sd_journal_send(3) has its fields" grep -q -e '"SYSLOG_IDENTIFIER":"native","_SYSTEMD_UNIT":"native.service","_TRANSPORT":"journal".*"CODE_FUNC":"say_journal","NUMBER":"3",.*"MESSAGE":"number 3"' "$log"
is "$(field PRIORITY '"lines","_SYSTEMD_UNIT":"lines.service"' | tr '\n' ' ')" "4 3 4 " "lines of a stream have its priority, or their own"
is "$(field MESSAGE '"SYSLOG_IDENTIFIER":"large"' | tr -d '\n' | wc -c)" 1000000 "of a message of 1,000,000 bytes all is there"
wait_until 30 logged 'it comes with descriptors'
ok "what could drive a terminal, or forge a line, is no part of a name" grep -q -e '"SYSLOG_IDENTIFIER":"evil?\[2J"' "$log"
ok "what stood behind a NUL is kept apart" grep -q -e 'SYSLOG_RAW.*rest' "$log"
is "$(grep -c -e 'is left out: it comes as a file that is not in memory' "$log")" 1 "a file that is not in memory is not read"
is "$(grep -c -e 'is left out: it comes with descriptors' "$log")" 1 "nor one that comes to /dev/log"
not_ok "what has no form is nothing" grep -q -e 'no length' "$log"

# --- rules ---
wait_until 30 logged '"_SYSTEMD_UNIT":"ruled.service".*number 6'
is "$(field MESSAGE '"SYSLOG_IDENTIFIER":"ruled"' | tr '\n' ' ')" "number 1 number 3 number 4 number 5 number 6 " "filters and limits of the unit hold"
ok "its fields are added" grep -q -e '"ruled".*"TEAM":"trade"' "$log"

# --- secrets ---
ok "a credential is not in a message" wait_until 30 logged '"MESSAGE":"it is \*\*\*, and"'
ok "nor in one of syslog(3)" wait_until 30 logged '"MESSAGE":"it is \*\*\*"'
not_ok "nor in any field" grep -q -e 'correct horse' "$log"
ok "which is there" grep -q -e '"KEY":"\*\*\*"' "$log"

# --- sandboxes ---
for way in syslog journal stream; do
    ok "from inside a sandbox: $way" wait_until 30 logged "\"boxed-$way\",\"_SYSTEMD_UNIT\":\"boxed-$way.service\""
done

# --- outside of units ---
inside "$say" journal stranger 1
ok "who is of no unit is heard, too" wait_until 30 logged '"SYSLOG_IDENTIFIER":"stranger","_TRANSPORT":"journal"'
like "$(ctl logs -o short 2>&1)" 'stranger.*number 1' "and can be read"
like "$(ctl logs -t stranger -o json | grep -v _SYSTEMD_UNIT)" '"MESSAGE":"number 1"' "without a unit"

# It has passed the same queue before.
not_ok "the highest level of a unit holds" grep -q -e '"quiet"' "$log"

# --- a connection that stays, while units get other numbers, and over a kill ---
relayed() {
    echo "$1" >&"$input"
    wait_until 30 logged "\"PRIORITY\":\"4\",\"SYSLOG_IDENTIFIER\":\"relay\",\"_SYSTEMD_UNIT\":\"relay.service\".*\"MESSAGE\":\"$1\""
}
others() {
    [[ $(ctl show reeve-log.service -p MainPID --value) != "$1" ]] && [[ $(ctl show reeve-log.service -p ActiveState --value) == active ]]
}
killed() {
    local before
    before=$(ctl show reeve-log.service -p MainPID --value)
    ctl kill -s KILL reeve-log.service && wait_until 30 others "$before"
}
ok "a line of a connection that stays" relayed first
printf '[Service]\nExecStart=sleep infinity\n' >"$units/aaa.service"
ok "a reload, with one more unit" ctl daemon-reload
ok "the connection is of the same unit" relayed second
ctl restart sys.service
again() { (($(grep -c -e '"sys","_SYSTEMD_UNIT":"sys.service"' "$log") == 6)); }
ok "and who sends messages, too" wait_until 30 again
ok "reeve-log is killed" killed
ok "the connection goes on" relayed third
ok "it is killed again, after a reload" ctl daemon-reload && killed
ok "the connection goes on, of the same unit" relayed fourth

# --- kills ---
seen() {
    grep -c -e "\"SYSLOG_IDENTIFIER\":\"count-$1\"" "$log"
}
ctl start count-syslog.service count-journal.service count-stream.service
for ((i = 0; i < KILLS; i++)); do
    at=$(seen syslog)
    killed || fail "reeve-log is back"
    # Somewhere further on.
    further() { (($(seen syslog) > at)) || (($(seen syslog) >= COUNT)); }
    wait_until 30 further
done
for way in syslog journal stream; do
    all_there() { [[ $(field MESSAGE "\"SYSLOG_IDENTIFIER\":\"count-$way\"" | sort -u | grep -c '^number ') == "$COUNT" ]]; }
    ok "reeve-log was killed $KILLS times: each of $COUNT messages is there ($way)" wait_until 60 all_there
    twice=$(($(seen "$way") - COUNT))
    diag "$way: $twice came twice"
done
is "$(grep -c -v -e "\"_SYSTEMD_UNIT\":\"count-" <(grep -e '"SYSLOG_IDENTIFIER":"count-' "$log"))" 0 "and each has its unit"
not_ok "no restart of who sent them" grep -q -e 'count-.*restart' "$log"
done_testing
