#!/bin/bash
# Prints the cases about who may speak by sd_notify(3), NotifyAccess= and NOTIFYACCESS=, and about MAINPID=.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

start="start a.service"
up="await-trace a.main up"
active="await a.service active/running"
status="property a.service StatusText"

# --- who may speak: what types.sh has not ---

for access in none main exec all; do
    more="NotifyAccess=$access"
    say="envset NOTIFY_SOCKET notify STATUS=fine sync"
    one "access-$access-condition" "$more: ExecCondition=" "Type=exec;$more;ExecCondition=ACTOR a.condition $say" \
        "a.main wait" "$start" "$status"
    one "access-$access-pre" "$more: ExecStartPre=" "Type=exec;$more;ExecStartPre=ACTOR a.pre $say" "a.main wait" \
        "$start" "$status"
    one "access-$access-reload" "$more: ExecReload=" "Type=exec;$more;ExecReload=ACTOR a.reload $say" \
        "a.main say up wait" "$start" "$up" "reload a.service" "$status"
    one "access-$access-stop" "$more: ExecStop=" "Type=exec;$more;ExecStop=ACTOR a.stop $say" "a.main say up wait" \
        "$start" "$up" "stop a.service" "$status"
    one "access-$access-stop-post" "$more: ExecStopPost=" "Type=exec;$more;ExecStopPost=ACTOR a.last $say" \
        "a.main say up wait" "$start" "$up" "stop a.service" "$status"
    one "access-$access-grandchild" "$more: a process in a session of its own" "Type=exec;$more" \
        "a.main daemon a.daemon $say wait end say up wait" "$start" "$up" "$status" "trace each"
    one "access-$access-notify" "$more with Type=notify" "Type=notify;$more" \
        "a.main fork a.child $say wait end ready wait" "$start" "$status NotifyAccess" "trace each"
    one "access-$access-command-child" "$more: a child of ExecStartPost=" \
        "Type=exec;$more;ExecStartPost=ACTOR a.startpost fork a.child $say end exit 0" "a.main wait" "$start" "$status" \
        "trace each"
    one "access-$access-forking" "$more with Type=forking: the parent and the main process" \
        "Type=forking;$more" "a.start notify STATUS=parent sync daemon a.main detach barrier go $say say up wait end exit 0" \
        "$start" "$status" "make go" "$up" "$status" "trace each"
    one "access-$access-oneshot" "$more with Type=oneshot" "Type=oneshot;$more;RemainAfterExit=yes" \
        "a.main $say exit 0" "$start" "$status"
done
begin access-other "a process of another unit speaks for its own unit alone"
service a.service -- NotifyAccess=all "ExecStart=ACTOR a.main say up wait"
service b.service -- NotifyAccess=all "ExecStart=ACTOR b.main notify STATUS=fine sync say up wait"
steps "$start" "$up" "start b.service" "await-trace b.main up" "$status" "property b.service StatusText" "trace each"
one access-raised-store "FileDescriptorStoreMax= raises NotifyAccess=none" "NotifyAccess=none;FileDescriptorStoreMax=1" \
    "a.main wait" "property a.service NotifyAccess"
one access-raised-type "so does Type=notify-reload" "NotifyAccess=none;Type=notify-reload" "a.main wait" \
    "property a.service NotifyAccess"
one access-kept "what is more stays" "NotifyAccess=all;Type=notify;WatchdogSec=1min" "a.main wait" \
    "property a.service NotifyAccess"
one access-exited "NotifyAccess=all: a child, when the main process is gone and RemainAfterExit=" \
    "Type=notify;NotifyAccess=all;RemainAfterExit=yes" \
    "a.main fork a.child detach barrier go notify STATUS=fine sync say up wait end ready exit 0" "$start" \
    "await a.service active/exited" "make go" "await-trace a.child up" "$status"
one access-left "who is left over by KillMode=process from the last run" \
    "Type=notify;NotifyAccess=all;KillMode=process" \
    "a.main run 1 fork a.child on USR1 go wait notify STATUS=fine sync say up wait end end ready wait" "$start" \
    "restart a.service" "signal USR1 a.child" "await-trace a.child up" "$status" "trace each"
one access-left-ready "and says READY=1" "Type=notify;NotifyAccess=all;KillMode=process" \
    "a.main run 1 fork a.child on USR1 go wait ready sync say up wait end end run 1 ready end wait" "$start" \
    "ask restart a.service" "await a.service activating/start" "signal USR1 a.child" "await-trace a.child up" "$active" \
    "trace each"

# --- NOTIFYACCESS= ---

child="fork a.child on USR1 go wait notify STATUS=child sync say up wait end"
shown="property a.service NotifyAccess StatusText"
for access in none main exec all; do
    one "change-$access" "NOTIFYACCESS=$access, then a child and the main process speak" "Type=notify;NotifyAccess=main" \
        "a.main $child ready notify NOTIFYACCESS=$access sync say told on USR2 go wait notify STATUS=main sync say up wait" \
        "$start" "await-trace a.main told" "signal USR1 a.child" "await-trace a.child up" "$shown" \
        "signal USR2 a.main" "$up" "$shown" "trace each"
done
one change-bad "NOTIFYACCESS=everybody after NOTIFYACCESS=all" "Type=notify;NotifyAccess=main" \
    "a.main $child ready notify NOTIFYACCESS=all notify NOTIFYACCESS=everybody sync say told wait" \
    "$start" "await-trace a.main told" "signal USR1 a.child" "await-trace a.child up" "$shown" "trace each"
one change-empty "NOTIFYACCESS= after NOTIFYACCESS=all" "Type=notify;NotifyAccess=main" \
    "a.main $child ready notify NOTIFYACCESS=all notify NOTIFYACCESS= sync say told wait" \
    "$start" "await-trace a.main told" "signal USR1 a.child" "await-trace a.child up" "$shown" "trace each"
one change-with-status "NOTIFYACCESS=none and a status in one" "Type=notify;NotifyAccess=main" \
    "a.main ready notify NOTIFYACCESS=none+STATUS=main sync say up wait" "$start" "$up" "$shown"
one change-with-ready "NOTIFYACCESS=none and READY=1 in one" "Type=notify;NotifyAccess=main" \
    "a.main notify NOTIFYACCESS=none+READY=1 sync say up wait" "$start" "$up" "$shown"
one change-child "a child with NotifyAccess=all takes it from itself" "Type=notify;NotifyAccess=all" \
    "a.main fork a.child notify NOTIFYACCESS=main notify STATUS=child sync wait end ready say up wait" "$start" "$up" \
    "$shown" "trace each"
one change-unheard "a child that may not speak cannot give it to itself" "Type=notify;NotifyAccess=main" \
    "a.main fork a.child notify NOTIFYACCESS=all notify STATUS=child sync wait end ready say up wait" "$start" "$up" \
    "$shown" "trace each"
one change-commands "ExecStartPost= may speak from then on" \
    "Type=notify;NotifyAccess=main;ExecStartPost=ACTOR a.startpost envset NOTIFY_SOCKET notify STATUS=post sync" \
    "a.main notify NOTIFYACCESS=exec ready wait" "$start" "$shown"
one change-none-stop "NOTIFYACCESS=none, and ExecStop= of NotifyAccess=exec" \
    "Type=notify;NotifyAccess=exec;ExecStop=ACTOR a.stop envset NOTIFY_SOCKET notify STATUS=stop sync" \
    "a.main ready notify NOTIFYACCESS=none sync say up wait" "$start" "$up" "stop a.service" "$shown"
one change-stopped "what is shown after a stop" "Type=notify;NotifyAccess=main" \
    "a.main ready notify NOTIFYACCESS=all sync say up wait" "$start" "$up" "stop a.service" "$shown"
one change-restart "it lasts for one run" "Type=notify;NotifyAccess=main;Restart=on-failure;RestartSec=50ms" \
    "a.main ready run 1 notify NOTIFYACCESS=all sync exit 3 end say up wait" "$start" "$up" "$shown"
one change-restart-pre "what ExecStartPre= of the next run gets" \
    "Type=notify;NotifyAccess=main;ExecStartPre=ACTOR a.pre envset NOTIFY_SOCKET" \
    "a.main ready run 1 notify NOTIFYACCESS=all sync say up wait end wait" "$start" "$up" "restart a.service" "$shown"

# --- MAINPID= ---

# systemd is told of the end of a process by its parent, or sees at some time that nobody is left: which comes first is a
# race for one that was named while its parent lived. So it is asked who the main process is, and where one ends, somebody
# else is left.
who="ExecReload=ACTOR a.reload who MAINPID"
asked="reload a.service"
other="fork a.other wait end"

one main-self "MAINPID= of the sender itself" "Type=notify;$who" "a.main notify MAINPID=@self+READY=1 wait" "$start" \
    "$asked"
one main-child "MAINPID= of a child, whose parent then ends" "Type=notify;$who" \
    "a.start fork a.main wait end notify MAINPID=@a.main+READY=1 exit 3" "$start" "await-gone a.start" "settle" "$asked"
one main-child-dies "and then it is killed" "Type=notify" \
    "a.start $other fork a.main wait end notify MAINPID=@a.main+READY=1 exit 0" "$start" "await-gone a.start" \
    "kill KILL a.main" "trace each"
one main-child-ends "and then it ends with a status" "Type=notify" \
    "a.start $other fork a.main detach barrier go exit 7 end notify MAINPID=@a.main+READY=1 exit 0" "$start" \
    "await-gone a.start" "make go" "trace each"
one main-child-restart "and comes again" "Type=notify;Restart=on-failure;RestartSec=50ms" \
    "a.start run 1 $other fork a.main detach barrier go exit 7 end notify MAINPID=@a.main+READY=1 exit 0 end ready wait" \
    "$start" "await-gone a.start" "make go" "await-property a.service NRestarts 1" "trace each"
one main-parent-stays "the parent stays" "Type=notify;$who" \
    "a.start fork a.main wait end notify MAINPID=@a.main+READY=1 wait" "$start" "$asked" "trace each"
one main-parent-dies "the parent stays, and is killed" "Type=notify;$who" \
    "a.start fork a.main wait end notify MAINPID=@a.main+READY=1 wait" "$start" "kill KILL a.start" "settle" \
    "show a.service" "$asked"
one main-late "of a unit that is up" "Type=notify;$who" \
    "a.start ready barrier go fork a.main wait end notify MAINPID=@a.main exit 0" "$start" "make go" "await-gone a.start" \
    "settle" "$asked"
one main-back "there and back" "Type=notify;NotifyAccess=all;$who" \
    "a.main fork a.child wait end ready notify MAINPID=@a.child notify MAINPID=@a.main sync say up wait" "$start" "$up" \
    "$asked" "trace each"
one main-twice "of two in one datagram" "Type=notify;$who" \
    "a.main fork a.one wait end fork a.two wait end notify MAINPID=@a.one+MAINPID=@a.two+READY=1 wait" "$start" \
    "$asked" "trace each"
one main-dead "of a process that is gone" "Type=notify;$who" \
    "a.main fork a.child exit 0 end linger 100 notify MAINPID=@a.child+READY=1 wait" "$start" "$asked"
one main-pid1 "of the service manager" "Type=notify;$who" "a.main drop notify MAINPID=1+READY=1 wait" "$start" "$asked"
bad=0
for word in 0 -1 x 1x 4194305 99999999999 "~20@self"; do
    one "main-bad-$((bad += 1))" "MAINPID=$word" "Type=notify;$who" "a.main notify MAINPID=$word+READY=1 wait" "$start" \
        "$asked"
done
one main-empty "MAINPID= without a value" "Type=notify;$who" "a.main notify MAINPID=+READY=1 wait" "$start" "$asked"
# foreign NAME TEXT STEP: after the step, a process of another unit is named
foreign() {
    begin "$1" "$2"
    service a.service -- Type=notify "ExecStart=ACTOR a.main $3 notify MAINPID=@b.main+READY=1 wait" "$who"
    service b.service -- "ExecStart=ACTOR b.main wait"
    steps "start b.service" "await-trace b.main start" "$start" "$asked" "show b.service" "trace each"
}
foreign main-foreign "of a process of another unit, by an ordinary user" drop
foreign main-foreign-root "and by root" "say root"
one main-access "a child that may not speak" "Type=notify;NotifyAccess=main;$who" \
    "a.main fork a.child notify MAINPID=@self sync wait end ready wait" "$start" "$asked" "trace each"
one main-access-exec "NotifyAccess=exec: ExecStartPost= names a child of the main process" \
    "Type=notify;NotifyAccess=exec;$who;ExecStartPost=ACTOR a.startpost notify MAINPID=@a.child sync" \
    "a.main fork a.child wait end ready wait" "$start" "$asked" "trace each"
one main-control "ExecStartPost= names itself" \
    "Type=exec;NotifyAccess=exec;$who;ExecStartPost=ACTOR a.startpost drop notify MAINPID=@self sync" "a.main wait" \
    "$start" "$asked" "trace each"
one main-pre "ExecStartPre= names a process that it leaves" \
    "Type=exec;NotifyAccess=exec;$who;ExecStartPre=ACTOR a.pre fork a.left wait end notify MAINPID=@a.left sync" \
    "a.main wait" "$start" "$asked" "trace each"
one main-stop-post "ExecStopPost= names a process that it leaves" \
    "Type=notify;NotifyAccess=exec;ExecStopPost=ACTOR a.last fork a.left wait end notify MAINPID=@a.left sync" \
    "a.main ready wait" "$start" "stop a.service" "trace each"
one main-simple "Type=simple" "NotifyAccess=main;$who" \
    "a.start fork a.main wait end notify MAINPID=@a.main sync say up exit 3" "$start" "await-trace a.start up" \
    "await-gone a.start" "settle" "$asked"
one main-forking "Type=forking" "Type=forking;NotifyAccess=all;$who" \
    "a.start daemon a.one wait end daemon a.main notify MAINPID=@self sync wait end exit 0" "$start" "$asked" "trace each"
one main-reload "the reload signal goes to the new one" "Type=notify-reload;NotifyAccess=all" \
    "a.start fork a.main on HUP go wait notify RELOADING=1+MONOTONIC_USEC=@now ready wait end notify MAINPID=@a.main+READY=1 wait" \
    "$start" "reload a.service" "trace each"
