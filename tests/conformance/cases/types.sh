#!/bin/bash
# Prints the cases about the service types: how each gets up, how it ends, and what only this type has.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

up="await a.service active/running"

# --- each type that has a process which stays, and how it ends ---

# main TYPE STEPS: a command whose main process does the steps once it is up; a daemon's parent does not wait for them
main() {
    set -- "$1" "${2/barrier/detach barrier}"
    case $1 in
    forking-file) echo "a.start daemon a.main pidfile pid say up $2 end exit 0" ;;
    forking-guess) echo "a.start daemon a.main say up $2 end exit 0" ;;
    notify*) echo "a.main ready say up $2" ;;
    *) echo "a.main say up $2" ;;
    esac
}

for type in idle forking-file forking-guess notify-reload; do
    spec="Type=${type%-*}"
    [[ $type != forking-file ]] || spec+=";PIDFile=WORK/pid"
    [[ $type != notify-reload ]] || spec="Type=notify-reload"
    start=("start a.service" "await-trace a.main up" "$up")
    one "$type-exit" "$type: the main process ends well" "$spec" "$(main $type "barrier go exit 0")" \
        "${start[@]}" "make go"
    one "$type-fails" "$type: the main process fails" "$spec" "$(main $type "barrier go exit 3")" \
        "${start[@]}" "make go"
    for signal in TERM KILL; do
        one "$type-$signal" "$type: the main process dies of $signal" "$spec" "$(main $type "wait")" \
            "${start[@]}" "kill $signal a.main"
    done
    one "$type-stop" "$type: a stop" "$spec" "$(main $type "wait")" "${start[@]}" "stop a.service"
    one "$type-stop-timeout" "$type: the main process stays at TERM" "$spec;TimeoutStopSec=1s" \
        "$(main $type "on TERM log wait")" "${start[@]}" "stop a.service"
    one "$type-child" "$type: the main process ends, a child is left" "$spec" \
        "$(main $type "fork a.child wait end barrier go exit 0")" "${start[@]}" "make go" "settle" "trace each"
    one "$type-cgroup" "$type: the same with ExitType=cgroup" "$spec;ExitType=cgroup" \
        "$(main $type "fork a.child wait end barrier go exit 0")" "${start[@]}" "make go" "await-gone a.main" "settle" \
        "show a.service" "kill TERM a.child" "trace each"
    one "$type-restart" "$type: the main process fails and comes again" "$spec;Restart=on-failure;RestartSec=50ms" \
        "$(main $type "run 1 barrier go exit 3 end wait")" "${start[@]}" "make go"
    one "$type-remain" "$type: RemainAfterExit= and the end of the main process" "$spec;RemainAfterExit=yes" \
        "$(main $type "barrier go exit 0")" "${start[@]}" "make go" "settle" "show a.service" "stop a.service"
done

# --- ExitType=cgroup ---

for type in simple exec notify; do
    main=$(main $type "fork a.child wait end barrier go exit")
    start=("start a.service" "await-trace a.child start" "$up" "make go" "await-gone a.main" "settle" "show a.service")
    one "cgroup-$type" "Type=$type ExitType=cgroup: the child ends after the main process" \
        "Type=$type;ExitType=cgroup" "$main 0" "${start[@]}" "kill TERM a.child"
    one "cgroup-$type-killed" "and is killed" "Type=$type;ExitType=cgroup" "$main 0" "${start[@]}" "kill KILL a.child"
    one "cgroup-$type-fails" "the main process fails, then the child ends" "Type=$type;ExitType=cgroup" "$main 3" \
        "${start[@]}" "kill TERM a.child"
    one "cgroup-$type-stop" "the main process is gone, and then comes a stop" "Type=$type;ExitType=cgroup" "$main 0" \
        "${start[@]}" "stop a.service"
    one "cgroup-$type-alone" "nobody is left when the main process ends" "Type=$type;ExitType=cgroup" \
        "$(main $type "exit 0")" "start a.service"
    one "cgroup-$type-restart" "Restart=always waits for the child" \
        "Type=$type;ExitType=cgroup;Restart=always;RestartSec=50ms" \
        "$(main $type "run 1 fork a.child wait end barrier go exit 0 end wait")" "${start[@]}" "kill TERM a.child"
done
one cgroup-remain "ExitType=cgroup and RemainAfterExit=" "Type=exec;ExitType=cgroup;RemainAfterExit=yes" \
    "a.main fork a.child wait end barrier go exit 0" "${start[@]}" "kill TERM a.child" "settle" "show a.service" \
    "stop a.service"

# --- forking: the start ---

one forking-parent-fails "Type=forking: the parent fails" "Type=forking" "a.start exit 3" "start a.service"
one forking-parent-fails-child "and leaves a child" "Type=forking" "a.start daemon a.main wait end exit 3" \
    "start a.service" "trace each"
one forking-parent-killed "Type=forking: the parent dies of KILL" "Type=forking" "a.start die KILL" "start a.service"
one forking-parent-term "Type=forking: the parent dies of TERM" "Type=forking" "a.start die TERM" "start a.service"
one forking-parent-success "SuccessExitStatus= holds for the parent" "Type=forking;SuccessExitStatus=3" \
    "a.start daemon a.main wait end exit 3" "start a.service"
one forking-parent-stays "Type=forking: the parent does not end" "Type=forking;TimeoutStartSec=1s" "a.start wait" \
    "start a.service"
one forking-parent-stays-restart "and the unit comes again" \
    "Type=forking;TimeoutStartSec=1s;Restart=on-failure;RestartSec=50ms" \
    "a.start run 1 wait end daemon a.main wait end exit 0" "start a.service"
one forking-nobody "Type=forking: the parent ends and leaves nobody" "Type=forking" "a.start exit 0" "start a.service"
one forking-nobody-remain "the same with RemainAfterExit=" "Type=forking;RemainAfterExit=yes" "a.start exit 0" \
    "start a.service"
one forking-nobody-restart "the same with Restart=always" "Type=forking;Restart=always;RestartSec=50ms" \
    "a.start run 1 exit 0 end daemon a.main wait end exit 0" "start a.service" "settle"
one forking-dash "'-' before a command that fails" "Type=forking" \
    "-a.start daemon a.main wait end exit 3" "start a.service"
one forking-two "GuessMainPID=: two processes are left" "Type=forking" \
    "a.start daemon a.one wait end daemon a.two wait end exit 0" "start a.service" "show a.service" "kill TERM a.one" \
    "settle" "show a.service" "kill TERM a.two" "trace each"
one forking-two-fails "and both are killed" "Type=forking" \
    "a.start daemon a.one wait end daemon a.two wait end exit 0" "start a.service" "kill KILL a.one" "settle" \
    "show a.service" "kill KILL a.two" "trace each"
one forking-no-guess "GuessMainPID=no" "Type=forking;GuessMainPID=no" "a.start daemon a.main wait end exit 0" \
    "start a.service" "property a.service MainPID" "kill TERM a.main"
one forking-no-guess-killed "and the process is killed" "Type=forking;GuessMainPID=no" \
    "a.start daemon a.main wait end exit 0" "start a.service" "kill KILL a.main"
one forking-no-guess-stop "and a stop" "Type=forking;GuessMainPID=no" "a.start daemon a.main wait end exit 0" \
    "start a.service" "stop a.service"
one forking-file-two "PIDFile= says which of two is the main process" "Type=forking;PIDFile=WORK/pid" \
    "a.start daemon a.one wait end daemon a.two pidfile pid wait end exit 0" "start a.service" "kill KILL a.two" \
    "settle" "trace each"
one forking-file-missing "PIDFile= is never written" "Type=forking;PIDFile=WORK/pid;TimeoutStartSec=1s" \
    "a.start daemon a.main wait end exit 0" "start a.service"
one forking-file-late "PIDFile= is written after the parent has ended" "Type=forking;PIDFile=WORK/pid" \
    "a.start daemon a.main detach barrier go pidfile pid wait end exit 0" "ask start a.service" \
    "await-trace a.main start" "await-gone a.start" "show a.service" "make go" "$up"
one forking-file-stale "PIDFile= holds the pid of a process that is none of the unit's" \
    "Type=forking;PIDFile=WORK/pid;TimeoutStartSec=1s;ExecStartPre=ACTOR a.pre pidfile pid" \
    "a.start daemon a.main wait end exit 0" "start a.service"
one forking-file-removed "PIDFile= is removed after the stop" "Type=forking;PIDFile=WORK/pid" \
    "a.start daemon a.main pidfile pid wait end exit 0" "start a.service" "stop a.service" "exists pid"
one forking-file-nobody "PIDFile= is written and the main process is gone" \
    "Type=forking;PIDFile=WORK/pid;TimeoutStartSec=1s" "a.start pidfile pid exit 0" "start a.service"
one forking-file-nobody-post "PIDFile= is not there after ExecStartPost=, and nobody is left: ExecStop= runs" \
    "Type=forking;PIDFile=WORK/pid;TimeoutStartSec=5s;ExecStartPost=ACTOR a.startpost;ExecStop=ACTOR a.stop" \
    "a.start exit 0" "start a.service"
one forking-file-relative "PIDFile= with a relative path is one below /run" \
    "Type=forking;PIDFile=conformance.pid;TimeoutStartSec=1s" "a.start daemon a.main wait end exit 0" \
    "start a.service"
one forking-file-simple "PIDFile= with Type=simple" "Type=simple;PIDFile=WORK/pid" "a.main pidfile pid say up wait" \
    "start a.service" "await-trace a.main up" "stop a.service"
one forking-main-env "what ExecStartPost= and ExecStop= see of it" \
    "Type=forking;PIDFile=WORK/pid;ExecStartPost=ACTOR a.startpost who MAINPID;ExecStop=ACTOR a.stop who MAINPID" \
    "a.start daemon a.main pidfile pid wait end exit 0" "start a.service" "stop a.service"
one forking-main-dies-post "the main process dies during ExecStartPost=" \
    "Type=forking;ExecStartPost=ACTOR a.startpost barrier go" "a.start daemon a.main wait end exit 0" \
    "ask start a.service" "await-trace a.startpost start" "kill KILL a.main" "make go"
one forking-pre-post "all lists in their order" \
    "Type=forking;ExecStartPre=ACTOR a.pre;ExecStartPost=ACTOR a.startpost;ExecStop=ACTOR a.stop" \
    "a.start daemon a.main wait end exit 0" "start a.service" "stop a.service"

# --- notify ---

one notify-exit "Type=notify: the end before it is ready" "Type=notify" "a.main exit 0" "start a.service"
one notify-fails "Type=notify: a failure before it is ready" "Type=notify" "a.main exit 3" "start a.service"
one notify-timeout "Type=notify: never ready" "Type=notify;TimeoutStartSec=1s" "a.main wait" "start a.service"
one notify-timeout-child "and the child stays at TERM" "Type=notify;TimeoutStartSec=1s;TimeoutStopSec=1s" \
    "a.main fork a.child on TERM log wait end wait" "start a.service" "trace set"
for access in none main exec all; do
    one "access-$access-main" "NotifyAccess=$access: the main process is ready" \
        "Type=notify;NotifyAccess=$access;TimeoutStartSec=1s" "a.main ready sync wait" "start a.service"
    one "access-$access-child" "NotifyAccess=$access: a child says so" \
        "Type=notify;NotifyAccess=$access;TimeoutStartSec=1s" "a.main fork a.child ready wait end wait" \
        "start a.service" "trace each"
    one "access-$access-pre" "NotifyAccess=$access: ExecStartPre= says so" \
        "Type=notify;NotifyAccess=$access;TimeoutStartSec=1s;ExecStartPre=ACTOR a.pre ready exit 0" "a.main wait" \
        "start a.service"
    one "access-$access-simple" "Type=simple NotifyAccess=$access: a status of the main process" \
        "NotifyAccess=$access" "a.main notify STATUS=fine sync say up wait" "start a.service" "await-trace a.main up" \
        "property a.service StatusText"
    one "access-$access-post" "Type=simple NotifyAccess=$access: a status of ExecStartPost=" \
        "Type=exec;NotifyAccess=$access;ExecStartPost=ACTOR a.startpost notify STATUS=fine sync" "a.main wait" \
        "start a.service" "property a.service StatusText" "trace each"
    one "access-$access-status" "Type=simple NotifyAccess=$access: a status of a child" "NotifyAccess=$access" \
        "a.main fork a.child notify STATUS=fine sync wait end say up wait" "start a.service" "await-trace a.main up" \
        "property a.service StatusText" "trace each"
done
one notify-child-main "a child takes the main process's place with MAINPID=" "Type=notify;NotifyAccess=all" \
    "a.start fork a.main notify MAINPID=@self+READY=1 wait end exit 0" "start a.service" "settle" "show a.service" \
    "kill KILL a.main"

# --- notify-reload ---

reload="Type=notify-reload"
loop="ready say up on HUP go wait notify RELOADING=1+MONOTONIC_USEC=@now"
one reload "the signal, RELOADING=1 and READY=1" "$reload" "a.main $loop ready wait" "start a.service" \
    "reload a.service"
one reload-waits "the reload lasts until READY=1" "$reload" "a.main $loop barrier go ready wait" "start a.service" \
    "ask reload a.service" "await-trace a.main got HUP" "await a.service reloading/reload-notify" "show a.service" \
    "make go"
one reload-silent "no RELOADING=1 comes" "$reload;TimeoutStartSec=1s" "a.main ready on HUP log wait" \
    "start a.service" "reload a.service"
one reload-never-ready "RELOADING=1 and then nothing" "$reload;TimeoutStartSec=1s" "a.main $loop wait" \
    "start a.service" "reload a.service"
one reload-old "MONOTONIC_USEC= from before the signal does not count" "$reload;TimeoutStartSec=1s" \
    "a.main ready on HUP go wait notify RELOADING=1+MONOTONIC_USEC=1 ready wait" "start a.service" "reload a.service"
one reload-no-time "RELOADING=1 without MONOTONIC_USEC=" "$reload;TimeoutStartSec=1s" \
    "a.main ready on HUP go wait notify RELOADING=1 ready wait" "start a.service" "reload a.service"
one reload-ready-only "READY=1 without RELOADING=1" "$reload;TimeoutStartSec=1s" \
    "a.main ready on HUP go wait ready wait" "start a.service" "reload a.service"
one reload-dies "the main process dies in the reload" "$reload" "a.main $loop exit 3" "start a.service" \
    "reload a.service"
one reload-ends "the main process ends well in the reload" "$reload" "a.main $loop exit 0" "start a.service" \
    "reload a.service"
one reload-killed "the main process does not know the signal" "$reload;ReloadSignal=SIGUSR1" "a.main ready wait" \
    "start a.service" "reload a.service"
one reload-signal "ReloadSignal=" "$reload;ReloadSignal=SIGUSR2" \
    "a.main ready on USR2 go wait notify RELOADING=1+MONOTONIC_USEC=@now ready wait" "start a.service" \
    "reload a.service"
one reload-stop "a stop in the reload" "$reload" "a.main $loop wait" "start a.service" "ask reload a.service" \
    "await a.service reloading/reload-notify" "stop a.service"
one reload-self "the service reloads by itself" "$reload" \
    "a.main ready say up on USR1 go wait notify RELOADING=1+MONOTONIC_USEC=@now barrier go ready wait" \
    "start a.service" "signal USR1 a.main" "await a.service reloading/reload-notify" "make go" "$up"
one reload-self-notify "Type=notify: the service reloads by itself" "Type=notify" \
    "a.main ready say up on USR1 go wait notify RELOADING=1+MONOTONIC_USEC=@now barrier go ready wait" \
    "start a.service" "signal USR1 a.main" "await a.service reloading/reload-notify" "make go" "$up"
one reload-late "RELOADING=1 does not begin the time-out anew" "$reload;TimeoutStartSec=3s" \
    "a.main ready on HUP go wait linger 2000 notify RELOADING=1+MONOTONIC_USEC=@now linger 2000 ready wait" \
    "start a.service" "reload a.service"
one reload-command-late "nor does the end of ExecReload=" "$reload;TimeoutStartSec=3s;ExecReload=ACTOR a.reload linger 2000" \
    "a.main $loop linger 4000 ready wait" "start a.service" "reload a.service" "trace each"
one reload-twice "two reloads, one after the other" "$reload" \
    "a.main $loop ready on HUP go wait notify RELOADING=1+MONOTONIC_USEC=@now ready wait" "start a.service" \
    "reload a.service" "reload a.service"
one reload-command "ExecReload= comes with the signal" "$reload;ExecReload=ACTOR a.reload exit 0" \
    "a.main $loop ready wait" "start a.service" "reload a.service" "trace each"
one reload-command-fails "an ExecReload= that fails" "$reload;ExecReload=ACTOR a.reload exit 1" \
    "a.main ready on HUP log wait" "start a.service" "reload a.service" "trace none"
one exec-reload "Type=notify: ExecReload=" "Type=notify;ExecReload=ACTOR a.reload who MAINPID" "a.main ready wait" \
    "start a.service" "reload a.service"
one exec-reload-fails "an ExecReload= that fails leaves the unit up" "Type=notify;ExecReload=ACTOR a.reload exit 1" \
    "a.main ready wait" "start a.service" "reload a.service"
one exec-reload-dash "and with '-' the reload succeeds" "Type=notify;ExecReload=-ACTOR a.reload exit 1" \
    "a.main ready wait" "start a.service" "reload a.service"
one exec-reload-hangs "an ExecReload= that takes too long" \
    "Type=notify;TimeoutStartSec=1s;ExecReload=ACTOR a.reload wait" "a.main ready wait" "start a.service" \
    "reload a.service"
one exec-reload-two "two commands, of which the first fails" \
    $'Type=notify;ExecReload=ACTOR a.reload1 exit 1;ExecReload=ACTOR a.reload2' "a.main ready wait" \
    "start a.service" "reload a.service"
one exec-reload-dies "the main process dies during ExecReload=" \
    "Type=notify;ExecReload=ACTOR a.reload barrier go exit 0" "a.main ready wait" "start a.service" \
    "ask reload a.service" "await-trace a.reload start" "kill KILL a.main" "make go"
one exec-reload-ends "the main process ends well during ExecReload=" \
    "Type=notify;ExecReload=ACTOR a.reload barrier go exit 0" "a.main ready barrier end exit 0" "start a.service" \
    "ask reload a.service" "await-trace a.reload start" "make end" "await-gone a.main" "make go"

# --- oneshot ---

one oneshot-two "Type=oneshot: two commands in their order" "Type=oneshot;ExecStart=ACTOR a.one" "a.two" \
    "start a.service"
one oneshot-first-fails "the first fails" "Type=oneshot;ExecStart=ACTOR a.one exit 3" "a.two" "start a.service"
one oneshot-first-dash "the first fails, with '-'" "Type=oneshot;ExecStart=-ACTOR a.one exit 3" "a.two" \
    "start a.service"
one oneshot-first-killed "the first dies of KILL" "Type=oneshot;ExecStart=ACTOR a.one die KILL" "a.two" \
    "start a.service"
one oneshot-first-dash-killed "the first dies of KILL, with '-'" "Type=oneshot;ExecStart=-ACTOR a.one die KILL" \
    "a.two" "start a.service"
one oneshot-last-fails "the last fails" "Type=oneshot;ExecStart=ACTOR a.one" "a.two exit 3" "start a.service"
one oneshot-starts "a oneshot is starting until it ends" "Type=oneshot;TimeoutStartSec=infinity" \
    "a.main barrier go exit 0" "ask start a.service" "await-trace a.main start" "show a.service" \
    "is-active a.service" "make go"
one oneshot-stop "a stop while it runs" "Type=oneshot" "a.main wait" "ask start a.service" "await-trace a.main start" \
    "stop a.service"
one oneshot-stop-second "a stop while the first command runs" "Type=oneshot;ExecStart=ACTOR a.one wait" "a.two" \
    "ask start a.service" "await-trace a.one start" "stop a.service"
one oneshot-killed "it is killed" "Type=oneshot" "a.main wait" "ask start a.service" "await-trace a.main start" \
    "kill KILL a.main"
one oneshot-child "a child that is left" "Type=oneshot" "a.main fork a.child wait end exit 0" "start a.service"
one oneshot-default-timeout "TimeoutStartSec= of a oneshot is infinity" "Type=oneshot" "a.main exit 0" \
    "start a.service" "property a.service TimeoutStartUSec"
one oneshot-remain-fails-stop "ExecStop= that fails" "Type=oneshot;RemainAfterExit=yes;ExecStop=ACTOR a.stop exit 3" \
    "a.main exit 0" "start a.service" "stop a.service"
one oneshot-remain-restart "a restart of one that remains" \
    "Type=oneshot;RemainAfterExit=yes;ExecStop=ACTOR a.stop" "a.main exit 0" "start a.service" "restart a.service"
one oneshot-cgroup "Type=oneshot ExitType=cgroup" "Type=oneshot;ExitType=cgroup" "a.main exit 0" "start a.service"

# --- simple, exec, idle ---

one simple-two-commands "Type=simple: two ExecStart= are refused" "ExecStart=ACTOR a.one" "a.two" "start a.service"
begin default-oneshot "no ExecStart= and no Type=: a oneshot"
service a.service -- RemainAfterExit=yes "ExecStop=ACTOR a.stop"
steps "start a.service" "property a.service Type" "show a.service" "stop a.service"
one exec-up "Type=exec: up when the program runs" "Type=exec" "a.main wait" "start a.service" "show a.service"
# What cannot be run at all; ACTOR is gone by then, so that a shell tells what runs.
for dash in "" -; do
    for more in "" RemainAfterExit=yes; do
        begin "exec-nothing${dash:+-dash}${more:+-remain}" "Type=exec${dash:+ with '-'}${more:+, $more}: the program is gone when its turn comes"
        service a.service -- Type=exec $more "ExecStartPre=ACTOR a.pre remove actor" "ExecStart=${dash}ACTOR a.main wait" \
            "ExecStartPost=/bin/sh -c 'echo a.startpost >>WORK/trace'" "ExecStop=/bin/sh -c 'echo a.stop >>WORK/trace'" \
            "ExecStopPost=/bin/sh -c 'echo a.post \$\$SERVICE_RESULT \$\$EXIT_CODE \$\$EXIT_STATUS >>WORK/trace'"
        steps "start a.service" settle
    done
done
for type in notify forking oneshot; do
    begin "$type-nothing-dash" "Type=$type with '-': the program is gone when its turn comes"
    service a.service -- Type=$type "ExecStartPre=ACTOR a.pre remove actor" "ExecStart=-ACTOR a.main wait" \
        "ExecStartPost=/bin/sh -c 'echo a.startpost >>WORK/trace'" "ExecStop=/bin/sh -c 'echo a.stop >>WORK/trace'" \
        "ExecStopPost=/bin/sh -c 'echo a.post \$\$SERVICE_RESULT \$\$EXIT_CODE \$\$EXIT_STATUS >>WORK/trace'"
    steps "start a.service" settle
done
one idle-up "Type=idle with nothing else to do" "Type=idle" "a.main wait" "start a.service" "await-trace a.main start"
begin idle-waits "Type=idle: the program comes after the other jobs"
service a.service "Wants=b.service" -- Type=idle "ExecStart=ACTOR a.main wait"
service b.service -- Type=oneshot "ExecStart=ACTOR b.main barrier go exit 0"
steps "ask start a.service" "await-trace b.main start" "make go" "await-trace a.main start"
for type in simple exec idle forking notify notify-reload oneshot; do
    one "type-$type" "the properties of Type=$type" "Type=$type" "a.main" \
        "property a.service Type NotifyAccess ExitType RemainAfterExit GuessMainPID"
done
