#!/bin/bash
# The table of reeve(8), EXIT STATUS: a real run of reeve for each row.
# quick: yes
# shellcheck disable=SC2016 # $$ is for the service's shell
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chmod 0755 "$work"
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health}
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${EXIT_PORT:-18823}
mkdir -p "$work/run" "$work/state"
chmod 0700 "$work/run"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$work/run" "$work/state"

# row STATUS TEXT <lines of [Service]; [Unit] gets $in_unit: the unit ends the pod
row() {
    local units=$work/units
    rm -rf "$units" && mkdir "$units"
    { printf '[Unit]\n%s\n[Service]\n' "$in_unit"; cat; } >"$units/one.service"
    timeout 30 "$work/bin/reeve" --units "$units" --target one.service >"$work/log" 2>&1
    is $? "$1" "$2" || diag "$(tail -n 20 "$work/log")"
}
in_unit=FailureAction=exit
row 7 "exit-code: the status of the service" <<<"ExecStart=/bin/sh -c 'exit 7'"
row 137 "signal: 128 and its number" <<<"ExecStart=/bin/sh -c 'kill -KILL \$\$\$\$'"
row 134 "core-dump, or SIGABRT: the same" <<<"ExecStart=/bin/sh -c 'kill -ABRT \$\$\$\$'"
row 203 "a program that is not there: 203, EXEC" <<<"ExecStart=/absent/program"
row 200 "a directory that is not there: 200, CHDIR" <<<"WorkingDirectory=/absent
ExecStart=/bin/true"
row 124 "timeout at the start" <<<"Type=notify
TimeoutStartSec=100ms
ExecStart=/bin/sleep 1000"
row 124 "timeout of RuntimeMaxSec=" <<<"RuntimeMaxSec=100ms
ExecStart=/bin/sleep 1000"
row 76 "protocol: the service never said READY=1" <<<"Type=notify
ExecStart=/bin/true"
row 1 "exit-code of another command than the main process: 1" <<<"Type=oneshot
ExecStartPre=/bin/sh -c 'exit 9'
ExecStart=/bin/true"
in_unit='FailureAction=exit
FailureActionExitStatus=42'
row 42 "FailureActionExitStatus=" <<<"ExecStart=/bin/false"
in_unit=SuccessAction=exit
row 0 "SuccessAction=exit: 0" <<<"ExecStart=/bin/true"
row 5 "a status that counts as success comes through" <<<"SuccessExitStatus=5
ExecStart=/bin/sh -c 'exit 5'"
in_unit='SuccessAction=exit
SuccessActionExitStatus=43'
row 43 "SuccessActionExitStatus=" <<<"ExecStart=/bin/true"
in_unit=
row 78 "a unit file with an error: 78" <<<"Restart=sometimes
ExecStart=/bin/true"
"$work/bin/reeve" --nonsense >/dev/null 2>&1
is $? 2 "wrong usage: 2"
done_testing
