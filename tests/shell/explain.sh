#!/bin/bash
# reevectl explain: a service that its own sandbox killed, or refused something; which directives can have done it.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
. tests/shell/small_lib.sh
small_pod "${EXPLAIN_PORT:-18827}"
units=$work/set/units
mkdir -p "$units"
explain() {
    "$ctl" explain "$@"
}
unit killed.service <<'UNIT'
[Service]
ExecStart=/bin/chmod 0700 /tmp
SystemCallFilter=~@chown chmod fchmod fchmodat fchmodat2
SystemCallArchitectures=native
LockPersonality=yes
UNIT
unit refused.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'touch /etc/by-refused; unshare -U true; exec /bin/sleep 1000'
ProtectSystem=strict
RestrictNamespaces=yes
UNIT
unit tries.service <<UNIT
[Service]
ExecStart=/bin/sh $work/tries
StateDirectory=tries
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET
RestrictSUIDSGID=yes
LockPersonality=yes
SocketBindDeny=tcp
SystemCallFilter=~sync
SystemCallErrorNumber=EPERM
ProtectSystem=strict
LimitNOFILE=16
[X-Reeve]
SandboxPolicy=degrade
UNIT
cat >"$work/tries" <<'SH'
unshare -U true
setarch -R true
touch "$STATE_DIRECTORY/file"
chmod u+s "$STATE_DIRECTORY/file"
touch /etc/by-tries
perl -e 'socket(S, 16, 3, 0) or print "socket: $!\n"'
perl -e 'socket(S, 2, 1, 0) or die "no socket"; bind(S, pack("SnNx8", 2, 18829, 0x7f000001)) or print "bind: $!\n"'
perl -e 'my @all; while (open(my $file, "<", "/dev/null")) { push @all, $file } print "open: $!\n"'
echo tried
exec /bin/sleep 1000
SH
mkdir "$work/bound"
unit bound.service <<UNIT
[Service]
ExecStart=/bin/sh -c 'touch $work/bound/file; exec /bin/sleep 1000'
BindReadOnlyPaths=$work/bound
[X-Reeve]
SandboxPolicy=degrade
UNIT
unit plain.service <<'UNIT'
[Service]
ExecStart=/bin/sleep 1000
UNIT
"$reeve" --units "$units" >"$log" 2>&1 &
pid=$!
died() {
    [[ $("$ctl" show -P ExecMainStatus killed 2>/dev/null) == 31 ]]
}
if ! wait_until 20 died && "$ctl" security killed | grep -q 'SystemCallFilter.*none'; then
    skip_all "no seccomp here"
fi
wait_until 20 grep -q 'refused: .*nshare' "$log"

# ---- SIGSYS ----
explain killed --log=/dev/null >"$work/text"
is $? 0 "something is found"
like "$(head -n 1 "$work/text")" '^killed.service: [a-z]+; its last main process: code=(killed|dumped), status=31/SYS$' "how it ended comes first"
like "$(cat "$work/text")" 'SIGSYS: a system call was refused by a filter' "the call is not known, and that is said"
like "$(cat "$work/text")" 'can be SystemCallFilter= \(seccomp\): kills' "the filter can have done it"
like "$(cat "$work/text")" 'can be SystemCallArchitectures= ' "and so can the rule about architectures"
not_ok "but not a directive that refuses with an error" grep -q LockPersonality "$work/text"
like "$(cat "$work/text")" 'or a filter that the program itself installed' "what else it can be"
number() { # of a system call here, as the kernel's log has it
    awk -v name="__NR_$1" '$2 == name { print $3 }' <(echo "#include <sys/syscall.h>" | gcc -E -dM - 2>/dev/null)
}
call=$(number fchmodat)
if [[ $call && $(uname -m) == x86_64 ]]; then
    echo "audit: type=1326 audit(1.2:3): auid=1 uid=1001 gid=1001 ses=1 pid=7 comm=\"sh\" exe=\"/bin/chmod\" sig=31 arch=c000003e syscall=$call compat=0 ip=0x0 code=0x80000000" >"$work/dmesg"
    explain killed --log="$work/dmesg" >"$work/text"
    like "$(cat "$work/text")" 'SIGSYS, for fchmodat\(\), as the kernel says' "the kernel's log names the call"
    like "$(cat "$work/text")" 'can be SystemCallFilter= ' "of which it is known who refuses it"
    not_ok "and who does not" grep -q SystemCallArchitectures "$work/text"
    sed "s/syscall=$call/syscall=$(number getpid)/" "$work/dmesg" >"$work/other"
    like "$(explain killed --log="$work/other")" 'no directive of the unit; perhaps' "a call that nothing of ours refuses is said to be one"
    sed 's/arch=c000003e/arch=40000003/' "$work/dmesg" >"$work/foreign"
    explain killed --log="$work/foreign" >"$work/text"
    like "$(cat "$work/text")" 'for a system call of another architecture, as the kernel says of this process
[^
]*
  can be SystemCallArchitectures= ' "a call of another architecture is another directive's"
    not_ok "and not the filter's" grep -q SystemCallFilter "$work/text"
else
    skip "no compiler, or another machine" "the kernel's log"
fi

if dmesg 2>/dev/null | grep -q 'type=1326 .*uid=1001 .*comm="chmod" .*sig=31'; then
    like "$(dmesg | grep 'comm="chmod"' | tail -n 1 | explain killed --log=-)" 'SIGSYS, for f?chmod(at2?)?\(\), as the kernel says' \
        "and so it is with the kernel's own line"
    # It names the process as the machine does, which in a pid namespace of our own is another number.
    if [[ $(readlink /proc/self/ns/pid) == 'pid:[4026531836]' ]]; then
        like "$(explain killed)" "SIGSYS, for f?chmod(at2?)?\(\), as the kernel says.* pid=$("$ctl" show -P ExecMainPID killed) " "which is found without being told"
    else
        skip "a pid namespace of our own" "which is found without being told"
    fi
else
    skip "the kernel's log is not to be had here, or does not tell" "the kernel's own line"
fi

# ---- errors in the log ----
explain refused --log="$log" >"$work/text"
is $? 0 "the log has clues"
like "$(cat "$work/text")" 'can be ProtectSystem= ' "a file that cannot be written"
like "$(cat "$work/text")" 'EPERM, perhaps of unshare\(\)' "a word of the line that is a system call is taken for a hint"
like "$(cat "$work/text")" 'can be RestrictNamespaces= \(seccomp\): refuses new namespaces' "of which the directive comes first"
like "$(cat "$work/text")" 'less likely NoNewPrivileges= ' "and others later"
like "$(explain refused --log=- <"$log")" 'can be RestrictNamespaces' "a log can come from a pipe"

explain refused >"$work/default"
is "$(cat "$work/default")" "$(explain refused --log="$log")" "without --log it is what reeve-log keeps"

# ---- the table says what the kernel says: each refusal leads to the directive that gave it ----
if command -v perl >/dev/null && wait_until 20 grep -q 'tries: tried' "$log"; then
    explain tries --log="$log" >"$work/text"
    # culprit BEGINNING: the first directive that is named for the line that begins so
    culprit() {
        awk -v line="    $1" 'index($0, line) == 1 { on = 1; next } on && /^  / { print $3; exit }' "$work/text"
    }
    is "$(culprit 'unshare:')" RestrictNamespaces= "unshare"
    is "$(culprit 'setarch:')" LockPersonality= "setarch"
    is "$(culprit 'chmod:')" RestrictSUIDSGID= "chmod u+s"
    is "$(culprit 'touch: ')" ProtectSystem= "touch"
    is "$(culprit 'socket:')" RestrictAddressFamilies= "socket"
    is "$(culprit 'open:')" LimitNOFILE= "too many files"
    if "$ctl" security tries | grep -qE '^SocketBindDeny .*(full|partial)'; then
        is "$(culprit 'bind:')" SocketBindDeny= "bind"
    else
        skip "ports cannot be held here" "bind"
    fi
else
    skip "no perl" "each refusal leads to its directive"
fi

# ---- a bind is called what the unit calls it ----
if "$ctl" security bound | grep -qE '^Bind(ReadOnly)?Paths .*full'; then
    wait_until 20 grep -q 'bound: touch: ' "$log"
    like "$(explain bound --log="$log")" 'can be BindReadOnlyPaths= \(mounts\): makes it read-only' "a file below BindReadOnlyPaths="
    is "$("$ctl" security bound | grep -c '^BindPaths')" 0 "security does not speak of BindPaths=, which the unit has not"
else
    skip "no mounts here" "a file below BindReadOnlyPaths="
fi

# ---- what show has of the filter: the words of systemctl 257 for these units ----
unit shown.service <<'UNIT'
[Service]
ExecStart=/bin/sleep 1000
SystemCallFilter=~chmod fchmod ptrace:EACCES kexec_load:kill
UNIT
"$ctl" daemon-reload
is "$("$ctl" show -p SystemCallFilter -p SystemCallErrorNumber shown)" \
    "SystemCallFilter=~chmod fchmod kexec_load:kill ptrace:EACCES
SystemCallErrorNumber=2147483646" "a filter, as systemctl shows it"
is "$("$ctl" show -p SystemCallFilter -p SystemCallErrorNumber plain)" "SystemCallFilter=~
SystemCallErrorNumber=2147483646" "and none"

# ---- nothing to explain, and mistakes ----
like "$(explain plain --log=/dev/null)" 'Nothing here points at its sandbox\.' "a service that is well"
like "$(explain plain)" 'Nothing here points at its sandbox, nor do its last lines' "whose log was found, without being told"
not_ok "has nothing to be explained" explain plain
not_ok "an unknown unit" explain absent
not_ok "no unit" explain
not_ok "a log that is not there" explain plain --log="$work/absent"
"$ctl" shutdown >/dev/null
wait "$pid"
pid=

done_testing
