#!/bin/bash
# Prints the cases about a stop that takes too long, TimeoutStopFailureMode=, and about the settings of all timeouts.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

start="start a.service"
core="LimitCORE=infinity"
slow="TimeoutStopSec=700ms;TimeoutAbortSec=700ms;$core"
stay="on TERM log on ABRT log"
die="on TERM die on ABRT die"

for mode in terminate abort kill; do
    what="TimeoutStopFailureMode=$mode"
    more="$slow;$what"
    one "stop-$mode" "$what: the main process stays at TERM" "Type=notify;$more" \
        "a.main on TERM log on ABRT die ready wait" "$start" "stop a.service"
    one "stop-$mode-stays" "$what: and at ABRT" "Type=notify;$more" "a.main $stay ready wait" "$start" "stop a.service"
    one "stop-$mode-command" "$what: ExecStop= hangs" "Type=notify;$more;ExecStop=ACTOR a.stop $die wait" \
        "a.main $die ready wait" "$start" "stop a.service" "trace each"
    one "stop-$mode-command-stays" "$what: ExecStop= hangs and stays" "Type=notify;$more;ExecStop=ACTOR a.stop $stay wait" \
        "a.main $stay ready wait" "$start" "stop a.service" "trace each"
    one "stop-$mode-command-no-kill" "$what: ExecStop= hangs, SendSIGKILL=no" \
        "Type=notify;$more;SendSIGKILL=no;ExecStop=ACTOR a.stop $stay wait" "a.main $stay ready wait" "$start" \
        "stop a.service" "trace each"
    one "stop-$mode-post" "$what: ExecStopPost= hangs" "Type=notify;$more;ExecStopPost=ACTOR a.hang $die wait" \
        "a.main ready barrier go exit 0" "$start" "make go" "await a.service failed/failed"
    one "stop-$mode-post-stays" "$what: ExecStopPost= hangs and stays" \
        "Type=notify;$more;ExecStopPost=ACTOR a.hang $stay wait" "a.main ready barrier go exit 0" "$start" "make go" \
        "await a.service failed/failed"
    one "stop-$mode-post-no-kill" "$what: ExecStopPost= hangs and stays, SendSIGKILL=no" \
        "Type=notify;$more;SendSIGKILL=no;ExecStopPost=ACTOR a.hang $stay wait" "a.main ready barrier go exit 0" \
        "$start" "make go" "await a.service failed/failed"
    one "stop-$mode-child" "$what: a child stays at TERM" "Type=notify;$more" \
        "a.main fork a.child $stay wait end $die ready wait" "$start" "stop a.service" "trace set"
    one "stop-$mode-no-kill" "$what with SendSIGKILL=no" "Type=notify;$more;SendSIGKILL=no" "a.main $stay ready wait" \
        "$start" "stop a.service"
    one "stop-$mode-restart" "$what in a restart" "Type=notify;$more" \
        "a.main run 1 on TERM log on ABRT die ready wait end ready wait" "$start" "restart a.service"
    one "stop-$mode-always" "$what and Restart=always: a stop is no reason to restart" \
        "Type=notify;$more;Restart=always;RestartSec=50ms" "a.main on TERM log on ABRT die ready wait" "$start" \
        "stop a.service"
done

# --- what one is allowed, and the other takes ---

one abort-infinity "TimeoutAbortSec=infinity" "Type=notify;TimeoutStartSec=700ms;TimeoutAbortSec=infinity;TimeoutStartFailureMode=abort;$core" \
    "a.main on ABRT log on USR1 exit=3 wait" "ask start a.service" "await-trace a.main got ABRT" "signal USR1 a.main"
one stop-infinity "TimeoutStopSec=infinity" "Type=notify;TimeoutStopSec=infinity" \
    "a.main on TERM log on USR1 exit=3 ready wait" "$start" "ask stop a.service" "await-trace a.main got TERM" \
    "signal USR1 a.main"
one start-infinity "TimeoutStartSec=infinity" "Type=notify;TimeoutStartSec=infinity" "a.main barrier go ready wait" \
    "ask start a.service" "await-trace a.main start" "linger 300" "make go" "await a.service active/running"
one each-command "each command of ExecStartPre= has the whole of TimeoutStartSec=" \
    "Type=exec;TimeoutStartSec=1s;ExecStartPre=ACTOR a.one linger 700;ExecStartPre=ACTOR a.two linger 700" "a.main wait" \
    "$start"
one each-command-stop "so has each of ExecStop=" \
    "Type=notify;TimeoutStopSec=1s;ExecStop=ACTOR a.one linger 700;ExecStop=ACTOR a.two linger 700" \
    "a.main ready wait" "$start" "stop a.service"
one start-stopped "a stop while the start is late" "Type=notify;TimeoutStartSec=60s;TimeoutStopSec=700ms" \
    "a.main on TERM log wait" "ask start a.service" "await-trace a.main start" "stop a.service"

# --- the settings ---

properties="TimeoutStartUSec TimeoutStopUSec TimeoutAbortUSec TimeoutStartFailureMode TimeoutStopFailureMode WatchdogSignal"
settings() {
    one "settings-$1" "$2" "$3" "a.main exit 0" "property a.service $properties"
}
settings default "what holds without a word" "Type=exec"
settings both "TimeoutSec= is both" "Type=exec;TimeoutSec=7"
settings both-infinity "TimeoutSec=infinity" "Type=exec;TimeoutSec=infinity"
settings both-later "TimeoutSec= after TimeoutStopSec=" "Type=exec;TimeoutStopSec=3s;TimeoutSec=7"
settings zero "TimeoutStartSec=0 is none" "Type=exec;TimeoutStartSec=0"
settings stop-zero "TimeoutStopSec=0 is none" "Type=exec;TimeoutStopSec=0"
settings oneshot "a oneshot" "Type=oneshot"
settings oneshot-both "a oneshot with TimeoutSec=" "Type=oneshot;TimeoutSec=7"
settings abort "TimeoutAbortSec=" "Type=exec;TimeoutAbortSec=3s"
settings abort-empty "TimeoutAbortSec= without a value" "Type=exec;TimeoutAbortSec=3s;TimeoutAbortSec="
settings abort-stop "TimeoutStopSec= is the default of TimeoutAbortSec=" "Type=exec;TimeoutStopSec=3s"
settings abort-zero "TimeoutAbortSec=0" "Type=exec;TimeoutAbortSec=0"
settings modes "the modes" "Type=exec;TimeoutStartFailureMode=abort;TimeoutStopFailureMode=kill"
settings span "a time span of several words" "Type=exec;TimeoutStartSec=1min 30s 5ms"
settings signal "WatchdogSignal=" "Type=exec;WatchdogSignal=SIGQUIT"
