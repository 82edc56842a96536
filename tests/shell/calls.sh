#!/bin/bash
# quick: yes
# What a unit's restrictions of system calls come to in a pod: results, states, and no trace of one unit in another.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
. tests/shell/small_lib.sh
small_pod "${CALLS_PORT:-18727}"
# Ends with 0 when memory may be written and executed.
read -r -a compiler <<<"${CC:-cc}"
"${compiler[@]}" -o "$work/bin/map_code" -xc - <<'EOF2' || exit 1
#include <sys/mman.h>
int main(void)
{
    return mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
}
EOF2
# service NAME COMMAND LINE...
service() {
    { printf '[Service]\nType=oneshot\nExecStart=%s\n' "$2"; printf '%s\n' "${@:3}"; } >"$units/$1.service"
}
service killed /bin/uname 'SystemCallFilter=~uname'
service refused /bin/uname 'SystemCallFilter=~uname:EACCES'
service listed /bin/uname SystemCallFilter=@system-service 'SystemCallFilter=~@privileged @resources' SystemCallErrorNumber=EPERM \
    SystemCallArchitectures=native RestrictAddressFamilies=AF_UNIX RestrictNamespaces=yes RestrictRealtime=yes \
    RestrictSUIDSGID=yes MemoryDenyWriteExecute=yes LockPersonality=yes ProtectClock=yes ProtectHostname=yes \
    ProtectKernelLogs=yes ProtectKernelModules=yes
service not-started /bin/true 'SystemCallFilter=~execve'
service memory "$work/bin/map_code" MemoryDenyWriteExecute=yes
service free "$work/bin/map_code"
printf '[Service]\nExecStart=/bin/sleep infinity\n' >"$units/stays.service"
printf '[Unit]\nWants=stays.service\n' >"$units/default.target"

"$work/bin/reeve" --units "$units" >"$log" 2>&1 &
pid=$!
is_up() { grep -q 'is up after' "$log"; }
ok "the pod comes up" wait_until 20 is_up || { diag "$(<"$log")"; done_testing; }
result() {
    "$ctl" start "$1.service" >/dev/null 2>&1
    "$ctl" show "$1.service" -p Result | sed 's/^Result=//'
}
# With a core or without, as the machine likes.
like "$(result killed)" '^(signal|core-dump)$' "a call that kills"
is "$(result refused)" exit-code "a call that is refused with an error"
is "$(result listed)" success "a program that needs nothing of what is refused"
like "$(result not-started)" '^(signal|core-dump)$' "a program that may not even be started"
is "$(result memory)" exit-code "MemoryDenyWriteExecute=yes: no code that was written"
is "$(result free)" success "and the next unit may have it: PID 1 is untouched"
is "$(result memory)" exit-code "still not the first"
idle=$("$ctl" show stays.service -p MainPID | sed 's/^MainPID=//')
ok "the idle service runs" kill -0 "$idle"
kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod stops"
pid=
not_ok "and does not leave it behind" kill -0 "$idle"
done_testing
