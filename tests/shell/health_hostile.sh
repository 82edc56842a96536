#!/bin/bash
# reeve-health among hostile servers: some say nothing, some never end, some speak byte by byte. Each probe comes to its
# end in its time, a good one beside them is not late, and neither memory nor descriptors grow.
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh

BUILD=${BUILD:-build}
work=$(mktemp -d)
chmod 755 "$work"
port=${HOSTILE_PORT:-18460} # and those that follow
base=http://127.0.0.1:$port
cp "$BUILD/reeve-health" "$work/"
declare -a started=()
stop_all() {
    kill -KILL "${started[@]}" 2>/dev/null
    wait 2>/dev/null
    rm -rf "$work"
}
trap stop_all EXIT

places=() count=0
# place NAME COMMAND HOW TEXT: a server, and a unit that probes it; @ in COMMAND is its port
units=()
place() {
    local here=$((port + ++count))
    [[ $2 != x11:* ]] || here=$work/$1
    places+=("$here" "$3" "$4")
    units+=("unit $1.service 2 0 2 200 300 0 100 ${2//@/$here}")
}
place http-nothing 'http://127.0.0.1:@/' nothing ''
place http-endless 'http://127.0.0.1:@/' endless $'HTTP/1.1 200 OK\r\nX: '
place http-body 'http://127.0.0.1:@/ body=never' endless $'HTTP/1.1 200 OK\r\n\r\n'
place http-drip 'http://127.0.0.1:@/' drip $'HTTP/1.1 200 OK\r\nX: xxxxxxxx'
place http-hangup 'http://127.0.0.1:@/' hangup $'HTTP/1.1 200'
place http-100 'http://127.0.0.1:@/' repeat $'HTTP/1.1 100 Continue\r\n\r\n'
place redis-nothing 'redis://127.0.0.1:@' nothing ''
place redis-endless 'redis://127.0.0.1:@' endless '+'
place redis-bulk 'redis://127.0.0.1:@ info=a<1' endless $'+PONG\r\n$2000000000\r\n'
place redis-array 'redis://127.0.0.1:@' hangup $'*1000000000\r\n'
place redis-pong 'redis://127.0.0.1:@ info=a<1' repeat $'+PONG\r\n'
place cdp-nothing 'cdp://127.0.0.1:@' nothing ''
place cdp-deep 'cdp://127.0.0.1:@' repeat '[[[[[[[['
place cdp-drip 'cdp://127.0.0.1:@' drip $'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n[['
place x11-nothing 'x11:@' nothing ''
place x11-endless 'x11:@' endless $'\x09'
place x11-drip 'x11:@' drip $'\x01'

coproc hostile { exec "$BUILD/tests/tool_hostile" "${places[@]}" 2>"$work/hostile.err"; }
started+=("$hostile_PID")
read -r -t 10 -u "${hostile[0]}" word
is "$word" ready "the hostile servers listen" || diag "$(<"$work/hostile.err")"

as=()
[[ $EUID != 0 ]] || as=(/usr/bin/setpriv --reuid=1001 --regid=1001 --clear-groups --no-new-privs)
mkfifo "$work/in"
"$BUILD/tests/tool_fakepid1" "${as[@]}" "$work/reeve-health" "--listen=127.0.0.1:$port" <"$work/in" >"$work/out" \
    2>"$work/err" &
started+=("$!")
exec {in}>"$work/in"
wait_until 10 grep -q '^child' "$work/out"
child=$(awk '/^child/ { print $2 }' "$work/out")
started+=("$child")
say() { printf '%s\n' "$@" >&"$in"; }
told() { grep -q "^health $1" "$work/out"; }

units+=("unit good.service 0 0 2 200 20000 0 100 http://127.0.0.1:$port/livez")
# A command with a tree of processes, of which some leave its group, some its session.
cat >"$work/tree" <<SH
#!/bin/sh
setsid sh -c 'echo \$\$ >>$work/tree.pids; exec tail -f /dev/null' &
sh -c 'echo \$\$ >>$work/tree.pids; exec tail -f /dev/null' &
tail -f /dev/null
SH
chmod 755 "$work/tree"
: >"$work/tree.pids"
chmod 666 "$work/tree.pids"
units+=("unit tree.service 2 0 2 200 1000 0 500 $work/tree")
say "${units[@]}"
names=()
for unit in "${units[@]}"; do
    read -r _ name _ <<<"$unit"
    names+=("$name")
    say "state $name active running success $$ 1 1"
done
say "pod 1" sync

ok "the good one is healthy" wait_until 20 told 'good.service 1 healthy'
for name in "${names[@]}"; do
    [[ $name == good.service ]] || ok "$name is unhealthy" wait_until 20 told "$name 1 unhealthy"
done
probes() { curl -s -m 5 "$base/metrics" | awk '/^reeve_probe_duration_seconds_count/ { n += $2 } END { print n + 0 }'; }
have_probed() { (($(probes) >= $1)); }
memory() { awk '/^VmRSS/ { print $2 }' "/proc/$child/status"; }
descriptors() { curl -s -m 5 "$base/metrics" | awk '$1 == "process_open_fds" { print $2 }'; }
before=$(memory)
ok "they all go on" wait_until 120 have_probed $(($(probes) + 3 * ${#names[@]}))
after=$(memory)
ok "memory does not grow ($before kB, $after kB)" test "$((after - before))" -lt 2048
ok "nor do descriptors" test "$(descriptors)" -lt $((2 * ${#names[@]} + 20))
not_ok "the good one was never late" told 'good.service 1 unhealthy'
no_tree() {
    local pid

    say 'state tree.service inactive dead success 0 1 1'
    while read -r pid; do
        [[ ! -e /proc/$pid ]] || return 1
    done <"$work/tree.pids"
}
ok "the commands have left no process behind, of $(wc -l <"$work/tree.pids")" wait_until 10 no_tree
ok "it is still the same process" test -e "/proc/$child"
done_testing
