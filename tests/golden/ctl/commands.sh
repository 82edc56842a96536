#!/bin/bash
# The same commands for systemctl and for reevectl; what they say and how they end, on standard output.
#
#   commands.sh CONTROL DIRECTORY      DIRECTORY: where the unit files go; they are loaded by daemon-reload
#
# tests/shell/ctl.sh runs it with reevectl and compares with recorded.txt, which is what systemd 257 says:
#
#   bash commands.sh systemctl /run/systemd/system >recorded.txt     in a container with systemd as PID 1
control=$1 units=$2

unit() {
    cat >"$units/$1"
}
# run ARGUMENT...: a command; words that can only differ are made the same: the program's name, where the log is
run() {
    local status
    echo "\$ $*"
    "$control" "$@" </dev/null >"$units/../out.$$" 2>&1
    status=$?
    sed -e 's/reevectl/systemctl/g' -e "s|$units|UNITS|g" \
        -e 's/and "journalctl -xeu [^"]*"/and the log/' -e "s/See 'journalctl -xe'/See the log/" \
        -e 's/See system logs/See the log/' -e 's/version reeve has/version systemd has/' "$units/../out.$$"
    rm -f "$units/../out.$$"
    echo "=> $status"
}
# until PROPERTY VALUE UNIT
until_is() {
    local i
    for ((i = 0; i < 200; i++)); do
        [[ $("$control" show -P "$1" "$3") != "$2" ]] || return 0
        read -r -t 0.05 <> <(:) || true
    done
}

unit a.service <<'UNIT'
[Unit]
Description=An a
Documentation=man:a(1)
[Service]
ExecStart=/bin/sleep 1000
ExecReload=/bin/true
UNIT
mkdir -p "$units/a.service.d"
echo '[Unit]' >"$units/a.service.d/more.conf"
unit fails.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/false
UNIT
unit killed.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/sh -c "kill -9 $$$$"
UNIT
unit late.service <<'UNIT'
[Service]
Type=notify
TimeoutStartSec=200ms
ExecStart=/bin/sleep 1000
UNIT
unit impolite.service <<'UNIT'
[Service]
Type=notify
ExecStart=/bin/true
UNIT
unit needs.service <<'UNIT'
[Unit]
Requires=fails.service
After=fails.service
[Service]
ExecStart=/bin/sleep 1000
UNIT
unit refuses.service <<'UNIT'
[Unit]
RefuseManualStart=yes
RefuseManualStop=yes
[Service]
ExecStart=/bin/sleep 1000
UNIT
unit asserts.service <<'UNIT'
[Unit]
AssertPathExists=/nowhere
[Service]
ExecStart=/bin/sleep 1000
UNIT
unit skipped.service <<'UNIT'
[Unit]
ConditionPathExists=/nowhere
[Service]
ExecStart=/bin/sleep 1000
UNIT
unit exited.service <<'UNIT'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecReload=/bin/false
UNIT
unit down.service <<'UNIT'
[Service]
ExecStart=/bin/sleep 1000
ExecReload=/bin/true
UNIT
unit limit.service <<'UNIT'
[Unit]
StartLimitBurst=1
[Service]
ExecStart=/bin/false
UNIT
# Who is wanted by somebody stays loaded in systemd, too.
unit keep.service <<'UNIT'
[Unit]
Wants=a.service fails.service killed.service late.service impolite.service needs.service down.service limit.service skipped.service
[Service]
ExecStart=/bin/sleep 1000
UNIT
unit rich.service <<'UNIT'
[Unit]
Description=All kinds of values
Requires=a.service
Wants=down.service
After=a.service
OnFailure=fails.service
StartLimitIntervalSec=1min 5s
StartLimitBurst=7
JobTimeoutSec=3month
RefuseManualStop=yes
[Service]
Type=notify
NotifyAccess=all
Restart=on-failure
RestartSec=1.5
RestartSteps=3
RestartMaxDelaySec=20s
TimeoutStartSec=90.25s
TimeoutStopSec=1500us
RuntimeMaxSec=10w
SuccessExitStatus=3 TEMPFAIL SIGUSR1 200
RestartPreventExitStatus=1
RestartForceExitStatus=SIGHUP 9
KillMode=mixed
KillSignal=SIGINT
SendSIGHUP=yes
FileDescriptorStoreMax=4
ExecStartPre=-/bin/false
ExecStart=@/bin/sh sh -c "sleep 5"
ExecStop=/bin/true
ExecStopPost=/bin/true a 'b c'
UNIT
run daemon-reload
[[ $control != systemctl ]] || systemctl start --job-mode=ignore-dependencies keep.service

run start a.service
run is-active a
run is-active nobody
run is-active down nobody
run is-active a down nobody
run is-failed a
run is-failed nobody
for verb in start stop restart try-restart reload reload-or-restart kill reset-failed; do
    run $verb nobody
done
run start fails
run is-failed fails a
run start killed
run start late
run start impolite
run start needs
run start refuses
run stop refuses
run start asserts
run start skipped
run start exited
run start exited
run reload exited
run reload fails
run reload down
run try-restart down
run is-active down
run try-reload-or-restart down
run is-active down
run reload-or-restart down
run is-active down
run reload down
run stop down
run is-active down
run start limit
until_is ActiveState failed limit
run start limit
run show -p Result limit
run reset-failed limit
run is-failed limit
run restart a
run reload a
run reload-or-restart a
run try-reload-or-restart a
run try-restart a
run kill -s FOO a
run kill --kill-whom=control a
run kill --kill-whom=main --signal=USR1 a
until_is ActiveState failed a
run show -p ActiveState,Result,ExecMainCode,ExecMainStatus a
run reset-failed a
run show -p ActiveState,SubState,Result a
run start a
run kill a
until_is ActiveState inactive a
run show -p ActiveState,SubState,Result,ExecMainCode,ExecMainStatus a
run show -p LoadState,ActiveState,SubState,NeedDaemonReload nobody
run show -p MainPID,Nonsense down
run show --value -p Id,MainPID,Result down
for property in Type ExitType Restart RestartMode NotifyAccess RestartUSec RestartSteps RestartMaxDelayUSec RestartUSecNext \
    TimeoutStartUSec TimeoutStopUSec TimeoutAbortUSec TimeoutStartFailureMode TimeoutStopFailureMode RuntimeMaxUSec \
    RuntimeRandomizedExtraUSec RemainAfterExit GuessMainPID SuccessExitStatus RestartPreventExitStatus \
    RestartForceExitStatus MainPID ControlPID FileDescriptorStoreMax NFileDescriptorStore FileDescriptorStorePreserve \
    StatusText StatusErrno Result ReloadResult NRestarts OOMPolicy ReloadSignal ExecMainStartTimestamp \
    ExecMainStartTimestampMonotonic ExecMainExitTimestamp ExecMainExitTimestampMonotonic ExecMainPID ExecMainCode \
    ExecMainStatus KillMode KillSignal RestartKillSignal FinalKillSignal SendSIGKILL SendSIGHUP WatchdogSignal Id Names \
    OnFailure Documentation Description LoadState ActiveState SubState FragmentPath DropInPaths UnitFileState \
    StateChangeTimestamp ActiveEnterTimestamp ActiveEnterTimestampMonotonic ActiveExitTimestamp InactiveEnterTimestamp \
    InactiveExitTimestamp CanStart CanStop CanReload Job StopWhenUnneeded RefuseManualStart RefuseManualStop \
    DefaultDependencies NeedDaemonReload JobTimeoutUSec JobRunningTimeoutUSec JobTimeoutAction ConditionResult AssertResult \
    StartLimitIntervalUSec StartLimitBurst StartLimitAction FailureAction FailureActionExitStatus SuccessAction \
    SuccessActionExitStatus InvocationID; do
    run show -p $property rich
done
run cat a
run cat nobody
echo '# changed' >>"$units/a.service"
run show -p NeedDaemonReload a down
run start a
run cat a
run daemon-reload
run show -p NeedDaemonReload a
run stop a
