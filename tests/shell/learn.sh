#!/bin/bash
# reevectl learn: real services are watched, as a user without rights; what is proposed is put in place, under reeve they
# work with it, and what they did not do is refused.
# shellcheck disable=SC2016 # scripts of other programs
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
for program in redis-server redis-cli Xvfb xdpyinfo curl perl; do
    command -v "$program" >/dev/null || skip_all "$program is not installed"
done
work=$(mktemp -d)
chmod 0755 "$work"
pid=
: >"$work/reeve.log"
trap '[[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null; rm -rf "$work"' EXIT
install -D -t "$work/bin" "$(realpath "${BUILD:-build}")"/{reeve{,ctl,-log,-health,-sandbox},datahub}
mkdir -m 0777 "$work"/{units,state,run,open} "$work"/$'line\nUser=root'
port=$((20000 + $$ % 10000))
display=:$((1000 + $$ % 10000))
export REEVE_STATE=$work/state REEVE_RUNTIME_DIR=$work/run REEVE_HEALTH_LISTEN=127.0.0.1:$((port + 3))
# Nothing of whoever runs the test shall be what the services go by.
export HOME=/nonexistent
unset XDG_RUNTIME_DIR NOTIFY_SOCKET
as_user=()
[[ $(id -u) != 0 ]] || as_user=(setpriv --reuid 1001 --regid 1001 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs)
ctl() {
    "${as_user[@]}" "$work/bin/reevectl" "$@"
}
chown -R --reference="$work/bin" "$work/units" 2>/dev/null
[[ $(id -u) != 0 ]] || chown -R 1001:1001 "$work"/{state,run,open,units}
chmod 0700 "$work/run"

cat >"$work/units/store.service" <<UNIT
[Service]
Type=notify
ExecStart=/usr/bin/redis-server --port $port --bind 127.0.0.1 --dir \${STATE_DIRECTORY} --enable-protected-configs yes --supervised systemd
StateDirectory=store
UNIT
cat >"$work/units/screen.service" <<UNIT
[Service]
Type=exec
ExecStartPre=/bin/mkdir -p -m 1777 /tmp/.X11-unix
ExecStart=/usr/bin/Xvfb $display -screen 0 320x240x24 -nolisten tcp -nolisten local -noreset
UNIT
cat >"$work/units/hub.service" <<UNIT
[Unit]
After=store.service
[Service]
Type=notify
ExecStart=datahub --port $((port + 1)) --redis 127.0.0.1:$port --symbols ACME
UNIT
cat >"$work/probe.pl" <<'PERL'
use Socket;
use POSIX;
my $open = "$ENV{WORK}/open";
open(my $refused, ">", "/etc/refused");
open(my $made, ">", "$open/made");
chmod 04755, "$open/made";
mkdir "$open/with space";
open(my $spaced, ">", "$open/with space/file");
# Names are whatever one wants.
open(my $evil, ">", "$ENV{WORK}/line\nUser=root/file");
$0 = "x\nUser=root";
syscall(9, 0, 4096, 7, 0x22, -1, 0) if (POSIX::uname())[4] eq "x86_64"; # mmap(PROT_READ | PROT_WRITE | PROT_EXEC)
socket(my $socket, AF_INET6, SOCK_DGRAM, 0);
bind($socket, pack_sockaddr_in6(0, Socket::inet_pton(AF_INET6, "::1")));
syscall(272, 0x10000000) if (POSIX::uname())[4] eq "x86_64"; # unshare(CLONE_NEWUSER)
wait if fork;
exec "/bin/true";
PERL
printf '[Service]\nType=oneshot\nEnvironment=WORK=%s\nExecStart=/usr/bin/perl %s\n' "$work" "$work/probe.pl" >"$work/units/probe.service"

cat >"$work/units/daemon.service" <<UNIT
[Service]
Type=forking
StateDirectory=daemon
ExecStart=/usr/bin/redis-server --port $((port + 5)) --bind 127.0.0.1 --dir \${STATE_DIRECTORY} --daemonize yes --save ""
ExecStop=/bin/sh -c 'exit 0'
UNIT

redis() {
    redis-cli -p "$port" "$@"
}
store_answers() {
    [[ $(redis ping 2>/dev/null) == PONG ]]
}
screen_answers() {
    timeout 5 xdpyinfo -display "$display"
}
hub_answers() {
    curl -s -m 2 "http://127.0.0.1:$((port + 1))/health" | grep -q '"status"'
}

# learn UNIT READY...: watches the unit until READY succeeds, and what `use` does then
learn() {
    local unit=$1
    shift
    "${as_user[@]}" "$work/bin/reevectl" learn --units="$work/units" --place "$unit" >"$work/$unit.out" 2>"$work/$unit.log" &
    pid=$!
    wait_until 30 "$@" || diag "$(cat "$work/$unit.log")"
    ! declare -F "use_$unit" >/dev/null || "use_$unit" >/dev/null
    kill -INT "$pid"
    wait "$pid"
    learned=$?
    pid=
}
use_store() {
    redis set key value
    redis bgsave
    wait_until 20 test -e "$work/state/store/dump.rdb"
    redis get key
    redis lpush list a b
    redis config get port
    redis info
}

# ---- what a program asked for is what is said, exactly ----
"${as_user[@]}" "$work/bin/reevectl" learn --units="$work/units" probe >"$work/probe" 2>"$work/probe.log"
status=$?
if grep -q 'no listener\|watched: .*filter' "$work/probe.log"; then
    skip_all "no seccomp listener here: $(tail -n 1 "$work/probe.log")"
fi
is "$status" 0 "a oneshot ends by itself"
text=$(cat "$work/probe")
like "$text" '
RestrictAddressFamilies=
# [^ ]*: socket\(AF_INET6\)
RestrictAddressFamilies=AF_INET6
' "a socket's family, once, and who made it"
like "$text" '# it takes ports as they come: [^ ]*: bind\(port 0\)
SocketBindAllow=udp
' "a port that the kernel chooses, and its protocol"
if [[ $(uname -m) == x86_64 ]]; then
    like "$text" '# [^ ]*: unshare\(user\)
RestrictNamespaces=user' "a namespace"
    like "$text" '# MemoryDenyWriteExecute= not proposed: x: mmap\(PROT_WRITE \| PROT_EXEC\)' "memory, and who asked for it"
fi
like "$text" "
ReadWritePaths=$work/open
" "where it wrote"
not_ok "what is below is not named again" grep -q '^ReadWritePaths=.*with space' "$work/probe"
like "$text" '# RestrictSUIDSGID= not proposed: ' "a mode with a set-user-ID bit"
like "$text" '# ReadWritePaths= not for what was refused to it already: perl: open(at)?\(/etc/refused\)' "a write that was refused"
not_ok "no name of a file or of a process becomes a setting" grep -q '^User=' "$work/probe"
like "$text" '# - paths with control characters' "and such files are told"
like "$text" '
CapabilityBoundingSet=
' "it ran without capabilities"
not_ok "a fork is followed, and so is exec" grep -q '^SystemCallFilter=.*@process' "$work/probe"
like "$text" 'SystemCallFilter=.*clone3? ' "and what stands for it is allowed"

# ---- real services are learned ----
learn store store_answers
is "$learned" 0 "redis-server is learned, until Ctrl-C"
like "$(cat "$work/store.log")" 'ready to exit, bye bye' "its orderly end is a part of it"
learn screen screen_answers
is "$learned" 0 "Xvfb is learned, with the commands before it"
daemon_answers() {
    [[ $(redis-cli -p $((port + 5)) ping 2>/dev/null) == PONG ]]
}
learn daemon daemon_answers
is "$learned" 0 "a daemon that left its session is learned, and stopped"
not_ok "nothing of it is left" daemon_answers
conf() {
    cat "$work/units/$1.service.d/50-learned.conf"
}
like "$(conf store)" "
SocketBindAllow=tcp:$port
" "store: the port"
like "$(conf store)" '
RestrictAddressFamilies=AF_UNIX
' "store: the socket that it is told to notify by"
not_ok "store: its own directory is the unit's already" grep -q '^ReadWritePaths' "$work/units/store.service.d/50-learned.conf"
like "$(conf screen)" '
ReadWritePaths=/tmp
' "screen: where its socket is"
like "$(conf screen)" 'SystemCallFilter=.*mincore' "screen: a call that is in no group"

# ---- the control: without a drop-in all of it can be done ----
try_store() { # what no client of the watched one did
    redis config set dir "$work/open" >/dev/null
    redis save
    redis config set dir "$work/state/store" >/dev/null
    redis config set port $((port + 2))
}
sandboxed() {
    (cd / && "${as_user[@]}" "$work/bin/reeve-sandbox" -q --units="$work/units" "$@")
}
try_socket() {
    sandboxed "$1" -- perl -e 'use Socket; exit(socket(my $s, 16, SOCK_RAW, 0) ? 0 : $!{EAFNOSUPPORT} ? 7 : 8)'
    echo $?
}
start_pod() {
    "${as_user[@]}" "$work/bin/reeve" --units "$work/units" >"$work/reeve.log" 2>&1 &
    pid=$!
}
stop_pod() {
    ctl shutdown >/dev/null
    wait "$pid"
    pid=
}
mkdir "$work/kept"
mv "$work"/units/*.d "$work"/units/{probe,daemon}.service "$work/kept"
start_pod
wait_until 30 store_answers
control=$(try_store)
stop_pod
is "$control" "OK
OK" "without the drop-in the store writes elsewhere, and listens elsewhere"
is "$(try_socket screen)" 0 "and the screen's sandbox gives a netlink socket"
rm -f "$work/open/dump.rdb"

# ---- with the drop-ins ----
start_pod
wait_until 30 store_answers
learn_hub_under() {
    # Its store is the running one.
    cp "$work/units/hub.service" "$work/kept"
    ctl stop hub >/dev/null
    learn hub hub_answers
}
main=$pid
learn_hub_under
pid=$main
is "$learned" 0 "datahub is learned while its store runs under reeve"
stop_pod
mv "$work"/kept/*.d "$work/units"
start_pod
ok "the store answers" wait_until 30 store_answers
ok "the screen answers" wait_until 30 screen_answers
ok "the hub answers" wait_until 30 hub_answers
is "$(use_store >/dev/null; redis get key)" value "the store does what it did"
for unit in store screen hub; do
    ok "$unit is active" wait_until 30 ctl is-active "$unit"
    is "$(ctl show -P NRestarts "$unit")" 0 "and was never restarted"
done
got=$(try_store)
like "$got" '^ERR' "the store cannot write elsewhere"
ok "and nothing is there" test ! -e "$work/open/dump.rdb"
if grep -q '^SocketBindDeny=any' "$work/units/store.service.d/50-learned.conf"; then
    like "$got" 'Unable to listen on this port' "it cannot listen elsewhere"
else
    skip "ports cannot be held here" "it cannot listen elsewhere"
fi
is "$(try_socket screen)" 7 "the screen's sandbox has no netlink socket"
sandboxed hub -- touch "$work/open/file" 2>/dev/null
ok "the hub's sandbox writes nowhere" test ! -e "$work/open/file"
is "$(ctl security --threshold=10 --json store screen hub | jq -r '[.units[].directives[] | select(.strength == "none" and .directive != "Seal" and .directive != "SignalScope") | .directive] | unique | join(" ")')" \
    "" "nothing is proposed that this place cannot hold"
stop_pod

# ---- mistakes ----
not_ok "no unit" ctl learn
not_ok "an unknown unit" ctl learn --units="$work/units" absent
not_ok "a time that is none" ctl learn --units="$work/units" --time=never store
ok "the help" ctl learn --help
printf '[Service]\nExecStart=/absent/program\n' >"$work/units/absent.service"
like "$(ctl learn --units="$work/units" absent 2>&1; echo $?)" "Cannot run '/absent/program' watched: .*
1\$" "a program that is not there"
done_testing
