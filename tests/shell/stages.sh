#!/bin/bash
# Every stage between fork and exec, made to fail: the exit status is systemd's, the message names unit, directive, path and
# error, no process and no descriptor is left behind, and once the cause is gone the unit starts. Causes are real where a
# unit can have them; else tool_fail makes one system call fail, in the child alone. A stage without a row is a failure.
# shellcheck disable=SC2016,SC2317 # text of units; functions that are called by the name in a row
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
chmod 0755 "$work"
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health,reeve-sandbox} "$built"/tests/{tool_fail,tool_notify}
reeve=$work/bin/reeve ctl=$work/bin/reevectl
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:18396
mkdir -p "$work/state" "$work/gone"
as_user=()
[[ $(id -u) != 0 ]] || as_user=(setpriv --reuid 1001 --regid 1001 --clear-groups --bounding-set=-all --inh-caps=-all)
runner='' pid=''
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    [[ -z $runner ]] || wait "$runner" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT

# ---- the table ----
# row STAGE STATUS CAUSE TEXT [LINE...]: where the pod has one user and no privileges; root_row: with reeve --user 0;
# nested_row: as row, but in a user namespace of our own, whose limits we may set; cgroup_row: where services have cgroups.
# CAUSE is a call that fails (tool_fail) or "@NAME": then NAME_cause makes it fail, and NAME_cure mends it. TEXT is the
# message behind "before its program ran: " ("*": anything); a stage of PID 1 itself, before there is a child, has "-" for
# STAGE and its whole message. LINEs are of [Service].
declare -a stage status cause text lines in_pod
row() {
    stage+=("$1") status+=("$2") cause+=("$3") text+=("$4") in_pod+=("${of_pod:-}")
    shift 4
    lines+=("$(printf '%s\n' "$@")")
}
root_row() {
    local of_pod=root
    row "$@"
}
nested_row() {
    local of_pod=nested
    row "$@"
}
cgroup_row() {
    local of_pod=cgroup
    row "$@"
}
no_memory='Cannot allocate memory'
row SESSION 220 'setsid EPERM' 'a session of its own: Operation not permitted'
cgroup_row CGROUP 219 'write EAGAIN a2=1' 'a cgroup of its own: Resource temporarily unavailable (the limit of tasks of the whole pod is reached)'
row DESCRIPTORS 202 'close_range ENOMEM a2=2' "descriptors of its own: $no_memory"
row STDIN 208 'dup2 EMFILE a1=0' 'standard input: Too many open files (LimitNOFILE= of the container is too low)'
row STDOUT 209 'dup2 EMFILE a1=1' 'standard output: Too many open files*'
row STDERR 222 'dup2 EMFILE a1=2' 'standard error: Too many open files*' ProtectSystem=strict
row CLOSE 202 'close_range EPERM a2=4' 'leaving descriptors behind: Operation not permitted'
row STORED 202 @stored 'FileDescriptorStoreMax=: Too many open files*' FileDescriptorStoreMax=4 FileDescriptorStorePreserve=yes \
    Type=notify "ExecStart=$work/bin/tool_notify --wait --file $work/out FDSTORE=1 READY=1"
row SEAL 205 'prlimit64 EPERM a1&8' 'the seal (RLIMIT_RTTIME): Operation not permitted'
row OOM_SCORE 206 'openat ENOENT a2&1' 'OOMScoreAdjust=: No such file or directory' OOMScoreAdjust=100
row NICE 201 'setpriority EACCES' 'Nice=: Permission denied (the container must be given CAP_SYS_NICE or a higher RLIMIT_NICE)' Nice=5
row KEYRING 237 'keyctl EDQUOT' 'KeyringMode=: Disk quota exceeded (/proc/sys/kernel/keys/maxkeys is reached)' KeyringMode=private
row SCHEDULER 214 'sched_setscheduler EPERM' 'CPUSchedulingPolicy=: Operation not permitted (fifo and rr take CAP_SYS_NICE or *)' CPUSchedulingPolicy=batch
row TIMER_SLACK 212 'prctl EPERM a0=29' 'TimerSlackNSec=: Operation not permitted' TimerSlackNSec=1ms
row PERSONALITY 230 'personality EPERM a0=8' 'Personality=: Operation not permitted (the filter of the container forbids it)' Personality=x86
row AFFINITY 215 'sched_setaffinity EINVAL' 'CPUAffinity=: Invalid argument (the container has none of these processors)' CPUAffinity=0
row IO_PRIORITY 211 'ioprio_set EPERM' 'IOSchedulingClass=: Operation not permitted (realtime takes *)' IOSchedulingClass=idle
row CREDENTIALS 243 @credential "LoadCredential=*'$work/gone/credential'*: No such file or directory*" \
    "LoadCredential=key:$work/gone/credential"
root_row SECURE_BITS 213 'prctl EPERM a0=28' 'SecureBits=: Operation not permitted*' SecureBits=noroot
row NAMESPACE 226 'setns EPERM' 'a mount namespace: Operation not permitted*' ProtectSystem=strict
row NAMESPACE 226 'unshare ENOSPC a0&0x20000' 'a mount namespace: No space left on device (/proc/sys/user/max_*_namespaces are all in use)' \
    ProtectSystem=strict
row NAMESPACE 226 'mount EPERM' 'a mount namespace: Operation not permitted*' ProtectSystem=strict
row MOUNT 226 @source "BindReadOnlyPaths=, '$work/gone/source' at '$work/gone/shown': No such file or directory (with '-' before the path it may be missing)" \
    "BindReadOnlyPaths=$work/gone/source:$work/gone/shown"
row MOUNT 226 @link "ReadWritePaths=, '$work/gone/writable': Too many levels of symbolic links (a symbolic link has taken its place *)" \
    ProtectSystem=strict "ReadWritePaths=$work/gone/writable"
row MOUNT 226 'mount_setattr EPERM' "*=, '/*': Operation not permitted" ProtectSystem=strict
row MOUNT 226 'move_mount ENOSPC' "*: No space left on device (/proc/sys/fs/mount-max is reached)" ProtectSystem=strict
row MOUNT 226 'fsopen EPERM' "*=, '*': Operation not permitted" TemporaryFileSystem=/opt
nested_row NAMESPACE 226 @exhausted 'a mount namespace: No space left on device (/proc/sys/user/max_*_namespaces are all in use)' \
    ProtectSystem=strict
root_row NAMESPACE 226 'unshare ENOSPC a0&0x20000' 'a mount namespace: No space left on device*' ProtectSystem=strict
root_row GROUPS 216 'setgroups EPERM' 'the groups of the user: Operation not permitted' User=daemon
root_row GROUPS 216 'setresgid EPERM' 'the groups of the user: Operation not permitted' Group=daemon
root_row BOUNDING 218 'prctl EINVAL a0=24' 'CapabilityBoundingSet=: Invalid argument' CapabilityBoundingSet=CAP_KILL
row MEMORY 228 'prctl EINVAL a0=65' 'MemoryDenyWriteExecute=: Invalid argument' MemoryDenyWriteExecute=yes
row NO_NEW_PRIVILEGES 227 'prctl EINVAL a0=38' 'NoNewPrivileges=: Invalid argument'
row LANDLOCK 226 'landlock_restrict_self E2BIG' 'a Landlock domain: Argument list too long (Landlock domains are nested too deep)' \
    SocketBindDeny=any
row LIMIT 205 @limit 'LimitCORE=: Operation not permitted (the hard limit here is lower: the container must be given a higher one)' \
    LimitCORE=4096
row LIMIT 205 'prlimit64 EINVAL a1=0 a2&0xffffffffffff' 'LimitCPU=: Invalid argument' LimitCPU=1000
root_row USER 217 'setresuid EAGAIN' 'the user: Resource temporarily unavailable' User=daemon
root_row USER 217 'prctl EPERM a0=8' 'the user: Operation not permitted' User=daemon AmbientCapabilities=CAP_KILL
row CAPABILITIES 218 'prctl EPERM a0=47' 'the capabilities: Operation not permitted' ProtectSystem=strict
row CAPABILITIES 218 'capset EPERM' 'the capabilities: Operation not permitted' ProtectSystem=strict
root_row CAPABILITIES 218 'prctl EPERM a0=47 a1=2' 'the capabilities: Operation not permitted' User=daemon AmbientCapabilities=CAP_KILL
row DIRECTORY 200 @directory "WorkingDirectory=, '$work/gone/directory': No such file or directory (with '-' before *)" \
    "WorkingDirectory=$work/gone/directory"
row DIRECTORY 200 @no_directory "WorkingDirectory=, '$work/gone/no-directory': Not a directory" \
    "WorkingDirectory=$work/gone/no-directory"
row SIGNAL_MASK 207 'rt_sigprocmask EINVAL a0=2' 'the signal mask: Invalid argument'
row FILTER 228 'seccomp ENOMEM a0=1' "the system call filter: $no_memory (filters of outside and of the unit together are too long)" \
    'SystemCallFilter=~@clock'
row EXEC 203 @program "the program, '$work/gone/program': No such file or directory*" "ExecStart=$work/gone/program infinity"
row EXEC 203 @script "the program, '$work/gone/script': No such file or directory*" "ExecStart=$work/gone/script"
row EXEC 203 @text "the program, '$work/gone/text': Exec format error*" "ExecStart=$work/gone/text infinity"
row EXEC 203 @mode "the program, '$work/gone/mode': Permission denied (the user of the service must be allowed to execute it)" \
    "ExecStart=$work/gone/mode infinity"
row EXEC 203 'execve EAGAIN' "the program, '/bin/sleep': Resource temporarily unavailable (the user has as many processes *)" \
    ProtectSystem=strict
# In PID 1, before there is a child.
row - 233 @runtime "cannot make or write the directory '$work/run/busy': *" RuntimeDirectory=busy
row - 238 @state "cannot make or write the directory '$work/state/busy': *" StateDirectory=busy
row - 239 @cache "cannot make or write the directory '$work/*/busy': *" CacheDirectory=busy
row - 240 @logs "cannot make or write the directory '$work/*/busy': *" LogsDirectory=busy
row - 226 'mkdir ENOSPC self' "cannot make the directories of PrivateTmp= in '*': No space left on device" PrivateTmp=yes
row - 204 @environment 'the command line and environment are too long' "EnvironmentFile=-$work/gone/environment"
row - resources @nproc 'cannot start a process: Resource temporarily unavailable'
row - resources 'clone EAGAIN self' 'cannot start a process: Resource temporarily unavailable' ProtectSystem=strict
row - resources 'pipe2 EMFILE self' 'cannot start a process: Too many open files'

stored_cause() {
    "$ctl" start "$1" && "$ctl" stop "$1"
    floor="$((${floor% *} + 1)) ${floor#* }" # what it has stored
    echo "dup2 EMFILE below a1=3" >"$work/rule"
}
stored_cure() {
    rm "$work/rule"
    floor="$((${floor% *} + 1)) ${floor#* }" # what the next start stores
}
credential_cause() { mv "$work/gone/credential" "$work/gone/elsewhere"; }
credential_cure() { mv "$work/gone/elsewhere" "$work/gone/credential"; }
source_cause() { rmdir "$work/gone/source"; }
source_cure() { mkdir "$work/gone/source"; }
link_cause() { rmdir "$work/gone/writable" && ln -s /tmp "$work/gone/writable"; }
link_cure() { rm "$work/gone/writable" && mkdir "$work/gone/writable"; }
limit_cause() { "${as_user[@]}" prlimit --pid "$pid" --core=0:0; }
limit_cure() { return 1; } # nobody raises it again
nproc_cause() { "${as_user[@]}" prlimit --pid "$pid" --nproc=1:; }
nproc_cure() { "${as_user[@]}" prlimit --pid "$pid" --nproc="$(awk '/^Max processes/ { print $4 }' "/proc/$pid/limits")":; }
exhausted_cause() { nsenter -t "$pid" -U sh -c 'echo 0 >/proc/sys/user/max_mnt_namespaces'; }
exhausted_cure() { nsenter -t "$pid" -U sh -c 'echo 1000 >/proc/sys/user/max_mnt_namespaces'; }
directory_cause() { rmdir "$work/gone/directory"; }
directory_cure() { mkdir "$work/gone/directory"; }
no_directory_cause() { rmdir "$work/gone/no-directory" && touch "$work/gone/no-directory"; }
no_directory_cure() { rm "$work/gone/no-directory" && mkdir "$work/gone/no-directory"; }
program_cause() { mv "$work/gone/program" "$work/gone/elsewhere"; }
program_cure() { mv "$work/gone/elsewhere" "$work/gone/program"; }
script_cause() { rm "$work/gone/interpreter"; }
script_cure() { cp /bin/sh "$work/gone/interpreter"; }
text_cause() { echo text >"$work/gone/text"; }
text_cure() { cp /bin/sleep "$work/gone/text"; }
mode_cause() { chmod a-x "$work/gone/mode"; }
mode_cure() { chmod a+x "$work/gone/mode"; }
# busy DIRECTORY cause|cure: what shall be a directory is a file
busy() { if [[ $2 == cause ]]; then rm -rf "$1/busy" && touch "$1/busy"; else rm -f "$1/busy"; fi; }
runtime_cause() { busy "$work/run" cause; }
runtime_cure() { busy "$work/run" cure; }
state_cause() { busy "$work/state" cause; }
state_cure() { busy "$work/state" cure; }
cache_cause() { busy "$(of_kind CACHE)" cause; }
cache_cure() { busy "$(of_kind CACHE)" cure; }
logs_cause() { busy "$(of_kind LOGS)" cause; }
logs_cure() { busy "$(of_kind LOGS)" cure; }
environment_cause() { awk 'BEGIN { for (i = 0; i < 3000; i++) { printf "V%d=", i; for (j = 0; j < 16; j++) printf "0123456789abcdef"; print "" } }' >"$work/gone/environment"; }
environment_cure() { rm "$work/gone/environment"; }
# What reeve calls the directory, asked of a service.
of_kind() {
    dirname "$(sed -n "s/^$1_DIRECTORY=//p" "$work/out")"
}

# ---- the pods ----
calls=$(printf '%s\n' "${cause[@]}" | awk '/^[a-z]/ && $1 != "write" { print $1 }' | sort -u | paste -sd,),chdir
# begin [OPTION...]: a pod of all rows whose in_pod is $of_pod, and of a service that keeps it up
begin() {
    local i
    rm -rf "$work/run" "$work/state" "$work/gone" "$work/units" "$work/rule"
    mkdir -p "$work/run" "$work/state" "$work/gone"/{source,shown,writable,directory,no-directory} "$work/units"
    touch "$work/out"
    [[ -e $work/go ]] || touch "$work/go"
    chmod 0700 "$work/run"
    chmod 0666 "$work/out"
    for i in program text mode; do
        cp /bin/sleep "$work/gone/$i"
    done
    cp /bin/sh "$work/gone/interpreter"
    echo secret >"$work/gone/credential"
    printf '#!%s\nexec sleep infinity\n' "$work/gone/interpreter" >"$work/gone/script"
    chmod 0755 "$work/gone/script"
    [[ $(id -u) != 0 || $of_pod == root || $of_pod == cgroup ]] || chown 1001:1001 "$work/run" "$work/state"
    printf '[Service]\nCacheDirectory=busy\nLogsDirectory=busy\nExecStart=/bin/sh -c "env >%s; exec sleep infinity"\n' "$work/out" \
        >"$work/units/keep.service"
    for i in "${!stage[@]}"; do
        [[ ${in_pod[i]} == "$of_pod" ]] || continue
        { printf '[Service]\nType=exec\n%s\n' "${lines[i]}"; [[ ${lines[i]} == *ExecStart=* ]] || echo 'ExecStart=/bin/sleep infinity'; } \
            >"$work/units/row-$i.service"
    done
    "${around[@]}" "$work/bin/tool_fail" "$calls$more" "$work/rule" "${below[@]}" "$reeve" "$@" --units "$work/units" --target keep.service \
        <>"$work/go" >>"$work/log" 2>&1 &
    runner=$!
    [[ $of_pod != nested ]] || let_go
    has_begun() {
        pid=$(pgrep -P "$runner" -x reeve) && [[ $("$ctl" show -p ActiveState --value keep.service) == active ]] && grep -q LOGS_ "$work/out" &&
            [[ $("$ctl" show -p ActiveState --value reeve-health.service) == active ]]
    }
    is_steady() {
        floor=$(counts)
        ! read -r -t 0.1 -u "$tap_quiet" _ && [[ $(counts) == "$floor" ]]
    }
    wait_until 20 has_begun && wait_until 20 is_steady
}
# Who sees all users in a namespace of ours waits until they are there.
around=() below=() more=''
let_go() {
    is_elsewhere() { [[ $(readlink "/proc/$runner/ns/user") != $(readlink /proc/self/ns/user) ]]; }
    wait_until 10 is_elsewhere
    echo '0 0 65536' >"/proc/$runner/uid_map"
    echo '0 0 65536' >"/proc/$runner/gid_map"
    echo go >"$work/go"
}
finish() {
    kill -TERM "$pid"
    wait "$runner"
    pid='' runner=''
}
counts() {
    local -a children fds=("/proc/$pid/fd"/*)
    read -ra children <"/proc/$pid/task/$pid/children"
    echo "${#fds[@]} ${#children[@]}"
}
# The connection of a reevectl that has just ended may be open for a moment.
is_back() {
    [[ $(counts) == "$floor" ]]
}
fields() {
    "$ctl" show -p "$2" --value "$1" | paste -sd' '
}
# make CAUSE UNIT, mend CAUSE
make() {
    local words
    if [[ $1 == @* ]]; then
        "${1#@}_cause" "$2"
    else
        read -ra words <<<"$1"
        [[ $1 == *" self"* ]] || words=("${words[@]:0:2}" below "${words[@]:2}")
        echo "${words[*]}" >"$work/rule.new"
        mv "$work/rule.new" "$work/rule"
    fi
}
mend() {
    if [[ $1 == @* ]]; then "${1#@}_cure"; else rm "$work/rule"; fi
}
# play ROW
play() {
    local unit=row-$1.service name="${stage[$1]} ${status[$1]}: ${cause[$1]}" message wanted
    make "${cause[$1]}" "$unit"
    : >"$work/log"
    not_ok "$name: the start fails" "$ctl" start "$unit"
    wanted="exit-code ${status[$1]} failed"
    [[ ${status[$1]} != resources ]] || wanted="resources 0 failed"
    is "$(fields "$unit" Result,ExecMainStatus,ActiveState)" "$wanted" "with its status" || diag "$(<"$work/log")"
    wanted='process [0-9]* failed at step [A-Z_]* before its program ran: '
    [[ ${stage[$1]} != - ]] || wanted=''
    wait_until 5 grep -q "$unit: failed with result" "$work/log"
    message=$(sed -n "s/.*$unit: $wanted//p" "$work/log" | grep -v '^starting$' | head -n 1)
    # shellcheck disable=SC2053 # a pattern
    if [[ $message == ${text[$1]} ]]; then pass "and its message"; else fail "and its message"; diag "$message" "$(<"$work/log")"; fi
    ok "nothing is left of it" wait_until 3 is_back || diag "before: $floor, now: $(counts)"
    mend "${cause[$1]}" || return
    ok "mended, it starts" "$ctl" start "$unit" || diag "$(<"$work/log")"
    is "$(fields "$unit" Result,ExecMainStatus,ActiveState)" "success 0 active" "and runs"
    "$ctl" stop "$unit"
}
play_all() {
    local i
    for i in "${!stage[@]}"; do
        [[ ${in_pod[i]} != "$of_pod" ]] || play "$i"
    done
}
# The helpers alone have a connection to PID 1.
play_channel() {
    local main
    make 'dup2 EMFILE a1=3'
    main=$("$ctl" show -p MainPID --value reeve-health.service)
    kill -KILL "$main"
    says_channel() {
        grep -q 'reeve-health.service: process [0-9]* failed at step FDS before its program ran: the connection to PID 1: Too many' "$work/log"
    }
    ok "CHANNEL 202: a helper says so" wait_until 10 says_channel
    mend 'dup2'
    ok "and comes back" wait_until 20 has_begun
    stage+=(CHANNEL)
}
# Killed on its way to the program: no start has succeeded.
play_killed() {
    local i=0
    until [[ ${stage[i]} == SESSION ]]; do i=$((i + 1)); done
    make 'chdir KILL'
    not_ok "killed before its program ran: the start fails" "$ctl" start "row-$i.service"
    is "$(fields "row-$i.service" Result,ActiveState)" "signal failed" "by that signal"
    mend chdir
}

of_pod=''
begin || fail "a pod of one user comes up"
play_all
play_channel
play_killed
finish
if [[ $(id -u) == 0 ]]; then
    of_pod=root
    begin --user 0 || fail "root's pod comes up"
    play_all
    finish
    # Those who are around reeve must not be in the cgroup that it is given.
    cgroup=/sys/fs/cgroup/unified
    [[ -e $cgroup/cgroup.procs ]] || cgroup=/sys/fs/cgroup
    cgroup+=/reeve-stages.$$
    if mkdir "$cgroup" 2>/dev/null && [[ -e $cgroup/cgroup.procs ]]; then
        of_pod=cgroup more=,write below=(sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$cgroup")
        begin --user 0 || fail "a pod with a cgroup comes up"
        play_all
        finish
        more='' below=()
        ok "its cgroup is empty afterwards" wait_until 10 rmdir "$cgroup"
    else
        stage+=(CGROUP)
        skip "no cgroup of version 2 can be made here" "CGROUP 219"
    fi
    of_pod=nested around=(unshare -U sh -c 'read -r go; exec "$@"' sh)
    rm "$work/go" && mkfifo "$work/go"
    begin || fail "a pod in a user namespace comes up"
    play_all
    # A service could be why there are no more namespaces: then starts do not go on without (adr/0031).
    nsenter -t "$pid" -U sh -c 'echo 0 >/proc/sys/user/max_user_namespaces'
    printf '[Service]\nExecStart=/bin/true\nProtectSystem=strict\n' >"$work/units/new.service"
    echo -e '[Unit]\nWants=new.service' >>"$work/units/keep.service"
    not_ok "a reload without user namespaces is refused" "$ctl" daemon-reload
    ok "and says why" wait_until 3 grep -q 'cannot make user namespaces for the units' "$work/log"
    nsenter -t "$pid" -U sh -c 'echo 1000 >/proc/sys/user/max_user_namespaces'
    ok "with them it is done" "$ctl" daemon-reload
    finish
else
    skip "only root can give services users of their own" "root's pod"
    stage+=(CGROUP)
    skip "only root can make a cgroup" "CGROUP 219"
    skip "only root can map users into a namespace" "a pod in a user namespace"
fi

# ---- reeve-sandbox ----
# The same stages, as far as it has them; it fails in itself, where PID 1 fails in a child.
# sandbox_row ROW
sandbox_row() {
    local -a as=("${as_user[@]}") properties=() words
    local line got error
    [[ ${in_pod[$1]} != root ]] || as=()
    read -ra words <<<"${cause[$1]}"
    while read -r line; do
        [[ ! $line ]] || properties+=(-p "$line")
    done <<<"${lines[$1]}"
    ((${#properties[@]})) || properties=(-p LockPersonality=yes)
    [[ ${words[0]} != execve ]] || words+=(after=1) # the first one is its own
    echo "${words[*]:0:2} self ${words[*]:2}" >"$work/rule"
    error=$("${as[@]}" "$work/bin/tool_fail" "$calls" "$work/rule" "$work/bin/reeve-sandbox" -q "${properties[@]}" -- /bin/sleep 0 2>&1)
    got=$?
    rm "$work/rule"
    is $got "${status[$1]}" "reeve-sandbox, ${stage[$1]} ${status[$1]}: ${cause[$1]}" || diag "$error"
    # shellcheck disable=SC2053 # a pattern
    [[ $error == "reeve-sandbox: reeve-sandbox.service: failed at step "[A-Z_]*" before the command ran: "${text[$1]} ]] ||
        { fail "and its message"; diag "$error"; }
}
chmod 0755 "$work"
for i in "${!stage[@]}"; do
    case ${stage[i]} in
    - | SESSION | CGROUP | DESCRIPTORS | STD* | CLOSE | STORED | CHANNEL | SEAL | DIRECTORY | SIGNAL_MASK) continue ;;
    esac
    [[ ${cause[i]} != @* && (! ${in_pod[i]} || $(id -u) == 0) ]] || continue
    [[ ${cause[i]} != setns* ]] || continue # it makes its user namespace itself
    sandbox_row "$i"
done

# What is known before there is a plan.
for name in User:217 Group:216 SupplementaryGroups:216; do
    [[ $(id -u) == 0 ]] || { skip "only root can become another" "$name"; continue; }
    error=$("$work/bin/reeve-sandbox" -p "${name%:*}=no-such-name" -- /bin/true 2>&1)
    is "$?" "${name#*:}" "${name%:*}= of a name that is not there: ${name#*:}"
    like "$error" "${name%:*}=no-such-name: there is no such" "and its message"
    rm -rf "$work/units" "$work/run" && mkdir "$work/units" && mkdir -m 0700 "$work/run"
    printf '[Service]\n%s=no-such-name\nExecStart=/bin/true\n' "${name%:*}" >"$work/units/one.service"
    "$reeve" --user 0 --units "$work/units" >"$work/log" 2>&1
    is "$?" "${name#*:}" "and so ends a pod with such a unit"
    like "$(<"$work/log")" "one.service:2:.*${name%:*}=no-such-name: there is no such" "naming file and line"
done

# ---- systemd ----
# What systemd 257 ended such units with in a container, for the causes that a unit alone can have there.
while read -r name wanted; do
    for i in "${!stage[@]}"; do
        [[ ${cause[i]:-} != "@$name" ]] || is "${status[i]}" "$wanted" "$name: the status is systemd's"
    done
done <<'RECORDED'
directory 200
no_directory 200
program 203
script 203
text 203
mode 203
source 226
credential 243
runtime 233
state 238
cache 239
logs 240
RECORDED

# ---- completeness ----
# Of systemd's statuses from 200 to 243, those that nothing here ends with. "loaded": such a unit is an error when it is loaded.
declare -A never=(
    [210]='CHROOT, by RootDirectory=: it is a mount, 226'
    [242]='NUMA_POLICY, by NUMAPolicy=: loaded' [224]='PAM, by PAMName=: loaded'
    [229]='SELINUX_CONTEXT: loaded' [231]='APPARMOR_PROFILE: loaded' [236]='SMACK_PROCESS_LABEL: loaded'
    [225]='NETWORK: of one system call with the other namespaces, 226' [232]='ADDRESS_FAMILIES: of one filter with all others, 228'
    [221]='CONFIRM: nobody is asked before a start' [235]='CHOWN: no standard input is given to another user'
    [241]='CONFIGURATION_DIRECTORY: it is what the image brings, and is not made'
    [223]='systemd does not use it' [234]='systemd does not use it'
)
for ((i = 200; i <= 243; i++)); do
    if [[ " ${status[*]} " == *" $i "* && ! ${never[$i]:-} ]]; then
        pass "$i has occurred"
    else
        ok "$i: ${never[$i]:-it has not been seen, and nobody says why}" test "${never[$i]:-}" -a "${status[*]/#$i/}" = "${status[*]}"
    fi
done
is "$(printf '%s\n' "${stage[@]}" | grep -v '^-' | sort -u)" \
    "$(sed -n '/^enum stage {/,/^}/s/^ *STAGE_\([A-Z_]*\),.*/\1/p' sandbox/stage.h | sort)" "each stage of sandbox/stage.h has failed"
done_testing
