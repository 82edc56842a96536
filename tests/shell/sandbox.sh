#!/bin/bash
# quick: yes
# What a service cannot do, tried by ordinary programs that were started with a plan of sandbox/; where there are no
# mounts of its own to be had (--no-mounts). With them: mounts.sh.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")/tests/tool_sandbox
[[ -x $built ]] || { fail "$built is there (make test-programs)"; done_testing; }

work=$(mktemp -d /var/tmp/reeve-sandbox.XXXXXX)
chmod 755 "$work"
mkdir "$work/open" "$work/other" "$work/own"
tool=$work/tool_sandbox
cp "$built" "$tool"
as_user=(env)
((EUID)) || as_user=(setpriv --reuid 1500 --regid 1500 --clear-groups)
started=()
clean_up() {
    ((${#started[@]})) && kill -9 "${started[@]}" 2>/dev/null
    rm -rf "$work"
}
trap clean_up EXIT

verdicts=$("$tool" --no-mounts --degrade --verdicts --protect-system strict --restrict-namespaces --deny-any -- true 2>/dev/null)
has() {
    grep -q "^$1" <<<"$verdicts"
}

# A service like those of the pod.
service=("$tool" --no-mounts --protect-system strict --own "$work/own" --read-write "$work/open" --restrict-namespaces --native
    --lock-personality --deny-any --allow-tcp 17379 --seal 7)

if has "ProtectSystem=strict: partial by Landlock"; then
    ok "strict: a directory that the unit may write to" "${service[@]}" -- touch "$work/open/file" "$work/own/file"
    not_ok "strict: any other" "${service[@]}" -- touch "$work/other/file"
    not_ok "strict: /tmp is one of the others" "${service[@]}" -- touch "/tmp/reeve-sandbox.$$"
    ok "strict: devices" "${service[@]}" -- sh -c 'echo x >/dev/null'
    ok "strict: its own entry of /proc" "${service[@]}" -- sh -c 'echo 500 >/proc/self/oom_score_adj'
    ok "strict: reading and starting programs" "${service[@]}" -- sh -c 'cat /etc/passwd | head -1'
    ln -s "$work/other" "$work/open/link"
    not_ok "strict: not by way of a symbolic link" "${service[@]}" -- touch "$work/open/link/file"
    not_ok "strict: not by way of /proc" "${service[@]}" -- touch "/proc/self/root$work/other/file"
    # Root sees everything, so this needs an ordinary user, as in a pod.
    "${as_user[@]}" sleep infinity &
    started+=("$!")
    ok "without a plan: another process of the same user shows its environment" \
        wait_until 10 "${as_user[@]}" head -c 1 "/proc/$!/environ"
    not_ok "with one, it does not" "${as_user[@]}" "${service[@]}" -- head -c 1 "/proc/$!/environ"
    not_ok "a signal to the parent" "${service[@]}" -- kill -0 $$
    not_ok "full: /etc" "$tool" --no-mounts --protect-system full -- touch "/etc/reeve-sandbox.$$"
    ok "full: elsewhere" "$tool" --no-mounts --protect-system full -- touch "$work/other/file"
else
    skip "no Landlock here" "what strict allows and refuses"
fi

if has "RestrictNamespaces=yes: full"; then
    not_ok "a user namespace" "${service[@]}" -- unshare --user true
    not_ok "another personality" "${service[@]}" -- setarch --addr-no-randomize true
    not_ok "the seal as a limit of its own" "${service[@]}" -- prlimit --rttime=5 true
    not_ok "the seal of another process" "${service[@]}" -- prlimit --pid $$ --rttime=5
    ok "any other limit" "${service[@]}" -- prlimit --core=0 true
    status=$("${service[@]}" -- grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status | tr -d '\t\n')
    is "$status" "NoNewPrivs:1Seccomp:2" "no new privileges, and a filter"
else
    skip "seccomp filters cannot be installed here" "what the filter refuses"
fi

# run LINE... -- COMMAND: with these lines in [Service]
run() {
    local -a lines=()
    while [[ $1 != -- ]]; do
        lines+=(--line "$1")
        shift
    done
    "$tool" "${lines[@]}" "$@"
}
# died LINE... -- COMMAND: of SIGSYS?
died() {
    run "$@" >/dev/null 2>&1
    (($? == 159))
}
if has "RestrictNamespaces=yes: full"; then
    ok "SystemCallFilter: a program that needs no more than the list" run SystemCallFilter=@system-service -- cat /etc/passwd
    ok "SystemCallFilter: the first call that is not in it is the last" died SystemCallFilter=@system-service -- chroot / true
    ok "SystemCallFilter: nor is one that was taken out of it" \
        died SystemCallFilter=@system-service 'SystemCallFilter=~@resources' -- nice true
    ok "SystemCallFilter: the same call without" run SystemCallFilter=@system-service -- nice true
    like "$(run 'SystemCallFilter=~uname:ENOENT' -- uname 2>&1)" "No such file" "an error number of its own"
    like "$(run 'SystemCallFilter=~uname' SystemCallErrorNumber=EACCES -- uname 2>&1)" "denied" "SystemCallErrorNumber="
    like "$(run 'SystemCallFilter=@system-service' 'SystemCallFilter=~uname:EACCES' -- uname 2>&1)" "denied" \
        "an error number in a list of what is allowed"
    ok "an empty line takes all back" run 'SystemCallFilter=~uname' SystemCallFilter= -- uname
    like "$(run 'SystemCallFilter=~nonsense' -- true 2>&1)" "warning: 'nonsense' in SystemCallFilter= is not a system call" \
        "an unknown name is passed over with a warning"
    ok "SystemCallFilter: a program that may not even be started" died 'SystemCallFilter=~execve' -- true
    not_ok "SystemCallLog hinders nobody" died SystemCallLog=@system-service -- uname

    open_tcp='exec 3<>/dev/tcp/127.0.0.1/1'
    like "$(run -- bash -c "$open_tcp" 2>&1)" "refused" "without RestrictAddressFamilies= nobody listens"
    like "$(run RestrictAddressFamilies=AF_UNIX -- bash -c "$open_tcp" 2>&1)" "not supported" "with it there is no such socket"
    like "$(run 'RestrictAddressFamilies=~AF_INET' -- bash -c "$open_tcp" 2>&1)" "not supported" "nor when just that one is denied"
    like "$(run RestrictAddressFamilies=none -- bash -c "$open_tcp" 2>&1)" "not supported" "nor with none"
    touch "$work/open/mode"
    ok "without RestrictSUIDSGID: chmod u+s" run -- chmod u+s "$work/open/mode"
    not_ok "RestrictSUIDSGID: chmod u+s" run RestrictSUIDSGID=yes -- chmod u+s,g+x "$work/open/mode"
    not_ok "RestrictSUIDSGID: mkdir -m g+s" run RestrictSUIDSGID=yes -- mkdir -m 2755 "$work/open/set-id"
    ok "RestrictSUIDSGID: any other mode" run RestrictSUIDSGID=yes -- mkdir -m 1755 "$work/open/sticky"
    ok "RestrictNamespaces: those of the list, as far as the place lets them" \
        test "$(run -- unshare --user true 2>&1)" = "$(run RestrictNamespaces=user -- unshare --user true 2>&1)"
    not_ok "RestrictNamespaces: all but those of the list" run RestrictNamespaces=net -- unshare --user true
    not_ok "RestrictNamespaces: with '~' those of the list" run 'RestrictNamespaces=~user' -- unshare --user true
    # CAP_SYS_TIME is bit 25.
    has_no_time() { ! grep -q "^Cap...:.*[2367abef]......$" <(run "$1" -- grep -E '^Cap(Bnd|Eff|Prm):' /proc/self/status); }
    ok "ProtectClock takes CAP_SYS_TIME" has_no_time ProtectClock=yes
else
    skip "seccomp filters cannot be installed here" "what system calls a unit may make"
fi

# A daemon of the old kind: its own session, its parents gone.
"${service[@]}" -- sh -c "setsid -f sh -c 'echo \$\$ >$work/open/pid; exec sleep infinity'"
if wait_until 10 test -s "$work/open/pid"; then
    daemon=$(<"$work/open/pid")
    started+=("$daemon")
    wanted=$((0x4000000000000000 + (1 << 32) + 7))
    is "$(awk '/^Max realtime timeout/ { print $4 }' "/proc/$daemon/limits")" "$wanted" "a daemon carries the seal"
else
    fail "a daemon carries the seal"
fi

# i386 calls have other numbers: the loader of that architecture is program enough.
loader=$(compgen -G '/lib*/ld-linux.so.2' | head -1)
if [[ -n $loader ]] && "$loader" --version >/dev/null 2>&1; then
    "$tool" --native -- "$loader" --version >/dev/null 2>&1
    is $? 159 "native: an i386 program dies of SIGSYS"
    ok "without it, it runs" "$tool" -- "$loader" --version
else
    skip "no i386 program can be started here" "native: an i386 program dies of SIGSYS"
fi

if type -P redis-server redis-cli >/dev/null && has "SocketBindDeny=set: partial by Landlock"; then
    "${service[@]}" -- redis-server --port 17379 --bind 127.0.0.1 --dir "$work/own" --save '' \
        --pidfile "$work/own/redis.pid" --daemonize yes >/dev/null 2>&1
    ok "redis in it: starts and answers on its port" wait_until 10 redis-cli -p 17379 ping
    ok "redis in it: saves in its own directory" redis-cli -p 17379 save
    ok "redis in it: saved" test -s "$work/own/dump.rdb"
    [[ ! -s $work/own/redis.pid ]] || started+=("$(<"$work/own/redis.pid")")
    not_ok "redis in it: another port is refused" timeout 10 "${service[@]}" -- \
        redis-server --port 17380 --bind 127.0.0.1 --dir "$work/own" --save ''
else
    skip "no redis-server, or no port rules of Landlock (ABI 4)" "redis in it"
fi

output=$("$tool" --no-mounts --no-landlock --protect-system strict -- true 2>&1)
is $? 125 "without Landlock a strict unit does not start"
like "$output" "error: ProtectSystem=strict: this kernel has no Landlock" "and the error says why"
output=$("$tool" --no-mounts --degrade --no-landlock --protect-system strict -- true 2>&1)
is $? 0 "without Landlock a degraded unit does"
like "$output" "warning: ProtectSystem=strict" "with a warning"
output=$("$tool" --no-mounts --inaccessible /etc -- true 2>&1)
like "$output" "error: InaccessiblePaths=/etc: " "InaccessiblePaths= cannot be held, and is not passed over"
"$tool" --no-mounts --protect-system strict --own "$work/missing" -- true 2>/dev/null
is $? 226 "a directory of the unit that is missing: 226 (NAMESPACE)"

done_testing
