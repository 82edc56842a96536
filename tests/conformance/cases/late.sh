#!/bin/bash
# Prints the cases about a start that takes too long: TimeoutStartFailureMode= in each state that has a deadline.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

start="start a.service"
core="LimitCORE=infinity"
slow="TimeoutStartSec=700ms;TimeoutStopSec=700ms;TimeoutAbortSec=700ms;$core"
stay="on TERM log on ABRT log"
die="on TERM die on ABRT die"

for mode in terminate abort kill; do
    what="TimeoutStartFailureMode=$mode"
    more="$slow;$what"
    one "start-$mode" "$what: the main process is never ready" "Type=notify;$more" "a.main $die wait" "$start"
    one "start-$mode-stays" "$what: and stays" "Type=notify;$more" "a.main $stay wait" "$start"
    one "start-$mode-exits" "$what: and ends well" "Type=notify;$more" "a.main on TERM exit=0 on ABRT exit=0 wait" \
        "$start"
    one "start-$mode-restart" "$what and Restart=on-failure" "Type=notify;$more;Restart=on-failure;RestartSec=50ms" \
        "a.main run 1 $die wait end ready wait" "$start" "await a.service active/running"
    one "start-$mode-condition" "$what: ExecCondition= hangs" "$more;ExecCondition=ACTOR a.condition $die wait" \
        "a.main wait" "$start"
    one "start-$mode-pre" "$what: ExecStartPre= hangs" "$more;ExecStartPre=ACTOR a.pre $die wait" "a.main wait" "$start"
    one "start-$mode-pre-stays" "$what: ExecStartPre= hangs and stays" "$more;ExecStartPre=ACTOR a.pre $stay wait" \
        "a.main wait" "$start"
    one "start-$mode-post" "$what: ExecStartPost= hangs" "Type=notify;$more;ExecStartPost=ACTOR a.startpost $die wait" \
        "a.main $die ready wait" "$start" "trace each"
    one "start-$mode-oneshot" "$what: a oneshot hangs" "Type=oneshot;$more" "a.main $die wait" "$start"
    one "start-$mode-forking" "$what: Type=forking, the parent hangs" "Type=forking;$more" "a.start $die wait" "$start"
    one "start-$mode-child" "$what: a child stays" "Type=notify;$more" "a.main fork a.child $stay wait end $die wait" \
        "$start" "trace set"
    one "start-$mode-process" "$what with KillMode=process" "Type=notify;$more;KillMode=process" \
        "a.main fork a.child $stay wait end $die wait" "$start" "trace each"
    one "start-$mode-no-kill" "$what with SendSIGKILL=no" "Type=notify;$more;SendSIGKILL=no" "a.main $stay wait" "$start"
done
one dash "'-' before a command that hangs does not help" "Type=exec;$slow;ExecStartPre=-ACTOR a.pre $die wait" "a.main wait" \
    "$start"
