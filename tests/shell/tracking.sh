#!/bin/bash
# Nothing that a service starts outlives its stop, whatever it does: as a subreaper, as PID 1, and without the kernel's
# lists of children.
# time limit: 180
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
here=$PWD/tests/shell
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
chmod 0755 "$work"
# A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
reeve=$work/bin/reeve ctl=$work/bin/reevectl stray=$work/bin/tool_stray
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health} "$built/tests/tool_stray"
read -r -a compiler <<<"${CC:-cc}"
"${compiler[@]}" -shared -fPIC -D_GNU_SOURCE -o "$work/bin/no_children.so" "$here/no_children.c" -ldl || exit 1
export REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${TRACKING_PORT:-18723}
out=$work/out units=$work/units log=$work/log
mkdir -p "$work/state" "$out" "$units"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$work/state" "$out"
pid='' outer=''
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT
unit() {
    cat >"$units/$1"
}
says() {
    grep -q -- "$1" "$log"
}
show() {
    "$ctl" show "$1" -p "$2" | sed 's/^[^=]*=//'
}
# processes MODE: how many of the tool's processes there are in this mode
processes() {
    pgrep -cf "^$stray $1"
}
are() {
    [[ $(processes "$1") == "$2" ]]
}
are_at_least() {
    (($(processes "$1") >= $2))
}

families_are_ready() {
    (($(cat "$out"/family* 2>/dev/null | grep -c ready) == 24))
}

for mode in daemon shed; do
    unit $mode.service <<UNIT
[Service]
ExecStart=$stray $mode
TimeoutStopSec=5
UNIT
done
unit strays.service <<UNIT
[Service]
ExecStart=$stray strays 300
TimeoutStopSec=5
UNIT
# Deaf to SIGTERM: it is the kill that has to outrun them.
unit storm.service <<UNIT
[Service]
ExecStart=$stray storm 6
TimeoutStopSec=2
UNIT
# The main process alone is told; the others are what is left.
unit mixed.service <<UNIT
[Service]
KillMode=mixed
ExecStart=$stray strays 20
TimeoutStopSec=5
UNIT
# Whoever is killed leaves its strays to reeve.
unit killed.service <<UNIT
[Service]
ExecStart=$stray strays 10
Restart=no
UNIT
unit other.service <<UNIT
[Service]
ExecStart=$stray strays 5
UNIT
# Ends when its children have: one in its process group, one in a session of its own. All write down each SIGTERM.
cat >"$work/bin/family" <<'SCRIPT'
#!/bin/bash
file=$1
member() {
    trap "echo $1 >>$file; exit" TERM
    echo ready >>"$file"
    sleep infinity &
    wait
}
case ${2:-} in
'')
    trap 'echo main >>"$file"' TERM
    member group &
    setsid "$0" "$file" session &
    while [[ $(jobs -r) ]]; do
        wait
    done
    ;;
*) member "$2" ;;
esac
SCRIPT
chmod 0755 "$work/bin/family"
# More than are looked at one by one in a turn of the loop.
families=({1..12})
for i in "${families[@]}"; do
    unit "family$i.service" <<UNIT
[Service]
ExecStart=$work/bin/family $out/family$i
TimeoutStopSec=10
SuccessExitStatus=TERM 143
UNIT
done
unit default.target <<UNIT
[Unit]
Wants=other.service
UNIT

# as HOW COMMAND...: starts reeve by the command; $pid is reeve, $outer what was started
as() {
    local how=$1
    shift
    export REEVE_RUNTIME_DIR=$work/run.$how
    mkdir -p "$REEVE_RUNTIME_DIR"
    chmod 0700 "$REEVE_RUNTIME_DIR"
    [[ $(id -u) != 0 ]] || chown 1001:1001 "$REEVE_RUNTIME_DIR"
    "$@" --units "$units" >"$log" 2>&1 &
    outer=$! pid=$!
    ok "$how: the pod comes up" wait_until 20 says 'is up after' || diag "$(<"$log")"
    [[ $how != PID* ]] || pid=$(pgrep -P "$outer" -x reeve)
}
try() {
    local how=$1 mode
    are_at_least "strays 5" 6 || wait_until 10 are_at_least "strays 5" 6
    "$ctl" start daemon.service shed.service
    ok "$how: a daemon that forked twice" wait_until 10 are daemon 2
    "$ctl" stop daemon.service
    ok "$how: is gone with its service" are daemon 0

    ok "$how: a service that wants to shed its seal" wait_until 10 are shed 2
    ok "$how: cannot" wait_until 10 says 'kept$'
    "$ctl" stop shed.service
    ok "$how: and leaves nobody behind" are shed 0

    "$ctl" start strays.service
    ok "$how: three hundred strays" wait_until 20 are "strays 300" 301
    is "$("$ctl" status strays.service | grep -c "$stray strays 300")" 301 "$how: are all listed"
    "$ctl" stop strays.service
    ok "$how: are all gone" are "strays 300" 0

    "$ctl" start storm.service
    ok "$how: a storm of processes that fork and end" wait_until 10 says 'storming$'
    "$ctl" stop storm.service
    ok "$how: is over when its service is stopped" are storm 0
    is "$(show storm.service Result)" timeout "$how: by force"

    "$ctl" start mixed.service
    wait_until 10 are "strays 20" 21
    "$ctl" stop mixed.service
    ok "$how: KillMode=mixed leaves nobody" are "strays 20" 0

    "$ctl" start killed.service
    wait_until 10 are "strays 10" 11
    kill -KILL "$(pgrep -of "^$stray strays 10")"
    ok "$how: the strays of a main process that was killed" wait_until 10 are "strays 10" 0
    is "$(processes "strays 5")" 6 "$how: meanwhile the other service has kept all of its own"
    rm -f "$out"/family*
    "$ctl" start "${families[@]/#/family}"
    ok "$how: twelve families" wait_until 10 families_are_ready
    kill -TERM "$pid"
    wait "$outer"
    is $? 0 "$how: the pod stops"
    pid=
    is "$(sort "$out"/family* | uniq -c | tr -s ' \n' ' ')" ' 12 group 12 main 24 ready 12 session ' \
        "$how: all at once: each process of the families got one SIGTERM"
    ok "$how: and nothing is left of it" are '' 0
}

as subreaper "$reeve"
try subreaper
as "without /proc/.../children" env LD_PRELOAD="$work/bin/no_children.so" "$reeve"
try "without /proc/.../children"
if unshare --pid --fork --mount-proc true 2>/dev/null; then
    as "PID 1" unshare --pid --fork --mount-proc "$reeve"
    try "PID 1"
else
    skip "no PID namespace can be made here" "as PID 1"
fi
done_testing
