#!/bin/bash
# Prints the cases about RuntimeMaxSec=, EXTEND_TIMEOUT_USEC= and JobTimeoutSec=.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

start="start a.service"
up="await-trace a.main up"
term="await-trace a.main got TERM"
failed="await a.service failed/failed"
dead="await a.service inactive/dead"

# --- RuntimeMaxSec= ---

max="RuntimeMaxSec=400ms;TimeoutStopSec=1s"
one max-simple "Type=simple" "Type=simple;$max" "a.main wait" "$start" "$term"
one max-exec "Type=exec" "Type=exec;$max" "a.main wait" "$start" "$term"
one max-notify "Type=notify" "Type=notify;$max" "a.main ready wait" "$start" "$term"
one max-forking "Type=forking" "Type=forking;$max" "a.start daemon a.main wait end exit 0" "$start" "$term"
one max-idle "Type=idle" "Type=idle;$max" "a.main wait" "$start" "$term"
one max-notify-reload "Type=notify-reload" "Type=notify-reload;$max" "a.main ready wait" "$start" "$term"
one max-stays "the main process stays at TERM" "Type=notify;$max" "a.main on TERM log ready wait" "$start" "$failed"
one max-abort "and TimeoutStopFailureMode=abort" "Type=notify;$max;TimeoutStopFailureMode=abort;LimitCORE=infinity" \
    "a.main on TERM log on ABRT die ready wait" "$start" "$failed"
one max-start-mode "TimeoutStartFailureMode= has nothing to do with it" \
    "Type=notify;$max;TimeoutStartFailureMode=kill" "a.main on TERM exit=0 ready wait" "$start" "$term"
one max-exits "the main process ends well at TERM" "Type=notify;$max" "a.main on TERM exit=0 ready wait" "$start" "$term"
one max-stop "ExecStop= is run" "Type=notify;$max;ExecStop=ACTOR a.stop env SERVICE_RESULT env EXIT_CODE" \
    "a.main ready wait" "$start" "$term"
one max-kill-signal "KillSignal=" "Type=notify;$max;KillSignal=SIGINT" "a.main ready wait" "$start" \
    "await-trace a.main got INT"
one max-child "a child" "Type=notify;$max" "a.main fork a.child wait end ready wait" "$start" "$term" "trace each"
one max-cgroup "ExitType=cgroup, and the main process is gone" "Type=notify;$max;ExitType=cgroup" \
    "a.main fork a.child wait end ready exit 0" "$start" "await-trace a.child got TERM"
for restart in no on-success on-failure on-abnormal on-watchdog on-abort always; do
    one "max-restart-$restart" "Restart=$restart" "Type=notify;$max;Restart=$restart;RestartSec=50ms" \
        "a.main run 1 ready wait end notify READY=1+EXTEND_TIMEOUT_USEC=60000000 wait" "$start" "$term"
done
one max-restart-again "each run has its own" "Type=notify;$max;Restart=on-failure;RestartSec=50ms" \
    "a.main run 1 ready wait end run 2 ready wait end ready exit 0" "$start" "await-trace a.main got TERM" "$dead"
one max-oneshot "a oneshot has none" "Type=oneshot;RuntimeMaxSec=300ms" "a.main linger 700 exit 0" "$start"
one max-remain "nor has one that remains" "Type=oneshot;RuntimeMaxSec=300ms;RemainAfterExit=yes" "a.main exit 0" \
    "$start" "linger 600"
one max-exited "nor one whose main process is gone" "Type=notify;RuntimeMaxSec=300ms;RemainAfterExit=yes" \
    "a.main ready exit 0" "$start" "linger 600"
one max-start "the time of the start does not count" "Type=notify;RuntimeMaxSec=700ms" \
    "a.main linger 900 ready linger 100 exit 0" "$start" "$dead"
one max-post "it begins when the unit is up" "Type=notify;RuntimeMaxSec=700ms;ExecStartPost=ACTOR a.startpost linger 900" \
    "a.main say up ready wait" "$start" "$term"
one max-reloading "it runs out in a reload" "Type=notify;RuntimeMaxSec=500ms;ExecReload=ACTOR a.reload linger 900" \
    "a.main ready wait" "$start" "reload a.service" "$term"
one max-own-reload "it runs out in a reload that the service began" "Type=notify;RuntimeMaxSec=500ms" \
    "a.main ready notify RELOADING=1+MONOTONIC_USEC=@now linger 900 ready wait" \
    "$start" "$term"
one max-stop-asked "a stop comes first" "Type=notify;RuntimeMaxSec=1s;TimeoutStopSec=60s" \
    "a.main on TERM go ready wait linger 1200 exit 0" "$start" "stop a.service"
one max-extra "RuntimeRandomizedExtraSec=" "Type=notify;RuntimeMaxSec=300ms;RuntimeRandomizedExtraSec=200ms" \
    "a.main ready wait" "$start" "$term"
one max-property "what is shown" "Type=notify;RuntimeMaxSec=1h;RuntimeRandomizedExtraSec=10s" "a.main ready wait" \
    "$start" "property a.service RuntimeMaxUSec RuntimeRandomizedExtraUSec"
one max-infinity "RuntimeMaxSec=infinity" "Type=notify;RuntimeMaxSec=infinity" "a.main ready wait" "$start" \
    "property a.service RuntimeMaxUSec RuntimeRandomizedExtraUSec"
one max-zero "RuntimeMaxSec=0" "Type=notify;RuntimeMaxSec=0" "a.main ready say up wait" "$start" \
    "property a.service RuntimeMaxUSec" "settle" "trace none"

# --- EXTEND_TIMEOUT_USEC= ---

more="notify EXTEND_TIMEOUT_USEC=20000000"
one extend-start "the start is given more time" "Type=notify;TimeoutStartSec=1s" "a.main $more linger 1300 ready wait" \
    "$start"
one extend-start-again "and again" "Type=notify;TimeoutStartSec=1s" \
    "a.main notify EXTEND_TIMEOUT_USEC=900000 linger 600 notify EXTEND_TIMEOUT_USEC=900000 linger 600 ready wait" "$start"
one extend-start-missed "more time was not enough" "Type=notify;TimeoutStartSec=700ms" \
    "a.main notify EXTEND_TIMEOUT_USEC=1000000 wait" "$start"
one extend-start-shorter "it never makes a timeout shorter" "Type=notify;TimeoutStartSec=20s" \
    "a.main notify EXTEND_TIMEOUT_USEC=200000 linger 600 ready wait" "$start"
one extend-infinity "nor one that is infinite" "Type=notify;TimeoutStartSec=infinity" \
    "a.main notify EXTEND_TIMEOUT_USEC=200000 linger 600 ready wait" "$start"
one extend-stop "the stop is given more time" "Type=notify;TimeoutStopSec=1s" \
    "a.main on TERM go ready wait $more linger 1300 exit 0" "$start" "stop a.service"
one extend-stop-early "before the stop it is no use" "Type=notify;TimeoutStopSec=700ms" \
    "a.main on TERM log ready $more sync say up wait" "$start" "$up" "stop a.service"
one extend-stop-command "ExecStop= is given more time" \
    "Type=notify;NotifyAccess=exec;TimeoutStopSec=1s;ExecStop=ACTOR a.stop $more linger 1300" "a.main ready wait" \
    "$start" "stop a.service"
one extend-stop-post "so is ExecStopPost=" \
    "Type=notify;NotifyAccess=exec;TimeoutStopSec=1s;ExecStopPost=ACTOR a.last $more linger 1300" "a.main ready wait" \
    "$start" "stop a.service"
one extend-runtime "RuntimeMaxSec= is given more time" "Type=notify;RuntimeMaxSec=1s" \
    "a.main ready $more linger 1300 exit 0" "$start" "$dead"
one extend-watchdog "and the watchdog" "Type=notify;WatchdogSec=1s" "a.main ready $more linger 1300 exit 0" "$start" \
    "$dead"
one extend-watchdog-told "until the next WATCHDOG=1" "Type=notify;WatchdogSec=400ms;LimitCORE=infinity" \
    "a.main on ABRT die ready $more sync ping 1 1 wait" "$start" "$failed"
one extend-early "before it is ready, for after that" "Type=notify;RuntimeMaxSec=700ms" "a.main $more sync ready wait" \
    "$start" "$term"
one extend-with-ready "together with READY=1" "Type=notify;RuntimeMaxSec=1s" \
    "a.main notify READY=1+EXTEND_TIMEOUT_USEC=20000000 linger 1300 exit 0" "$start" "$dead"
one extend-reload "a reload is given more time" "Type=notify-reload;TimeoutStartSec=1s" \
    "a.main ready on HUP go wait $more linger 1300 notify RELOADING=1+MONOTONIC_USEC=@now ready wait" "$start" \
    "reload a.service"
one extend-reload-command "so is ExecReload=" \
    "Type=notify;NotifyAccess=exec;TimeoutStartSec=1s;ExecReload=ACTOR a.reload $more linger 1300" "a.main ready wait" \
    "$start" "reload a.service"
one extend-oneshot "a oneshot that may speak" "Type=oneshot;NotifyAccess=main;TimeoutStartSec=1s" \
    "a.main $more linger 1300 exit 0" "$start"
one extend-pre "ExecStartPre= with NotifyAccess=exec" \
    "Type=exec;NotifyAccess=exec;TimeoutStartSec=1s;ExecStartPre=ACTOR a.pre $more linger 1300" "a.main wait" "$start"
one extend-pre-unheard "and without" "Type=notify;TimeoutStartSec=700ms;ExecStartPre=ACTOR a.pre $more linger 1300" \
    "a.main ready wait" "$start"
one extend-pre-next "the next command has TimeoutStartSec= again" \
    "Type=exec;NotifyAccess=exec;TimeoutStartSec=700ms;ExecStartPre=ACTOR a.pre $more;ExecStartPre=ACTOR a.second wait" \
    "a.main wait" "$start"
one extend-child "of a child that may not speak" "Type=notify;NotifyAccess=main;TimeoutStartSec=700ms" \
    "a.main fork a.child $more sync wait end wait" "$start" "trace each"
bad=0
for word in long 0 -1 1s 18446744073709551615 18446744073709551616; do
    one "extend-bad-$((bad += 1))" "EXTEND_TIMEOUT_USEC=$word" "Type=notify;TimeoutStartSec=700ms" \
        "a.main notify EXTEND_TIMEOUT_USEC=$word wait" "$start"
done

# --- JobTimeoutSec= and its like ---

begin job-start "JobTimeoutSec= of a start; the unit comes up later"
service a.service JobTimeoutSec=400ms -- Type=notify "ExecStart=ACTOR a.main barrier go ready wait"
steps "$start" "show a.service" "make go" "await a.service active/running"

begin job-extended "EXTEND_TIMEOUT_USEC= does not make it longer"
service a.service JobTimeoutSec=400ms -- Type=notify "ExecStart=ACTOR a.main $more barrier go ready wait"
steps "$start" "show a.service" "make go" "await a.service active/running"

begin job-restart "JobTimeoutSec= of a restart"
service a.service JobTimeoutSec=1500ms -- Type=notify "ExecStart=ACTOR a.main run 1 on TERM log on USR1 exit=0 ready wait end ready wait"
steps "$start" "restart a.service" "show a.service" "signal USR1 a.main"

begin job-reload "JobTimeoutSec= of a reload"
service a.service JobTimeoutSec=1500ms -- Type=notify "ExecReload=ACTOR a.reload barrier go" "ExecStart=ACTOR a.main ready wait"
steps "$start" "reload a.service" "show a.service" "make go" "await a.service active/running"

begin job-running-restart "JobRunningTimeoutSec= of a restart"
service a.service JobRunningTimeoutSec=1500ms -- Type=notify "ExecStart=ACTOR a.main run 1 on TERM log on USR1 exit=0 ready wait end ready wait"
steps "$start" "restart a.service" "show a.service" "signal USR1 a.main"

begin job-auto-restart "JobTimeoutSec= does not count RestartSec="
service a.service JobTimeoutSec=1500ms -- Type=notify Restart=on-failure RestartSec=2s \
    "ExecStart=ACTOR a.main run 1 ready barrier go exit 3 end ready wait"
steps "$start" "make go" "await-gone a.main" "settle"

begin job-properties "what is shown"
service a.service JobTimeoutSec=5min JobRunningTimeoutSec=90s -- "ExecStart=ACTOR a.main wait"
service b.service -- "ExecStart=ACTOR b.main wait"
steps "property a.service JobTimeoutUSec JobRunningTimeoutUSec JobTimeoutAction" \
    "property b.service JobTimeoutUSec JobRunningTimeoutUSec JobTimeoutAction"
