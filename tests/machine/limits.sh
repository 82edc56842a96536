#!/bin/bash
# time limit: 1500
# Each directive that takes a cgroup, attempted from inside of the service (tests/escape), where there is one: a real kernel with all
# controllers, a disk, swap and two nodes of memory, and a reeve below a cgroup that it was given. Twice: services that are
# somebody else than reeve ("cgroup"), and services to whose user their cgroup belongs ("cgroup-shared"), which reevectl
# says to be held in part. What was seen is left in SEEN, for the tables of sandbox/ENFORCED.md (tests/image/escapes.sh).
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/escape/escape_lib.sh
. tests/escape/escape_lib.sh
BUILD=$(realpath "${BUILD:-build}")
program=tests/machine/limits.sh
pod=/sys/fs/cgroup/pod
escape_only='MemoryMax MemoryHigh MemorySwapMax MemoryZSwapMax MemoryMin MemoryLow TasksMax CPUQuota CPUWeight AllowedCPUs
    AllowedMemoryNodes IOWeight IODeviceWeight IOReadBandwidthMax IOWriteBandwidthMax IOReadIOPSMax IOWriteIOPSMax'
escape_only=${escape_only//$'\n'/ }

# ---- inside ----

# No modprobe, and no search: the tree of modules is slow to look through from here.
load_module() {
    /run/machine/busybox insmod "/lib/modules/$(uname -r)/kernel/$1.ko" "${@:2}"
}
make_place() {
    load_module drivers/block/brd rd_nr=1 rd_size=16384
    chmod 666 /dev/ram0
    load_module mm/zsmalloc
    load_module drivers/block/zram/zram
    echo 128M >/sys/block/zram0/disksize && mkswap /dev/zram0 && swapon /dev/zram0
    echo 1 >/sys/module/zswap/parameters/enabled
    echo "1:0 enable=1" >/sys/fs/cgroup/io.cost.qos # or weights are not for it
    mkdir -p "$pod"
    echo "+memory +pids +cpu +cpuset +io" >/sys/fs/cgroup/cgroup.subtree_control
    # What is not there cannot be tried, and would be taken for held.
    [[ -b /dev/ram0 && -d /sys/devices/system/node/node1 ]] && (($(nproc) > 1)) && grep -q zram0 /proc/swaps
}

settled() {
    escape_done "$1" || ! kill -0 "$reeve" 2>/dev/null
}
# begin POLICY: a pod of $units, PID 1 of a namespace of its own in the cgroup that was handed over
begin() {
    rm -rf "$world"/sibling
    escape_world "$world" "$world"
    # shellcheck disable=SC2016 # for the shell that becomes reeve
    unshare -fp --mount-proc bash -c 'echo 0 >"$1"; shift; exec "$@"' start "$pod/cgroup.procs" \
        "$world/bin/reeve" --units "$units" --user 0 --state /run/limits/state >"$out/log.$1" 2>&1 &
    reeve=$!
    wait_until 400 settled "$out/log.$1"
}
finish() {
    kill -TERM "$(pgrep -P "$reeve")" 2>/dev/null
    wait "$reeve"
    rmdir "$pod"/* 2>/dev/null
}
# units POLICY
units() {
    rm -rf "$units"
    mkdir "$units"
    escape_policy=$1 escape_units "$units" "$world" "${lines[@]}"
}
# class NAME LINE...
class() {
    local escape_left_out='' policy
    # shellcheck disable=SC2153 # of the caller, outside
    out=$SEEN/$1 lines=("${@:2}")
    mkdir -p "$out"
    "$world/bin/escape" list >"$out/list"
    # shellcheck disable=SC2086 # words
    "$world/bin/escape" control "$world" 1001 $escape_only >"$out/control" 2>&1
    echo "escape control ok" >"$out/outside" # it is for others to look at
    : >"$out/refused"
    for policy in strict degrade; do
        units "$policy"
        begin "$policy"
        if [[ $policy == strict ]]; then
            escape_refused "$out/log.strict" >"$out/refused"
            if [[ -s $out/refused ]]; then
                wait "$reeve"
                escape_left_out=$(paste -sd' ' "$out/refused")
                units strict
                begin strict
            fi
        fi
        "$world/bin/reevectl" security --json 2>&1 | escape_verdicts >"$out/verdicts.$policy"
        finish
        escape_left_out=''
    done
}
inside() {
    world=/run/limits/world units=/run/limits/units
    export REEVE_RUNTIME_DIR=/run/limits/runtime
    mkdir -p "$world/bin" /run/limits/{state,runtime}
    install -t "$world/bin" "$BUILD"/{reeve,reevectl,reeve-log,reeve-health} "$BUILD/tests/escape"
    chown 1001:1001 "$world"
    make_place || { echo "no swap, no disk, no second node or no second processor"; exit 1; }
    class cgroup User=1001
    rm -rf "$world"/{sibling,open,protected,secret,private,race,root}
    class cgroup-shared
}
if [[ ${1:-} == --inside ]]; then
    inside
    exit 0
fi

# ---- outside ----

command -v qemu-system-x86_64 >/dev/null || skip_all "no qemu-system-x86_64 (images/packages.sh install machine)"
[[ -x $BUILD/tests/escape ]] || skip_all "there is no $BUILD/tests/escape (it takes a static C library)"
tests/machine/kernel >/dev/null || skip_all "no kernel to boot"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
seen=${SEEN:-$work}
tests/machine/run --kernel numa=fake=2 --cpus 2 --memory 1536 --time 1400 --share "$seen" -- \
    env BUILD="$BUILD" SEEN="$seen" "$program" --inside >"$work/log" 2>&1
is "$?" 0 "the machine comes back" || diag "$(tail -n 50 "$work/log")"
[[ -z ${V:-} ]] || diag "$(<"$work/log")"
for name in cgroup cgroup-shared; do
    ok "$name: the units have ended" escape_done "$seen/$name/log.degrade" || diag "$(tail -n 20 "$seen/$name/log.degrade")"
    is "$(<"$seen/$name/refused")" "" "$name: no directive is refused"
    escape_judge "$name" "$seen/$name"
    sed "s/^/# $name: /" "$seen/$name/directives"
done
done_testing
