#!/bin/bash
# Conditions of units hold where `systemd-analyze condition` says that they do.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
tool=$(realpath "${BUILD:-build}")/tests/tool_condition
command -v systemd-analyze >/dev/null || skip_all "systemd-analyze is not here"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/empty" "$work/hidden" "$work/full" "$work/creds"
touch "$work/hidden/.x" "$work/full/x" "$work/file-a.conf" "$work/file-b.txt"
echo text >"$work/text"
printf '#!/bin/sh\n' >"$work/program"
chmod +x "$work/program"
ln -s text "$work/link"
ln -s nowhere "$work/dangling"
export WITH_VALUE=yes EMPTY='' CREDENTIALS_DIRECTORY=$work/creds
touch "$work/creds/secret"
release=$(uname -r)
cpus=$(nproc)
memory=$(($(awk '/^MemTotal/ { print $2 }' /proc/meminfo) * 1024))
user=$(id -un) group=$(id -gn)
host=$(hostname)

# same CONDITION...: both say the same of each
checked=0 differences=0
verdict() {
    if "$@" >/dev/null 2>&1; then echo holds; else echo does not; fi
}
same() {
    local condition systemd reeve
    for condition; do
        checked=$((checked + 1))
        systemd=$(verdict systemd-analyze condition "$condition")
        reeve=$(verdict "$tool" "$condition")
        [[ $systemd == "$reeve" ]] && continue
        differences=$((differences + 1))
        diag "$condition: $systemd for systemd, $reeve for reeve"
    done
}
# group TEXT CONDITION...: each as it is, and with "!"
group() {
    local text=$1 before=$differences condition
    shift
    for condition; do
        same "$condition" "${condition/=/=!}"
    done
    is "$((differences - before))" 0 "$text: $# conditions, with and without '!'"
}
paths() {
    local check=$1 path
    shift
    for path; do
        echo "Condition$check=$path"
    done
}
things=("$work/empty" "$work/hidden" "$work/full" "$work/text" "$work/program" "$work/link" "$work/dangling" /nowhere / /proc
    /proc/sys "$work/full/x" /dev/null)
for check in PathExists PathIsDirectory PathIsSymbolicLink PathIsMountPoint PathIsReadWrite PathIsEncrypted DirectoryNotEmpty \
    FileNotEmpty FileIsExecutable; do
    mapfile -t list < <(paths "$check" "${things[@]}")
    # 252 counts hidden files; from 253 on they do not.
    [[ $check != DirectoryNotEmpty ]] || mapfile -t list < <(printf '%s\n' "${list[@]}" | grep -v hidden)
    group "$check" "${list[@]}"
done
not_ok "DirectoryNotEmpty: hidden files do not count" "$tool" "ConditionDirectoryNotEmpty=$work/hidden"
mapfile -t list < <(paths PathExistsGlob "$work/*.conf" "$work/*.none" "$work/file-?.txt" "$work/file-[ab].txt" "$work/file-[!b].txt" \
    "$work/*/x" "$work/*/.x" "$work/file-{a,b}.conf" "$work/file-{x,y}.conf" "$work/{full,empty}/x" "$work/f*l" "$work/full/" \
    "$work/{a,file-{b,c}}.txt" "$work" /nowhere "$work/full/*" "$work/empty/*")
group PathExistsGlob "${list[@]}"
group KernelVersion "ConditionKernelVersion=$release" "ConditionKernelVersion=${release%%.*}.*" "ConditionKernelVersion=>=3" \
    "ConditionKernelVersion=>= 3" "ConditionKernelVersion=<3" "ConditionKernelVersion=>=3 <100" "ConditionKernelVersion=>=3 <4" \
    "ConditionKernelVersion==$release" "ConditionKernelVersion=!=$release" "ConditionKernelVersion=>$release" \
    "ConditionKernelVersion=<=$release" "ConditionKernelVersion=nonsense*" "ConditionKernelVersion=>"
group OSRelease "ConditionOSRelease=ID=debian" "ConditionOSRelease=ID=fedora" "ConditionOSRelease=VERSION_ID>=1" \
    "ConditionOSRelease=VERSION_ID<1" "ConditionOSRelease=ID=debian VERSION_ID>=1" "ConditionOSRelease=ID=debian VERSION_ID<1" \
    "ConditionOSRelease=NONE=x" "ConditionOSRelease=NONE!=x" "ConditionOSRelease=ID" "ConditionOSRelease=VERSION_ID!=1"
group CPUs "ConditionCPUs=1" "ConditionCPUs=$cpus" "ConditionCPUs=>$cpus" "ConditionCPUs==$cpus" "ConditionCPUs=!=$cpus" \
    "ConditionCPUs=<=$cpus" "ConditionCPUs=100000" "ConditionCPUs=x"
group Memory "ConditionMemory=1024" "ConditionMemory=>$((memory * 2))" "ConditionMemory=<$((memory * 2))" \
    "ConditionMemory=$((memory * 2))" "ConditionMemory=>=1048576" "ConditionMemory=x"
group User "ConditionUser=$(id -u)" "ConditionUser=$user" "ConditionUser=root" "ConditionUser=nobody" "ConditionUser=12345" \
    "ConditionUser=@system" "ConditionUser=absent"
group Group "ConditionGroup=$(id -g)" "ConditionGroup=$group" "ConditionGroup=root" "ConditionGroup=daemon" "ConditionGroup=12345" \
    "ConditionGroup=absent"
group Host "ConditionHost=$host" "ConditionHost=${host:0:2}*" "ConditionHost=${host^^}" "ConditionHost=other" \
    "ConditionHost=$(cat /etc/machine-id 2>/dev/null || echo none)" "ConditionHost=0123456789abcdef0123456789abcdef"
group Architecture ConditionArchitecture=native ConditionArchitecture=x86-64 ConditionArchitecture=arm64 ConditionArchitecture=nonsense
# A container that no file tells of: systemd looks at the PID namespace from 257 on, and so does reeve.
is_told() {
    [[ $(stat -L -c %i /proc/self/ns/pid) == 4026531836 || -e /.dockerenv || -e /run/.containerenv ]] ||
        (($(systemd-analyze --version | awk 'NR == 1 { print int($2) }') >= 257))
}
is_told || skip "systemd before 257 does not see that this is a container" Virtualization
! is_told || group Virtualization ConditionVirtualization={yes,no,vm,container,docker,podman,kvm,private-users,nonsense}
own_pids=(unshare --user --map-root-user --pid --fork --mount-proc)
if "${own_pids[@]}" true 2>/dev/null; then
    ok "Virtualization: a PID namespace is a container" "${own_pids[@]}" "$tool" ConditionVirtualization=container
else
    skip "no PID namespace can be made here" "Virtualization: a PID namespace is a container"
fi
group Security ConditionSecurity={selinux,apparmor,smack,ima,tomoyo,audit,uefi-secureboot,tpm2,nonsense}
group Capability ConditionCapability={CAP_KILL,cap_sys_admin,CAP_SYS_RESOURCE,CAP_SYS_TIME,CAP_WAKE_ALARM,CAP_NONSENSE}
group CPUFeature ConditionCPUFeature={fpu,sse,SSE2,sse4_1,avx,avx2,sha_ni,lm,rdtscp,constant_tsc,bmi2,popcnt,ht,pni,nonsense}
group Environment ConditionEnvironment={WITH_VALUE,WITH_VALUE=yes,WITH_VALUE=no,WITH,EMPTY,EMPTY=,ABSENT}
group Credential ConditionCredential={secret,absent,../text}
group FirstBoot ConditionFirstBoot={yes,no,nonsense}
group ACPower ConditionACPower={yes,no}
group Firmware ConditionFirmware={uefi,device-tree} "ConditionFirmware=device-tree-compatible(x)"
group NeedsUpdate ConditionNeedsUpdate=/{etc,var,proc,nowhere}
group ControlGroupController ConditionControlGroupController={v1,v2,cpu,memory,pids,io,"cpu memory",nonsense}
for resource in CPU Memory IO; do
    group "${resource}Pressure" "Condition${resource}Pressure="{100%,"100%/10sec","100%/1min","100% / 5min",x,"1%/2min",100}
done
# systemd takes PID 1's arguments for the kernel's only where it sees that it is in a container; reeve always does.
word=nonsense=2
! systemd-detect-virt --container --quiet || word=$(tr '\0' '\n' </proc/1/cmdline | sed -n 2p)
group KernelCommandLine ConditionKernelCommandLine={"$word",nonsense,nonsense=1}
diag "$checked conditions"

# How several of them count.
lists() {
    local text=$1 systemd reeve
    shift
    systemd=$(verdict systemd-analyze condition "$@") reeve=$(verdict "$tool" "$@")
    is "$reeve" "$systemd" "$text"
}
lists "all must hold" ConditionPathExists=/ ConditionPathExists=/nowhere
lists "one with '|' is enough" 'ConditionPathExists=|/nowhere' 'ConditionPathExists=|/'
lists "but one of them must hold" 'ConditionPathExists=|/nowhere' 'ConditionPathExists=|/none'
lists "beside the others" 'ConditionPathExists=/nowhere' 'ConditionPathExists=|/'
lists "'|' and '!' together" 'ConditionPathExists=|!/nowhere' 'ConditionPathExists=|/none'
lists "asserts count, too" ConditionPathExists=/ AssertPathExists=/nowhere
lists "each kind by itself" 'ConditionPathExists=|/' 'AssertPathExists=|/nowhere'
lists "an empty one forgets the others" ConditionPathExists=/nowhere ConditionPathExists=
lists "what cannot be said does not hold" 'ConditionCPUs=!x'

# --- in a pod ---
reeve=$work/bin/reeve ctl=$work/bin/reevectl
chmod 0755 "$work"
install -D -t "$work/bin" "$(dirname "$tool")/.."/{reeve,reevectl,reeve-log,reeve-health}
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${CONDITIONS_PORT:-18722}
mkdir -p "$work/run" "$work/state" "$work/units"
chmod 0700 "$work/run"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$work/run" "$work/state"
unit() {
    printf '[Unit]\n%s\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n' "$2" >"$work/units/$1.service"
}
unit met "ConditionPathExists=/"
unit unmet "ConditionPathExists=!/"
unit triggers $'ConditionPathExists=|/nowhere\nConditionHost=|other'
unit asserts "AssertPathExists=/nowhere"
printf '[Service]\nExecStart=/usr/bin/tail -f /dev/null\n' >"$work/units/keep.service"
printf '[Unit]\nWants=keep.service met.service unmet.service triggers.service asserts.service\n' >"$work/units/default.target"
"$reeve" --units "$work/units" >"$work/log" 2>&1 &
pid=$!
trap 'kill -KILL "$pid" 2>/dev/null; rm -rf "$work"' EXIT
state() {
    "$ctl" show "$1.service" -p ActiveState | sed 's/.*=//'
}
ok "a pod with conditions comes up" wait_until 20 grep -q 'is up after' "$work/log"
is "$(state met) $(state unmet) $(state triggers) $(state asserts)" "active inactive inactive inactive" \
    "a unit is started when its conditions hold, and only then"
ok "the one that does not hold is named" grep -qF 'unmet.service: ConditionPathExists=!/ is not met' "$work/log"
ok "an assert, too" grep -qF 'asserts.service: AssertPathExists=/nowhere is not met' "$work/log"
kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod stops"
done_testing
