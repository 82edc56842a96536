#!/bin/bash
# Prints the cases about the watchdog: WatchdogSec=, WatchdogSignal=, WATCHDOG=1, WATCHDOG=trigger and WATCHDOG_USEC=.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

start="start a.service"
bites="await-trace a.main got ABRT"
failed="await a.service failed/failed"
up="await-trace a.main up"
core="LimitCORE=infinity"
dog="Type=notify;WatchdogSec=300ms;TimeoutAbortSec=600ms;TimeoutStopSec=600ms;$core"
calm="Type=notify;WatchdogSec=60s;$core" # bites only when it is told to
property="property a.service WatchdogUSec"

# --- WATCHDOG=1 does not come ---

one kept "WATCHDOG=1 comes in time" "Type=notify;WatchdogSec=1s" "a.main ready ping 12 100 exit 0" "$start" \
    "await a.service inactive/dead"
one missed "WATCHDOG=1 never comes" "$dog" "a.main on ABRT die ready wait" "$start" "$failed"
one missed-later "WATCHDOG=1 comes for a while" "Type=notify;WatchdogSec=800ms;$core" \
    "a.main on ABRT die ready ping 6 150 say quiet wait" "$start" "$failed"
one missed-stays "the main process stays at ABRT: TimeoutAbortSec=" "$dog" "a.main on ABRT log ready wait" "$start" \
    "$failed"
one missed-exits "the main process ends well at ABRT" "$dog" "a.main on ABRT exit=0 ready wait" "$start" "$failed"
one missed-fails "the main process exits with a status at ABRT" "$dog" "a.main on ABRT exit=3 ready wait" "$start" \
    "$failed"
for mode in control-group mixed process; do
    one "missed-child-$mode" "KillMode=$mode: a child stays at ABRT and TERM" "$dog;KillMode=$mode" \
        "a.main fork a.child on ABRT log on TERM log wait end on ABRT die ready wait" "$start" "$failed" "trace each"
done
one missed-none "KillMode=none" "$dog;KillMode=none" "a.main on ABRT die ready wait" "$start" "$failed"
one missed-exec-stop "ExecStop= is not run" "$dog;ExecStop=ACTOR a.stop" "a.main on ABRT die ready wait" "$start" \
    "$failed"
one missed-no-kill "SendSIGKILL=no and a main process that stays at ABRT" "$dog;SendSIGKILL=no" \
    "a.main on ABRT log on TERM log ready wait" "$start" "$failed"
one missed-success "SuccessExitStatus=SIGABRT does not make it a success" "$dog;SuccessExitStatus=SIGABRT" \
    "a.main on ABRT die ready wait" "$start" "$failed"
one missed-remain "RemainAfterExit=" "$dog;RemainAfterExit=yes" "a.main on ABRT exit=0 ready wait" "$start" "$failed"
one missed-cgroup "ExitType=cgroup" "$dog;ExitType=cgroup" "a.main on ABRT die ready wait" "$start" "$failed"
one missed-start-asked "a start is asked for in the meantime" "$dog;TimeoutAbortSec=60s" \
    "a.main run 1 on ABRT log on USR1 exit=0 ready wait end notify WATCHDOG_USEC=60000000+READY=1 wait" "$start" "$bites" \
    "ask start a.service" "signal USR1 a.main" "await a.service active/running"
one missed-stop-asked "a stop is asked for in the meantime" "$dog;TimeoutAbortSec=60s;Restart=always" \
    "a.main on ABRT log on TERM exit=3 ready wait" "$start" "$bites" "stop a.service"
begin missed-on-failure "OnFailure= follows"
service a.service OnFailure=f.service -- Type=notify WatchdogSec=300ms "$core" "ExecStart=ACTOR a.main on ABRT die ready wait"
service f.service -- Type=oneshot "ExecStart=ACTOR f.main env MONITOR_SERVICE_RESULT env MONITOR_EXIT_CODE env MONITOR_EXIT_STATUS"
steps "$start" "await-trace f.main start"

# --- WatchdogSignal= ---

one signal "WatchdogSignal=" "$dog;WatchdogSignal=SIGUSR1" "a.main ready wait" "$start" "$failed"
one signal-term "WatchdogSignal=SIGTERM" "$dog;WatchdogSignal=SIGTERM" "a.main ready wait" "$start" "$failed"
one signal-kill "WatchdogSignal=SIGKILL" "$dog;WatchdogSignal=SIGKILL" "a.main ready wait" "$start" "$failed"
one signal-cont "SIGCONT follows no WatchdogSignal=SIGUSR1" "$dog;WatchdogSignal=SIGUSR1" \
    "a.main on CONT log on USR1 log ready wait" "$start" "$failed"

# --- WATCHDOG=trigger, in each state ---

one trigger "WATCHDOG=trigger" "$calm" "a.main on ABRT die ready notify WATCHDOG=trigger wait" "$start" "$failed"
one trigger-off "without WatchdogSec=" "Type=notify;$core" "a.main on ABRT die ready notify WATCHDOG=trigger wait" \
    "$start" "$failed"
one trigger-unheard "of a child that may not speak" "$calm;NotifyAccess=main" \
    "a.main fork a.child notify WATCHDOG=trigger sync wait end on ABRT die ready say up wait" "$start" "$up"
one trigger-ready "together with READY=1" "$calm" "a.main on ABRT die notify READY=1+WATCHDOG=trigger wait" "$start" \
    "$failed"
one trigger-starting "before it is ready" "$calm" "a.main on ABRT die notify WATCHDOG=trigger wait" "$start"
one trigger-pre "ExecStartPre= sends it" "$calm;NotifyAccess=exec;ExecStartPre=ACTOR a.pre notify WATCHDOG=trigger wait" \
    "a.main ready wait" "$start"
one trigger-post "ExecStartPost= sends it" \
    "$calm;NotifyAccess=exec;ExecStartPost=ACTOR a.startpost notify WATCHDOG=trigger wait" \
    "a.main on ABRT die ready wait" "$start" "trace each"
one trigger-reload "ExecReload= sends it" "$calm;NotifyAccess=exec;ExecReload=ACTOR a.reload notify WATCHDOG=trigger wait" \
    "a.main on ABRT die ready wait" "$start" "reload a.service" "$failed" "trace each"
one trigger-reload-signal "while the reload signal is not answered" "$calm;Type=notify-reload" \
    "a.main on ABRT die on HUP go ready wait notify WATCHDOG=trigger wait" "$start" "reload a.service" "$failed"
one trigger-exited "of a child, when the main process is gone and RemainAfterExit=" \
    "$calm;RemainAfterExit=yes;NotifyAccess=all" \
    "a.main fork a.child on USR1 go on ABRT die wait notify WATCHDOG=trigger wait end ready exit 0" "$start" \
    "await a.service active/exited" "signal USR1 a.child" "settle"
one trigger-stop "ExecStop= sends it" "$calm;NotifyAccess=exec;ExecStop=ACTOR a.stop notify WATCHDOG=trigger wait" \
    "a.main on ABRT die ready wait" "$start" "stop a.service" "trace each"
one trigger-sigterm "the main process answers TERM with it" "$calm;TimeoutStopSec=5s" \
    "a.main on ABRT die on TERM go ready wait notify WATCHDOG=trigger wait" "$start" "stop a.service"
one other-word "WATCHDOG=yes is nothing" "$calm" "a.main ready notify WATCHDOG=yes sync exit 0" "$start"

# --- WATCHDOG_USEC= ---

one usec "WATCHDOG_USEC= makes it shorter" "$dog;WatchdogSec=60s" \
    "a.main on ABRT die ready notify WATCHDOG_USEC=300000 wait" "$start" "$failed"
one usec-longer "and longer" "Type=notify;WatchdogSec=700ms" \
    "a.main notify READY=1+WATCHDOG_USEC=60000000 linger 1100 exit 0" "$start" "await a.service inactive/dead"
one usec-from-none "it switches it on" "Type=notify;$core" "a.main on ABRT die ready notify WATCHDOG_USEC=300000 wait" \
    "$start" "$failed"
one usec-zero "WATCHDOG_USEC=0 switches it off" "Type=notify;WatchdogSec=700ms" \
    "a.main notify READY=1+WATCHDOG_USEC=0 linger 1100 exit 0" "$start" "await a.service inactive/dead"
one usec-most "so does the greatest number" "Type=notify;WatchdogSec=700ms" \
    "a.main notify READY=1+WATCHDOG_USEC=18446744073709551615 linger 1100 exit 0" "$start" \
    "await a.service inactive/dead"
one usec-early "before READY=1" "$calm" "a.main on ABRT die notify WATCHDOG_USEC=500000 sync ready wait" "$start" \
    "$failed"
one usec-starting "it bites also before the unit is ready" "$calm" "a.main on ABRT die notify WATCHDOG_USEC=300000 wait" \
    "$start"
one usec-pre "ExecStartPre= sends it" \
    "$calm;NotifyAccess=exec;ExecStartPre=ACTOR a.pre on ABRT die notify WATCHDOG_USEC=300000 wait" "a.main ready wait" \
    "$start"
one usec-stopping "the main process answers TERM with it" "$calm;TimeoutStopSec=2s" \
    "a.main on ABRT die on TERM go ready wait notify WATCHDOG_USEC=300000 wait" "$start" "stop a.service"
one usec-property "what is shown" "$calm" "a.main ready notify WATCHDOG_USEC=40000000 sync say up wait" "$start" "$up" \
    "$property"
one usec-property-zero "what is shown of WATCHDOG_USEC=0" "$calm" "a.main ready notify WATCHDOG_USEC=0 sync say up wait" \
    "$start" "$up" "$property"
one usec-stopped "what is shown after a stop" "$calm" "a.main ready notify WATCHDOG_USEC=40000000 sync say up wait" \
    "$start" "$up" "stop a.service" "$property"
one usec-restart "it lasts for one run" "$calm;Restart=always;RestartSec=50ms" \
    "a.main ready run 1 notify WATCHDOG_USEC=30000000 sync exit 1 end say up wait" "$start" "$up" "$property"
one usec-reload "and over a reload" "$calm;ExecReload=ACTOR a.reload" \
    "a.main ready notify WATCHDOG_USEC=40000000 sync say up wait" "$start" "$up" "reload a.service" "$property"
for word in never -1 1s 0x2625a00 18446744073709551616; do
    one "usec-bad-$((bad += 1))" "WATCHDOG_USEC=$word" "$calm" "a.main ready notify WATCHDOG_USEC=$word sync say up wait" \
        "$start" "$up" "$property"
done
one usec-empty "WATCHDOG_USEC= without a value" "$calm" "a.main ready notify WATCHDOG_USEC= sync say up wait" "$start" \
    "$up" "$property"

# --- when it is on duty ---

one starting "it sleeps until the unit is up" "Type=notify;WatchdogSec=300ms" "a.main linger 700 ready exit 0" "$start"
one starting-told "but not after WATCHDOG=1" "$dog" "a.main on ABRT die notify WATCHDOG=1 wait" "$start"
one stopping "it sleeps while the unit stops" "Type=notify;WatchdogSec=1s;TimeoutStopSec=5s" \
    "a.main on TERM go ready wait linger 1400 exit 0" "$start" "stop a.service"
one stopping-told "but not after WATCHDOG=1" "$dog;WatchdogSec=1s;TimeoutStopSec=3s" \
    "a.main on ABRT die on TERM go ready wait notify WATCHDOG=1 wait" "$start" "stop a.service"
one post "it is on duty during ExecStartPost=" "$dog;ExecStartPost=ACTOR a.startpost wait" \
    "a.main on ABRT die ready wait" "$start" "trace each"
one reload "and during a reload" "$dog;WatchdogSec=60s;ExecReload=ACTOR a.reload wait" \
    "a.main on ABRT die on USR1 go ready wait notify WATCHDOG_USEC=300000 wait" "$start" "ask reload a.service" \
    "await-trace a.reload start" "signal USR1 a.main" "$failed" "trace each"
one exited "not for whoever is left when the main process is gone" "$dog;RemainAfterExit=yes" \
    "a.main fork a.child on ABRT log wait end ready exit 0" "$start" "await a.service active/exited" "linger 600"

# --- types and access ---

one simple "Type=simple" "$dog;Type=simple" "a.main on ABRT die wait" "$start" "$failed"
one simple-kept "Type=simple, and WATCHDOG=1 comes" "Type=simple;WatchdogSec=1s" "a.main ping 12 100 exit 0" "$start" \
    "await a.service inactive/dead"
one exec "Type=exec" "$dog;Type=exec" "a.main on ABRT die wait" "$start" "$failed"
one forking "Type=forking" "$dog;Type=forking" "a.start daemon a.main on ABRT die wait end exit 0" "$start" "$failed"
one notify-reload "Type=notify-reload" "$dog;Type=notify-reload" "a.main on ABRT die ready wait" "$start" "$failed"
one idle "Type=idle" "$dog;Type=idle" "a.main on ABRT die wait" "$start" "$failed"
one oneshot "Type=oneshot has none" "Type=oneshot;WatchdogSec=300ms" "a.main linger 700 exit 0" "$start"
one oneshot-told "but after WATCHDOG=1" "$dog;Type=oneshot" "a.main on ABRT die notify WATCHDOG=1 wait" "$start"
one child "WATCHDOG=1 of a child does not count" "$dog;NotifyAccess=main;WatchdogSec=600ms" \
    "a.main fork a.child detach ping 15 100 wait end on ABRT die ready wait" "$start" "$failed" "trace each"
one child-all "with NotifyAccess=all it does" "Type=notify;WatchdogSec=1s;NotifyAccess=all" \
    "a.main ready fork a.child ping 12 100 wait end exit 0" "$start" "await a.service inactive/dead" "trace each"
one access "NotifyAccess=none is raised by WatchdogSec=" "Type=simple;WatchdogSec=60s;NotifyAccess=none" "a.main wait" \
    "$start" "property a.service NotifyAccess" "trace none"

# --- what is told and shown ---

one environment "what the main process gets" "$calm" "a.main env WATCHDOG_USEC who WATCHDOG_PID ready wait" "$start"
one environment-off "without WatchdogSec=" "Type=notify" "a.main envset WATCHDOG_USEC envset WATCHDOG_PID ready wait" \
    "$start"
one environment-restart "the second run gets what the unit says" "$calm;Restart=always;RestartSec=50ms" \
    "a.main env WATCHDOG_USEC ready run 1 notify WATCHDOG_USEC=30000000 sync exit 1 end say up wait" "$start" "$up"
vars="envset WATCHDOG_USEC envset WATCHDOG_PID"
one environment-commands "what the commands get" \
    "$calm;ExecStartPre=ACTOR a.pre $vars;ExecStartPost=ACTOR a.startpost $vars;ExecReload=ACTOR a.reload $vars;ExecStop=ACTOR a.stop $vars" \
    "a.main ready wait" "$start" "reload a.service" "stop a.service" "trace each"
one zero "WatchdogSec=0 is no watchdog" "Type=notify;WatchdogSec=0" "a.main envset WATCHDOG_USEC ready wait" "$start" \
    "$property"
one infinity "WatchdogSec=infinity is none either" "Type=notify;WatchdogSec=infinity" \
    "a.main envset WATCHDOG_USEC ready wait" "$start" "$property"
one property-before "what is shown before the first start" "$calm" "a.main ready wait" "$property" "$start" "$property" \
    "stop a.service" "$property"
one property-none "what is shown without WatchdogSec=" "Type=notify" "a.main ready wait" "$property" "$start" "$property"

# --- Restart= ---

second="notify WATCHDOG_USEC=60000000+READY=1 wait"
for restart in no on-success on-failure on-abnormal on-watchdog on-abort always; do
    more="$dog;Restart=$restart;RestartSec=50ms"
    one "restart-$restart" "Restart=$restart" "$more" "a.main run 1 on ABRT die ready wait end $second" "$start" "$bites"
    one "restart-$restart-exits" "Restart=$restart, and the main process ends well at ABRT" "$more" \
        "a.main run 1 on ABRT exit=0 ready wait end $second" "$start" "$bites"
done
one restart-stays "Restart=on-watchdog after TimeoutAbortSec=" "$dog;Restart=on-watchdog;RestartSec=50ms" \
    "a.main run 1 on ABRT log ready wait end $second" "$start" "$bites"
one restart-prevented "RestartPreventExitStatus=SIGABRT" \
    "$dog;Restart=on-watchdog;RestartSec=50ms;RestartPreventExitStatus=SIGABRT" \
    "a.main run 1 on ABRT die ready wait end $second" "$start" "$bites"
one restart-forced "RestartForceExitStatus=SIGABRT" "$dog;Restart=no;RestartSec=50ms;RestartForceExitStatus=SIGABRT" \
    "a.main run 1 on ABRT die ready wait end $second" "$start" "$bites"
one restart-start "Restart=on-watchdog, and it bites before the unit is ready" \
    "$dog;Restart=on-watchdog;RestartSec=50ms" "a.main run 1 on ABRT die notify WATCHDOG=1 wait end $second" "$start" \
    "settle"
