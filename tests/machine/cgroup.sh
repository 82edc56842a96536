#!/bin/bash
# time limit: 3000
# A cgroup for each service: what holds, what dies and what is left, in a kernel with all controllers; and what systemd
# 257 makes of the same units in the same kernel. Three machines are booted: reeve below a cgroup that it was given,
# systemd, and reeve as PID 1 of the machine.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
BUILD=$(realpath "${BUILD:-build}")
program=tests/machine/cgroup.sh
pod=/sys/fs/cgroup/pod

# ---- the units, for both ----

# write_unit NAME LINE...
write_unit() {
    local name=$1
    shift
    printf '%s\n' '[Unit]' 'DefaultDependencies=no' '[Service]' "$@" >"$units/$name.service"
}

write_units() {
    mkdir -p "$units"
    write_unit eat 'MemoryMax=32M' 'MemorySwapMax=0' 'ExecStart=/usr/bin/tail /dev/zero'
    for policy in stop continue kill; do
        write_unit "child-$policy" 'MemoryMax=32M' 'MemorySwapMax=0' "OOMPolicy=$policy" \
            "ExecStart=/bin/bash -c 'tail /dev/zero; echo >/run/cgroup-test/after-$policy; sleep infinity'"
    done
    write_unit old 'MemoryLimit=32M' 'ExecStart=/bin/sleep infinity'
    # bash gives up after a while; when the one that forks has, it makes room for the last one.
    write_unit bomb 'TasksMax=20' "ExecStart=/bin/bash -c '(for i in {1..60}; do sleep infinity & done); sleep infinity; true'"
    write_unit quota 'CPUQuota=20%' "ExecStart=/bin/bash -c 'while :; do :; done'"
    write_unit stray 'TimeoutStopSec=2' \
        "ExecStart=/bin/bash -c 'for i in {1..5}; do setsid bash -c \"trap : TERM; (setsid sleep infinity &); while :; do sleep infinity; done\" & done; wait'"
}

show() {
    "${ctl[@]}" show -p ActiveState -p SubState -p Result -p ExecMainCode -p ExecMainStatus "$1" | sort | tr '\n' ' '
    echo
}

has_state() {
    "${ctl[@]}" show -p ActiveState "$1" | grep -q "=$2\$"
}

tasks_of() {
    "${ctl[@]}" show -p TasksCurrent "$1" | cut -d= -f2
}

has_tasks() {
    [[ $(tasks_of "$1") == "$2" ]]
}

cpu_of() {
    "${ctl[@]}" show -p CPUUsageNSec "$1" | cut -d= -f2
}

# Prints "KEY what happened" for what is to be the same.
play() {
    local policy before after begin end
    "${ctl[@]}" start eat.service child-stop.service child-continue.service child-kill.service old.service
    wait_until 200 has_state eat.service failed || return 1
    echo "eat $(show eat.service)"
    for policy in stop kill; do
        wait_until 200 has_state "child-$policy.service" failed
        echo "child-$policy $(show "child-$policy.service")"
    done
    wait_until 200 test -e /run/cgroup-test/after-continue
    echo "child-continue $(show child-continue.service)"
    echo "old $(<"/sys/fs/cgroup$("${ctl[@]}" show -p ControlGroup old.service | cut -d= -f2)/memory.max")"
    "${ctl[@]}" start bomb.service
    wait_until 200 has_tasks bomb.service 20
    echo "bomb $(tasks_of bomb.service) tasks, $("${ctl[@]}" show -p TasksMax bomb.service)"
    "${ctl[@]}" stop bomb.service old.service child-continue.service
    "${ctl[@]}" start quota.service
    before=$(cpu_of quota.service) begin=$(date +%s%N)
    wait_until 200 bash -c "(( \$(date +%s%N) - $begin > 5000000000 ))"
    after=$(cpu_of quota.service) end=$(date +%s%N)
    echo "quota-percent $(((after - before) * 100 / (end - begin)))"
    "${ctl[@]}" stop quota.service
    "${ctl[@]}" start stray.service
    wait_until 200 has_tasks stray.service 16
    "${ctl[@]}" stop stray.service
    echo "stray $(show stray.service)"
    echo "strays-left $(cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' ' ' | grep -o '[s]leep infinity' | wc -l)"
}

# ---- inside ----

# What the shell of the machine does: hands over a cgroup, and starts reeve in it as PID 1 of a PID namespace.
start_reeve() {
    mkdir -p "$pod"
    echo "+memory +pids +cpu" >/sys/fs/cgroup/cgroup.subtree_control
    # shellcheck disable=SC2016 # for the shell that becomes reeve
    unshare -fp --mount-proc bash -c 'echo 0 >"$1"; shift; exec "$@"' start "$pod/cgroup.procs" \
        "$BUILD/reeve" --units "$units" --user "$1" --state /run/cgroup-test/state >"/run/cgroup-test/log" 2>&1 &
    reeve=$!
    ok "reeve is up" wait_until 200 "${ctl[@]}" list-units || cat /run/cgroup-test/log
}

inside_reeve() {
    units=/run/cgroup-test/units
    ctl=("$BUILD/reevectl")
    export REEVE_RUNTIME_DIR=/run/cgroup-test/runtime
    mkdir -p /run/cgroup-test/runtime /run/cgroup-test/state
    write_units
    write_unit other MemoryMax=32M User=nobody 'ExecStart=/bin/sleep infinity'
    write_unit closed MemoryMax=32M ProtectControlGroups=yes CapabilityBoundingSet= 'ExecStart=/bin/sleep infinity'
    write_unit anchor 'ExecStart=/usr/bin/tail -f /dev/null'
    printf '[Unit]\nWants=anchor.service\n' >"$units/default.target"
    start_reeve 0
    play || { cat /run/cgroup-test/log; exit 1; }
    "${ctl[@]}" start child-continue.service
    echo "status $("${ctl[@]}" status child-continue.service | sed -n 's/^ *\(Memory\|Tasks\|CGroup\): .*/\1/p' | sort | tr '\n' ' ')"
    for unit in eat other closed; do
        echo "security-$unit $("${ctl[@]}" security "$unit.service" | grep MemoryMax)"
    done
    kill -TERM "$(pgrep -P "$reeve")"
    wait "$reeve"
    echo "end $?"
    echo "left $(find "$pod" -type d | tr '\n' ' ') $(wc -l <"$pod/cgroup.procs") $(<"$pod/cgroup.subtree_control")"
    echo "log $(grep -c . /run/cgroup-test/log)"
    sed 's/^/log: /' /run/cgroup-test/log
}

inside_systemd() {
    units=/run/systemd/system
    ctl=(systemctl)
    mkdir -p /run/cgroup-test
    write_units
    systemctl daemon-reload
    play
}

case ${1:-} in
--reeve | --systemd)
    "inside_${1#--}"
    exit
    ;;
esac

# ---- outside ----

command -v qemu-system-x86_64 >/dev/null || skip_all "no qemu-system-x86_64 (images/packages.sh install machine)"
tests/machine/kernel >/dev/null || skip_all "no kernel to boot"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

value() { # FILE KEY
    sed -n "s/^$2 //p" "$work/$1" | sed 's/ *$//'
}

tests/machine/run --time 1200 -- "$program" --reeve >"$work/reeve" 2>&1
[[ -z ${V:-} ]] || diag "$(<"$work/reeve")"
for unit in eat child-stop child-kill; do
    like "$(value reeve "$unit")" "ActiveState=failed .*Result=oom-kill" "$unit: out of memory"
done
like "$(value reeve child-continue)" "ActiveState=active .*Result=success" "OOMPolicy=continue goes on"
is "$(value reeve old)" 33554432 "MemoryLimit= is MemoryMax="
is "$(value reeve bomb)" "20 tasks, TasksMax=20" "a bomb stops at TasksMax="
ok "CPUQuota= is not exceeded" test "$(value reeve quota-percent)" -le 30
ok "CPUQuota= is used" test "$(value reeve quota-percent)" -ge 5
like "$(value reeve stray)" "ActiveState=(inactive|failed)" "who ignores SIGTERM in sessions of their own is killed"
is "$(value reeve strays-left)" 0 "nobody of them is left"
is "$(value reeve status)" "CGroup Memory Tasks" "status tells memory, tasks and cgroup"
like "$(value reeve security-eat)" "partial +cgroup" "MemoryMax= of a service that may write its cgroup is held in part"
like "$(value reeve security-other)" "full +cgroup" "MemoryMax= of a service with a user of its own is held"
like "$(value reeve security-closed)" "full +cgroup" "MemoryMax= of a service with ProtectControlGroups= is held"
is "$(value reeve end)" 0 "reeve ends well"
is "$(value reeve left)" "$pod  0" "its cgroup is as it was given: no child, nobody in it, no controller handed on"

if root=$(tests/machine/root trixie); then
    tests/machine/run --time 1500 --systemd --root "$root" --share "$PWD/tests" -- "$program" --systemd >"$work/systemd" 2>&1
    [[ -z ${V:-} ]] || diag "$(<"$work/systemd")"
    for unit in eat child-stop child-kill child-continue old bomb stray strays-left; do
        is "$(value reeve "$unit")" "$(value systemd "$unit")" "$unit: as with systemd"
    done
else
    skip "no root with systemd" "the same units with systemd"
fi

# ---- PID 1 of a machine ----
cat >"$work/whole.service" <<'UNIT'
[Service]
Type=oneshot
MemoryMax=64M
TasksMax=10
ExecStart=/bin/bash -c '[[ $(cat /proc/self/cgroup) == 0::/whole.service && $(</sys/fs/cgroup/whole.service/memory.max) == 67108864 ]]'
[Unit]
SuccessAction=exit
SuccessActionExitStatus=17
FailureAction=exit
FailureActionExitStatus=18
UNIT
chmod 755 "$work"
tests/machine/run --init --share "$work" -- "$BUILD/reeve" --units "$work" --user 0 >"$work/whole" 2>&1
is "$?" 17 "as PID 1 of a machine reeve has the whole tree" || diag "$(<"$work/whole")"
done_testing
