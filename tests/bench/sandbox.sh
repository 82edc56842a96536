#!/bin/bash
# What a sandbox costs and holds: reeve's beside bubblewrap, minijail, firejail and systemd (README.md beside this file). Root.
#
#   tests/bench/sandbox.sh [ROUNDS]     ROUNDS: starts of each contender (100); build/bench/sandbox.md
#
# Whoever is not here is left out; MINIJAIL: where minijail0 is, which Debian has since 2026 (README.md). PODMAN, ORACLE: as in tests/filters/record.sh, for systemd; ORACLE= leaves systemd out.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/escape/escape_lib.sh
. tests/escape/escape_lib.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
build=$(realpath "${BUILD:-build}") rounds=${1:-100}
export LC_ALL=C
((EUID == 0)) || { echo "sandbox.sh: only root can play the ordinary user of the test" >&2; exit 1; }
# firejail wants its user in the list of users: in a mount namespace of ours it is.
[[ ${SANDBOX_BENCH_INSIDE:-} ]] || SANDBOX_BENCH_INSIDE=yes exec unshare -m --propagation private "$0" "$@"
work=$(mktemp -d /opt/reeve-sandbox.XXXXXX) container=''
world=$work/world out=$build/bench/sandbox
chmod 755 "$work"
mkdir -p "$world/bin" "$out"
rm -f "$out"/*
install -t "$world/bin" "$build"/{reeve-sandbox,tests/escape,bench/starts,bench/stamp}
mkdir "$work/home"
chown 1001:1001 "$world" "$work/home"
if ! getent passwd 1001 >/dev/null; then
    { cat /etc/passwd; echo "bench:x:1001:1001::$work/home:/bin/sh"; } >"$work/passwd"
    mount --bind "$work/passwd" /etc/passwd
fi
sibling=''
end() {
    [[ -z $sibling ]] || kill -KILL -- "-$sibling" 2>/dev/null || true
    [[ -z $container ]] || "${podman[@]}" rm -t 0 -f "$container" >/dev/null 2>&1 || true
    umount /etc/passwd 2>/dev/null || true
    rm -rf "$work" {,/var}/tmp/escapeworld
}
trap end EXIT
as_user=(setpriv --reuid 1001 --regid 1001 --clear-groups --inh-caps=-all --bounding-set=-all)
# firejail is setuid root, which an empty bounding set would forbid; nobody else is helped by a full one.
as_login=(setpriv --reuid 1001 --regid 1001 --clear-groups --inh-caps=-all env HOME="$work/home" USER=bench)

# ---- who is there ----
# Each as far as it goes: what reeve and systemd are asked is all of tests/escape/directives.txt that is part of one unit.
lines='' asked=()
while IFS='|' read -r name _ line note; do
    [[ $note != alone* ]] || continue
    [[ ! $line ]] || lines+="$line;"
    # What reeve alone has: its socket, and the tracking of processes.
    [[ $name == Control || $name == Seal ]] || asked+=("$name")
done < <(escape_rows)
lines=${lines//@W@/$world} lines=${lines//@U@/$world/units}
lines+="BindReadOnlyPaths=$world;BindPaths=$world/open"
pod_units=(redis datahub kairos xvfb chromium)
few='SystemCallFilter=@system-service;SystemCallErrorNumber=EPERM;SystemCallArchitectures=native;ProtectSystem=strict;RestrictNamespaces=yes;LockPersonality=yes;RestrictRealtime=yes;RestrictSUIDSGID=yes;RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6'
all_but="$few;CapabilityBoundingSet=;PrivateTmp=yes;PrivateIPC=yes;PrivateDevices=yes;ProtectHome=yes;ProtectKernelTunables=yes;ProtectControlGroups=yes;ProtectKernelLogs=yes;ProtectKernelModules=yes;ProtectClock=yes;ProtectHostname=yes;MemoryDenyWriteExecute=yes"
# unit_lines UNIT: what a unit of the pod asks of its sandbox
unit_lines() {
    sed -n '/^\[Service\]/,/^\[X-/p' "units/pod/$1.service" |
        grep -E '^(CapabilityBoundingSet|LockPersonality|Memory|NoNewPrivileges|Private|Protect|ReadOnlyPaths|ReadWritePaths|Restrict|SocketBind|SystemCall|UMask)' |
        paste -sd ';'
}
# reeve-sandbox has a file for its lines, as words may have spaces in them.
{ echo '[Service]'; tr ';' '\n' <<<"$lines"; echo 'ExecStart=/bin/true'; printf '[X-Reeve]\nSandboxPolicy=degrade\n'; } >"$world/all.service"
bwrap="bwrap --ro-bind / / --dev /dev --proc /proc --tmpfs /tmp --tmpfs /var/tmp --tmpfs /home --tmpfs /root --tmpfs /run --ro-bind $world $world --bind $world/open $world/open --tmpfs $world/secret --unshare-all --new-session --die-with-parent --cap-drop ALL --"
firejail="firejail --quiet --noprofile --private-tmp --private-dev --caps.drop=all --nonewprivs --noroot --seccomp --protocol=unix --memory-deny-write-execute --restrict-namespaces --ipc-namespace --net=none --nodbus --read-only=/ --read-write=$world/open --blacklist=$world/secret --blacklist=/home --noexec=$world/open"
# minijail0 writes only its own user's map, as root; its filter is a list of what is allowed, made of all that the kernel has but for these.
refused='mount umount2 pivot_root move_mount fsopen fsconfig fsmount open_tree mount_setattr chroot swapon swapoff reboot kexec_load kexec_file_load
acct quotactl quotactl_fd iopl ioperm modify_ldt bpf perf_event_open ptrace process_vm_readv process_vm_writev pidfd_getfd kcmp userfaultfd
io_uring_setup keyctl add_key request_key memfd_create seccomp landlock_create_ruleset open_by_handle_at fanotify_init unshare setns sysfs mbind
move_pages migrate_pages set_mempolicy setrlimit sched_setattr ioprio_set init_module finit_module delete_module adjtimex clock_adjtime
clock_settime settimeofday sethostname setdomainname syslog personality'
awk -v "refused=$(tr '\n' ' ' <<<"$refused")" 'BEGIN { n = split(refused, word, " "); for (i = 1; i <= n; i++) is_refused[word[i]] }
    /^#define __NR_/ { name = substr($2, 6); print name ": " (name in is_refused ? "return 1" : "1") }' \
    /usr/include/x86_64-linux-gnu/asm/unistd_64.h >"$world/policy" || true
minijail="${MINIJAIL:-minijail0} -T static -U -m -M -v -t -e -l -N --uts -n -c 0 --ambient --landlock-abi 5 --fs-path-rx / --fs-path-rw $world/open --fs-path-rw /tmp --fs-path-rw /dev -S $world/policy --"
declare -a tools=(reeve-sandbox)
declare -A command=([reeve-sandbox]="$world/bin/reeve-sandbox -q $world/all.service --" [bwrap]=$bwrap [minijail]=$minijail [firejail]=$firejail)
declare -A program=([bwrap]=bwrap [minijail]=${MINIJAIL:-minijail0} [firejail]=firejail)
for tool in bwrap minijail firejail; do
    if command -v "${program[$tool]}" >/dev/null; then tools+=("$tool"); else echo "sandbox: $tool is not here, going on without it" >&2; fi
done

# ---- what each holds ----
# hold NAME COMMAND...: all attempts from inside, beside a sibling that runs outside
hold() {
    local name=$1
    shift
    rm -f "$world"/sibling/{pid,credentials}
    # One session: a sibling, and another that has something open which is not for us.
    # shellcheck disable=SC2016 # for the inner shell
    setsid "${as_login[@]}" sh -c '"$0" keeper "$1" & exec "$0" sibling "$1"' "$world/bin/escape" "$world" >/dev/null 2>&1 &
    sibling=$!
    wait_until 10 test -s "$world/sibling/pid" -a -s "$world/sibling/credentials"
    "$@" "$world/bin/escape" run "$world" "${asked[@]}" >"$out/$name.holds" 2>"$out/$name.log" || true
    kill -KILL -- "-$sibling" 2>/dev/null || true
    wait "$sibling" 2>/dev/null || true
    sibling=''
}
(cd / && "${as_user[@]}" "$world/bin/escape" prepare "$world")
"$world/bin/escape" list >"$out/list"
(cd / && "${as_login[@]}" "$world/bin/escape" control "$world") >"$out/control"
for tool in "${tools[@]}"; do
    read -ra words <<<"${command[$tool]}"
    (cd / && hold "$tool" "${as_login[@]}" "${words[@]}")
done

# ---- what each costs ----
{
    echo 'bare|command|'
    for unit in "${pod_units[@]}"; do
        echo "reeve-$unit|plan|$(unit_lines "$unit")"
    done
    echo "reeve-all|plan|$all_but;PrivateNetwork=yes"
    for tool in "${tools[@]}"; do
        echo "$tool|command|${command[$tool]}"
    done
} >"$out/contenders"
(cd / && "${as_login[@]}" "$world/bin/starts" "$rounds" "$world/bin/stamp" <"$out/contenders") >"$out/times"

# ---- systemd, in a container that has one ----
oracle=${ORACLE-localhost/reeve-oracle:trixie}
image_podman "$build/conformance/podman"
podman+=(--cgroup-manager cgroupfs)
[[ -z ${PODMAN:-} ]] || read -r -a podman <<<"$PODMAN"
is_booted() { [[ $("${podman[@]}" exec "$container" systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]; }
if [[ $oracle ]] && "${podman[@]}" image exists "$oracle"; then
    image_systemd_options
    container=reeve-bench-$$
    "${podman[@]}" run -d --name "$container" --network none --tmpfs /run --tmpfs /tmp "${systemd_options[@]}" --privileged \
        -v "$work:$work" "$oracle" /sbin/init >/dev/null
    wait_until 60 is_booted || { echo "sandbox.sh: systemd does not come up" >&2; exit 1; }
    cp tests/bench/inside_systemd.sh "$work"
    "${podman[@]}" exec -e "work=$work" -e "lines=$lines" -e "asked=$all_but" -e "rows=${asked[*]}" -e "rounds=$rounds" "$container" "$work/inside_systemd.sh" ||
        echo "sandbox.sh: systemd did not play to the end" >&2
    cp "$work"/systemd*.* "$out"
    "${podman[@]}" exec "$container" systemctl --version | head -n 1 >"$out/systemd.version"
fi

# ---- how much it is ----
# What is executed of the program, its helpers and its own libraries; that of all libraries that they load but the C library; and lines of
# code where the source is at hand (SOURCES: a directory with NAME-VERSION below it).
text_of() {
    size -- "$@" 2>/dev/null | awk 'NR > 1 { sum += $1 } END { print sum + 0 }'
}
# sizes_of [FILE...]: two numbers
sizes_of() {
    local others
    mapfile -t others < <(for file in "$@"; do ldd "$file" 2>/dev/null; done | sed -n 's,.* => \(/[^ ]*\) .*,\1,p' | grep -v '/libc\.so' |
        xargs -r readlink -f | sort -u | grep -vxF -f <(readlink -f "$@"))
    echo "$(text_of "$@") $( ((${#others[@]})) && text_of "${others[@]}" || echo 0)"
}
own_files() {
    case $1 in
    bwrap) command -v bwrap ;;
    minijail) echo "${program[minijail]}" "$(dirname "${program[minijail]}")"/../lib/*/minijail/*.so ;;
    firejail) echo "$(command -v firejail)" /usr/lib/*/firejail/* ;;
    esac
}
code_of() {
    cloc --quiet --csv --include-lang=C,'C/C++ Header' "$@" 2>/dev/null | awk -F, '/^[0-9]+,(C|C\/C\+\+ Header),/ { sum += $5 } END { print sum + 0 }'
}
{
    echo "reeve-sandbox $(sizes_of "$build/reeve-sandbox") $(command -v cloc >/dev/null && code_of sandbox supervisor/sandbox)"
    for tool in bwrap minijail firejail systemd; do
        source=$(compgen -G "${SOURCES:-/nonexistent}/${tool/bwrap/bubblewrap}-*" | head -n 1 || true)
        if [[ $tool == systemd ]]; then # what a service manager of it is made of, with its library
            [[ ! -e $work/files/own ]] || echo "systemd $(text_of "$work"/files/own/*) $(text_of "$work"/files/others/*) $([[ ! $source ]] ||
                code_of "$source"/src/{core,shared,basic})"
        elif command -v "${program[$tool]}" >/dev/null; then
            # shellcheck disable=SC2046 # names without spaces
            echo "$tool $(sizes_of $(own_files $tool)) $([[ ! $source ]] || code_of "$source")"
        fi
    done
} >"$out/sizes"
{
    echo "host kernel $(uname -r)"
    echo "host date $(date -u +%F)"
    echo "host commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
    echo "host load $(cut -d' ' -f1-3 /proc/loadavg)"
    echo "host versions $( { bwrap --version; firejail --version 2>/dev/null | head -n 1; cat "$out/systemd.version"; } 2>/dev/null | paste -sd, | sed 's/,/, /g')"
} >"$out/host"
printf '%s\n' "${asked[@]}" >"$out/asked"
awk -v "out=$out" -f tests/bench/sandbox.awk "$out/asked" "$out/host" "$out/sizes" "$out"/*times "$out/list" "$out"/*control "$out"/*.holds |
    tee "$build/bench/sandbox.md"
