#!/bin/bash
# quick: yes
# Mounts of a service's own, tried from inside: what is forbidden is attempted by ordinary programs, in each class of place
# that there is on this machine. At the end the table of directives and classes, as `# ` lines.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")/tests/tool_sandbox
[[ -x $built ]] || { fail "$built is there (make test-programs)"; done_testing; }

# Not in /tmp, which is one of the things that are private here.
work=$(mktemp -d /var/tmp/reeve-mounts.XXXXXX)
seen=$(mktemp /tmp/reeve-mounts.XXXXXX)
chmod 755 "$work"
chmod 644 "$seen"
mkdir "$work"/{open,open/fixed,secret,programs,other,own,private}
echo hidden >"$work/secret/file"
echo hidden >"$work/secret-file"
cp /bin/true "$work/programs/"
tool=$work/tool_sandbox
cp "$built" "$tool"
user=$EUID
if ((EUID == 0)); then
    user=1500
    chown -R $user:$user "$work"
fi
trap 'rm -rf "$work" "$seen" "$home"' EXIT
home=

# ---- the classes ----
# Each is a command that starts the tool; what of them cannot be had here is left out, and said.
declare -A class=(
    [user]="$tool"
    [landlock]="$tool --no-mounts"
    [nothing]="$tool --no-mounts --no-landlock"
)
if ((EUID == 0)); then
    class[root]="$tool --user $user"
    for name in user landlock nothing; do
        class[$name]="setpriv --reuid $user --regid $user --clear-groups --inh-caps=-all --bounding-set=-all ${class[$name]}"
    done
fi
# in_class CLASS LINE... -- COMMAND: the command in a sandbox of these lines
policy=(--degrade)
in_class() {
    local -a start lines=()
    read -ra start <<<"${class[$1]}"
    shift
    while [[ $1 != -- ]]; do
        lines+=(--line "$1")
        shift
    done
    "${start[@]}" "${policy[@]}" "${lines[@]}" "${extra[@]}" "$@" 2>/dev/null
}
# What it says of a directive with these lines: verdict CLASS DIRECTIVE LINE...
verdict() {
    local name=$1 directive=$2
    local -a extra=(--verdicts)
    shift 2
    in_class "$name" "$@" -- true | sed -n "s/^$directive=[^:]*: //p" | head -n 1
}
extra=()
classes=()
for name in root user landlock nothing; do
    [[ -n ${class[$name]:-} ]] || { skip "only root can have it" "class $name"; continue; }
    case $name in
    root | user)
        if [[ $(verdict "$name" PrivateMounts PrivateMounts=yes) != "full by mounts" ]]; then
            skip "no mount namespace can be had: $(verdict "$name" PrivateMounts PrivateMounts=yes)" "class $name"
            continue
        fi
        ;;
    landlock)
        if [[ $(verdict "$name" ProtectSystem ProtectSystem=strict) != *Landlock* ]]; then
            skip "this kernel has none" "class $name"
            continue
        fi
        ;;
    esac
    classes+=("$name")
done

# ---- directive by directive ----
# held DIRECTIVE 'LINE;LINE' COMMAND: with these lines the command, a shell's, must fail wherever the directive is said to be
# held in full, and succeed where nothing is said to hold it.
declare -A table=()
rows=()
held() {
    local directive=$1 command=$3 name said status
    local -a lines
    IFS=';' read -ra lines <<<"$2"
    rows+=("$2")
    for name in "${classes[@]}"; do
        said=$(verdict "$name" "$directive" "${lines[@]}")
        in_class "$name" "${lines[@]}" -- sh -c "$command" >/dev/null
        status=$?
        table[$name/$2]=${said:-?}
        case $said in
        full*already*) pass "$name: $2: true here without us" ;;
        full*) ok "$name: $2 holds" test "$status" != 0 -a "$status" != 125 -a "$status" -lt 200 ;;
        none*) is "$status" 0 "$name: $2 is not held, as it says" ;;
        partial*) pass "$name: $2: in part (ended with $status)" ;;
        *) fail "$name: $2: there is a verdict" ;;
        esac
    done
}
# works NAME LINES COMMAND: and this still works, where there are mounts
works() {
    local name
    local -a lines
    IFS=';' read -ra lines <<<"$2"
    for name in "${classes[@]}"; do
        [[ $name != landlock && $name != nothing ]] || continue
        ok "$name: $1" in_class "$name" "${lines[@]}" -- sh -c "$3"
    done
}

held ProtectSystem ProtectSystem=strict "touch $work/other/file"
held ProtectSystem "ProtectSystem=strict;ReadWritePaths=$work/open" "chmod 700 $work/other || mv $work/open/x $work/other/x"
works "strict leaves what the unit may write" "ProtectSystem=strict;ReadWritePaths=$work/open" \
    "touch $work/open/file && echo x >/dev/null && echo 500 >/proc/self/oom_score_adj"
# systemd 257 leaves homes to ProtectHome=, whatever its manual says of "the entire hierarchy" (recorded; the difference is in reeve(8)).
if ((EUID == 0)) && home=$(mktemp -d /home/reeve-mounts.XXXXXX); then
    chown $user:$user "$home"
    held ProtectSystem "ProtectSystem=strict;ReadWritePaths=-/absent" "touch $home/file"
    works "a home that the unit may write" "ProtectSystem=strict;ReadWritePaths=/home" "touch $home/file"
else
    skip "only root can make a home" "strict holds homes, too"
fi
held ProtectSystem ProtectSystem=full "touch /etc/reeve-mounts 2>&1 | grep -v Read-only"
held ReadOnlyPaths "ReadOnlyPaths=$work/open/fixed" "touch $work/open/fixed/file"
works "a writable part of a read-only directory" "ReadOnlyPaths=$work;ReadWritePaths=$work/open" "touch $work/open/file"
held InaccessiblePaths "InaccessiblePaths=$work/secret" "cat $work/secret/file"
held InaccessiblePaths "InaccessiblePaths=$work/secret-file" "cat $work/secret-file"
held InaccessiblePaths "InaccessiblePaths=$work/secret " "chmod 755 $work/secret"
works "an optional path that is missing" "InaccessiblePaths=-$work/missing;ReadOnlyPaths=-$work/missing2" true
held NoExecPaths "NoExecPaths=$work" "$work/programs/true"
works "ExecPaths below NoExecPaths" "NoExecPaths=/;ExecPaths=/usr /lib /lib64 /bin" "! $work/programs/true"
held TemporaryFileSystem "TemporaryFileSystem=$work/secret" "cat $work/secret/file"
works "a tmpfs with options" "TemporaryFileSystem=$work/secret:ro,mode=0711" "! touch $work/secret/x"
held BindReadOnlyPaths "BindReadOnlyPaths=$work/other:$work/secret" "grep hidden $work/secret/file || touch $work/secret/new"
works "a bind that is written to" "ProtectSystem=strict;BindPaths=$work/open:$work/secret" "touch $work/secret/by-bind"
works "only a part of a hidden tree" "TemporaryFileSystem=/var:ro;BindPaths=$work/open" \
    "touch $work/open/part && ! test -e $work/other && ! touch /var/x"
held ProtectHome ProtectHome=yes "ls /home"
held ProtectHome ProtectHome=tmpfs "test -n \"\$(ls -A /home)\" || touch /home/x || test \$(stat -fc %T /home) != tmpfs || false"
held PrivateTmp PrivateTmp=yes "test -e $seen"
works "a /tmp to write to" "PrivateTmp=yes;ProtectSystem=strict" "touch /tmp/mine /var/tmp/mine && ! test -e $work"
device=$(find /dev -maxdepth 1 \( -type c -o -type b \) ! -name null ! -name zero ! -name full ! -name random ! -name urandom \
    ! -name tty ! -name ptmx ! -name console | head -n 1)
held PrivateDevices PrivateDevices=yes "test -e ${device:-/dev/mem}"
works "the devices that are none" PrivateDevices=yes \
    "echo x >/dev/null && head -c 1 /dev/urandom && test -d /dev/pts -a -d /dev/shm -a -e /dev/fd/0 && ! touch /dev/x"
# What is left in /dev is of other file systems, and as systemd 257 has it: it changes with the line that names it, or /dev.
works "also where it is not executable" "PrivateDevices=yes;NoExecPaths=/dev/shm" "touch /dev/shm/reeve-$$ && rm /dev/shm/reeve-$$"
works "and by its name beside all of /dev" "PrivateDevices=yes;ReadOnlyPaths=/dev;ReadWritePaths=/dev/shm" \
    "touch /dev/shm/reeve-$$ && rm /dev/shm/reeve-$$ && ! touch /dev/pts/x"
if [[ $device ]]; then # else nothing is mounted for it, and /dev/shm goes with what is above it
    works "what is left in /dev may be written to" "PrivateDevices=yes;ReadOnlyPaths=/" "touch /dev/shm/reeve-$$ && rm /dev/shm/reeve-$$"
    held ReadOnlyPaths "PrivateDevices=yes;ReadOnlyPaths=/dev" "touch /dev/shm/reeve-$$ && rm /dev/shm/reeve-$$"
    held ReadOnlyPaths "PrivateDevices=yes;ReadOnlyPaths=/dev/shm" "touch /dev/shm/reeve-$$ && rm /dev/shm/reeve-$$"
fi
held ProtectKernelTunables ProtectKernelTunables=yes "cat /proc/kallsyms"
works "tunables are read" ProtectKernelTunables=yes "cat /proc/sys/kernel/ostype"
held ProtectControlGroups ProtectControlGroups=yes \
    "! grep -q ' /sys/fs/cgroup ro[, ]' /proc/self/mountinfo && test -d /sys/fs/cgroup"
held PrivateMounts PrivateMounts=yes "test \$(readlink /proc/self/ns/mnt) = $(readlink /proc/self/ns/mnt)"
held PrivateUsers PrivateUsers=yes "test \$(stat -c %u /) = 0"
held PrivateNetwork PrivateNetwork=yes "test \$(readlink /proc/self/ns/net) = $(readlink /proc/self/ns/net)"
held PrivateIPC PrivateIPC=yes "test \$(readlink /proc/self/ns/ipc) = $(readlink /proc/self/ns/ipc)"
works "a private network has a loopback of its own" PrivateNetwork=yes "grep -q '^ *lo:' /proc/net/dev && test \$(wc -l </proc/net/dev) = 3"
held ProtectProc ProtectProc=invisible "test -e /proc/1/status"
held ReadOnlyPaths "ProtectProc=invisible;ReadOnlyPaths=/proc" "test -w /proc/self/oom_score_adj && : >/proc/self/oom_score_adj"
held ProcSubset ProcSubset=pid "test -e /proc/cpuinfo"
# By what it is called: our own number may be a small one, which somebody has in there, too.
sees_us="grep -qs 'mount[s][.]sh' /proc/$$/cmdline"
held PrivatePIDs PrivatePIDs=yes "$sees_us"
if ((EUID == 0)); then setpriv --reuid $user --regid $user --clear-groups sleep infinity & else sleep infinity & fi
sibling=$!
is_sibling() { [[ $(stat -c %u "/proc/$sibling/oom_score_adj") == "$user" && $(<"/proc/$sibling/comm") == sleep ]]; }
ok "there is a process of the same user" wait_until 10 is_sibling
held ReadOnlyPaths ReadOnlyPaths=/proc "echo 500 >/proc/$sibling/oom_score_adj"
held PrivatePIDs PrivatePIDs=yes "echo 500 >/proc/$sibling/oom_score_adj"
held ProtectProc ProtectProc=invisible "echo 500 >/proc/$sibling/oom_score_adj"
held ReadOnlyPaths "PrivatePIDs=yes;ReadOnlyPaths=/proc" "echo 500 >/proc/self/oom_score_adj"
if [[ " ${classes[*]} " == *" landlock "* ]]; then
    not_ok "landlock: ReadOnlyPaths=/proc holds the OOM score of others, although in part" \
        in_class landlock ReadOnlyPaths=/proc -- sh -c "echo 500 >/proc/$sibling/oom_score_adj"
fi
kill $sibling
held ProcSubset "PrivatePIDs=yes;ProcSubset=pid" "test -e /proc/cpuinfo"
held ProtectProc "PrivatePIDs=yes;ProtectProc=invisible" "$sees_us"
[[ ! -d /usr/lib/modules ]] || held ProtectKernelModules "ProtectKernelModules=yes;PrivateMounts=yes" "ls /usr/lib/modules"

# ---- who is in it has no rights to undo it ----
strict=(ProtectSystem=strict "ReadWritePaths=$work/open" "ReadOnlyPaths=$work/open/fixed" "InaccessiblePaths=$work/secret"
    TemporaryFileSystem=/tmp)
for name in root user; do
    [[ " ${classes[*]} " == *" $name "* ]] || continue
    inside() { in_class "$name" "${strict[@]}" -- "$@"; }
    is "$(inside sed -n 's/^\(CapEff\|CapPrm\|CapInh\|CapAmb\|NoNewPrivs\):\t*//p' /proc/self/status | tr '\n' ' ')" \
        "0000000000000000 0000000000000000 0000000000000000 0000000000000000 1 " "$name: no capability, no new privileges"
    is "$(inside id -u):$(inside id -g)" "$user:$user" "$name: the same user and group"
    not_ok "$name: remounting" inside mount -o remount,rw,bind /
    not_ok "$name: unmounting" inside umount -l /tmp
    not_ok "$name: as root of a user namespace: writable again" inside unshare -Urm mount -o remount,rw,bind "$work/open/fixed"
    not_ok "$name: as root of a user namespace: uncovered" inside unshare -Urm umount -l "$work/secret"
    not_ok "$name: as root of a user namespace: bound elsewhere" \
        inside unshare -Urm sh -c "mount --rbind $work/other $work/open && touch $work/open/x"
    not_ok "$name: by way of PID 1's root" inside cat "/proc/1/root$work/secret/file"
    not_ok "$name: by way of our root" inside cat "/proc/$$/root$work/secret/file"
    not_ok "$name: into our namespace" inside nsenter -t $$ --mount --user true
    ok "$name: a user namespace of its own is still to be had" inside unshare -U true
    not_ok "$name: a link in what it may write" \
        inside sh -c "ln -s $work/other $work/open/link && touch $work/open/link/x"
done

# Of the same user, and outside. Without Landlock, so that it is the user namespace that holds it.
if [[ " ${classes[*]} " == *" user "* ]]; then
    as_user=(env)
    ((EUID != 0)) || as_user=(setpriv --reuid "$user" --regid "$user" --clear-groups)
    "${as_user[@]}" sleep infinity &
    neighbour=$!
    ok "user: without mounts a neighbour shows its environment" wait_until 10 "${as_user[@]}" head -c 1 "/proc/$neighbour/environ"
    extra=(--no-landlock)
    not_ok "user: with them not" in_class user PrivateMounts=yes -- head -c 1 "/proc/$neighbour/environ"
    not_ok "user: nor its memory" in_class user PrivateMounts=yes -- sh -c "exec 3<>/proc/$neighbour/mem"
    not_ok "user: nor its files" in_class user PrivateMounts=yes -- ls "/proc/$neighbour/root/"
    extra=()
    # By CAP_SYS_ADMIN there is no user namespace: then a Landlock domain holds it.
    if [[ " ${classes[*]} " == *" root "* && " ${classes[*]} " == *" landlock "* ]]; then
        not_ok "root: with them not" in_class root PrivateMounts=yes -- head -c 1 "/proc/$neighbour/environ"
        not_ok "root: nor is it a way to what is hidden" \
            in_class root "InaccessiblePaths=$work/secret" -- cat "/proc/$neighbour/root$work/secret/file"
        ok "root: all else may be written as before" \
            in_class root PrivateMounts=yes -- sh -c "touch $work/other/free && mv $work/other/free $work/open/free"
    fi
    kill "$neighbour"
fi

# ---- the private /tmp is one for all processes of a unit, and for nobody else ----
mkdir -p "$work/private/tool.service"/{tmp,var-tmp}
chmod 1777 "$work/private/tool.service"/*
((EUID != 0)) || chown -R $user:$user "$work/private"
for name in root user; do
    [[ " ${classes[*]} " == *" $name "* ]] || continue
    extra=(--private "$work/private")
    ok "$name: one process writes in /tmp" in_class "$name" PrivateTmp=yes -- sh -c "echo $name >/tmp/shared"
    is "$(in_class "$name" PrivateTmp=yes -- cat /tmp/shared)" "$name" "$name: another of the unit reads it"
    not_ok "$name: who has his own mounts does not see it" in_class "$name" PrivateMounts=yes -- ls "$work/private"
    extra=()
done
# With Landlock alone it is a directory to which TMPDIR leads; the common ones are closed.
if [[ " ${classes[*]} " == *" landlock "* ]]; then
    extra=(--private "$work/private")
    own=$work/private/tool.service
    ok "landlock: with degrade PrivateTmp=yes is left out, and /tmp written to" \
        in_class landlock PrivateTmp=yes -- touch "/tmp/reeve-mounts-$$"
    rm -f "/tmp/reeve-mounts-$$"
    policy=()
    like "$(extra+=(--verdicts); in_class landlock PrivateTmp=yes -- true)" 'PrivateTmp=yes: partial by Landlock' \
        "landlock: PrivateTmp=yes is held in part"
    ok "landlock: the unit's own directories are written to" in_class landlock PrivateTmp=yes -- touch "$own/tmp/x" "$own/var-tmp/x"
    not_ok "landlock: /tmp is not" in_class landlock PrivateTmp=yes -- touch "/tmp/reeve-mounts-$$"
    not_ok "landlock: nor is /var/tmp" in_class landlock PrivateTmp=yes -- touch "/var/tmp/reeve-mounts-$$"
    not_ok "landlock: nor, below it, what somebody left there" in_class landlock PrivateTmp=yes -- sh -c "echo x >$seen"
    not_ok "landlock: not even with ReadWritePaths=" \
        in_class landlock PrivateTmp=yes ReadWritePaths=/tmp -- touch "/tmp/reeve-mounts-$$"
    not_ok "landlock: another unit writes to neither" in_class landlock ProtectSystem=strict -- touch "$own/tmp/y"
    ok "landlock: the rest of the tree is as it was" in_class landlock PrivateTmp=yes -- touch /dev/shm/reeve-mounts-$$
    rm -f /dev/shm/reeve-mounts-$$
    extra=() policy=(--degrade)
fi

# ---- what cannot be mounted is named ----
name=${classes[0]}
if [[ $name != landlock && $name != nothing ]]; then
    ok "$name: a path that is missing is passed over with SandboxPolicy=degrade" in_class "$name" "ReadOnlyPaths=$work/missing" -- true
    read -ra start <<<"${class[$name]}"
    "${start[@]}" --line "ReadOnlyPaths=$work/missing" -- true
    is $? 226 "$name: and else it is 226 (NAMESPACE)"
    like "$("${start[@]}" --line "BindPaths=$work/missing" -- true 2>&1)" "warning: BindPaths=$work/missing: it is not there" \
        "$name: a missing source is warned about when the unit is loaded"
    ln -s "$work/other" "$work/open/late"
    in_class "$name" "ReadWritePaths=$work/open/late" ProtectSystem=strict -- touch "$work/other/by-link"
    is $? 0 "$name: a link that was there when the plan was made is followed"
fi
IFS= read -r output < <("$tool" --no-mounts --line PrivateTmp=yes -- true 2>&1)
like "$output" "error: PrivateTmp=yes: no mount namespace can be had here" "what takes mounts is an error where there are none"

# ---- the table ----
printf '# %-58s' directive
printf ' %-22s' "${classes[@]}"
echo
for row in "${rows[@]}"; do
    printf '# %-58s' "${row//$work/W}"
    for name in "${classes[@]}"; do
        said=${table[$name/$row]%%:*}
        printf ' %-22s' "${said/ by nothing/}"
    done
    echo
done
done_testing
