#!/bin/bash
# Prints the cases about what a service says by sd_notify(3): READY=, RELOADING=, STOPPING= in each state, the texts, and
# datagrams of any shape.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

start="start a.service"
up="await-trace a.main up"
active="await a.service active/running"
slow="TimeoutStartSec=1s" # for who is never ready, or up before anybody looks
now="MONOTONIC_USEC=@now"
brief="TimeoutStopSec=1s" # for who is waited for while the unit starts or reloads
reloading="notify RELOADING=1+$now"

# --- READY=1 ---

one ready-sync "READY=1 and BARRIER=1" "Type=notify" "a.main ready sync say up wait" "$start" "$up"
one ready-exec "Type=exec: READY=1 is nothing" "Type=exec;NotifyAccess=main" "a.main ready sync say up wait" "$start" "$up"
one ready-oneshot "Type=oneshot: READY=1 does not end the start" "Type=oneshot;NotifyAccess=main" \
    "a.main ready sync say up barrier go exit 0" "ask start a.service" "$up" "show a.service" "make go"
one ready-forking "Type=forking: READY=1 of the parent is nothing" "Type=forking;NotifyAccess=all" \
    "a.start ready sync daemon a.main wait end barrier go exit 0" "ask start a.service" "await-trace a.main start" \
    "show a.service" "make go" "$active"
one ready-condition "ExecCondition= says it" "Type=notify;NotifyAccess=exec;$slow;ExecCondition=ACTOR a.condition ready sync" \
    "a.main wait" "$start"
one ready-post-up "the unit is up when ExecStartPost= has ended" \
    "Type=notify;ExecStartPost=ACTOR a.startpost barrier go" "a.main ready wait" "ask start a.service" \
    "await-trace a.startpost start" "show a.service" "make go" "$active"
one ready-exit-fails "READY=1 and a failure at once" "Type=notify" "a.main ready exit 3" "$start" "settle"
one ready-dies "READY=1 and death at once" "Type=notify" "a.main ready die KILL" "$start" "settle"
one ready-0-later "READY=0 of a unit that is up is nothing" "Type=notify" "a.main ready notify READY=0 sync say up wait" \
    "$start" "$up"

# --- STOPPING=1 ---

one stopping "the service says that it ends, and ends" "Type=notify" \
    "a.main ready barrier go notify STOPPING=1 barrier end exit 0" "$start" "make go" \
    "await a.service deactivating/stop-sigterm" "show a.service" "make end"
one stopping-exec-stop "ExecStop= is not run" "Type=notify;ExecStop=ACTOR a.stop" \
    "a.main ready notify STOPPING=1 barrier end exit 0" "$start" "await a.service deactivating/stop-sigterm" "make end"
one stopping-stays "and does not end: TimeoutStopSec=" "Type=notify;$brief" "a.main ready notify STOPPING=1 wait" "$start" \
    "await a.service failed/failed"
one stopping-abort "and does not end: TimeoutStopFailureMode=abort" \
    "Type=notify;$brief;TimeoutStopFailureMode=abort;LimitCORE=infinity" \
    "a.main on ABRT die ready notify STOPPING=1 wait" "$start" "await a.service failed/failed"
one stopping-fails "and fails" "Type=notify" "a.main ready notify STOPPING=1 barrier end exit 3" "$start" \
    "await a.service deactivating/stop-sigterm" "make end"
one stopping-restart "and comes again by Restart=always" "Type=notify;Restart=always;RestartSec=50ms" \
    "a.main ready run 1 notify STOPPING=1 exit 0 end wait" "$start" "await-property a.service NRestarts 1"
one stopping-child "a child is left" "Type=notify;TimeoutStopSec=2s" \
    "a.main fork a.child on TERM log wait end ready notify STOPPING=1 barrier end exit 0" "$start" \
    "await a.service deactivating/stop-sigterm" "make end" "await a.service failed/failed" "trace each"
one stopping-simple "Type=simple" "Type=simple;NotifyAccess=main" "a.main barrier go notify STOPPING=1 barrier end exit 0" \
    "$start" "await-trace a.main start" "make go" "await a.service deactivating/stop-sigterm" "make end"
one stopping-stop-asked "a stop is asked for in the meantime" "Type=notify" \
    "a.main ready on USR1 exit=0 notify STOPPING=1 wait" "$start" "await a.service deactivating/stop-sigterm" \
    "ask stop a.service" "signal USR1 a.main"
one stopping-start-asked "a start is asked for in the meantime" "Type=notify" \
    "a.main run 1 on USR1 exit=0 ready notify STOPPING=1 wait end ready wait" "$start" \
    "await a.service deactivating/stop-sigterm" "ask start a.service" "signal USR1 a.main" "$active"
one stopping-starting "before it is ready; READY=1 wins over STOPPING=1" "Type=notify" \
    "a.main notify STOPPING=1 sync say up barrier go ready wait" "ask start a.service" "$up" "show a.service" "make go" \
    "$active"
one stopping-starting-ends "before it is ready, and then the end" "Type=notify" "a.main notify STOPPING=1 exit 0" "$start"
one stopping-post "during ExecStartPost=" "Type=notify;$brief;ExecStartPost=ACTOR a.startpost barrier go" \
    "a.main ready notify STOPPING=1 sync say up on USR1 exit=0 wait" "ask start a.service" "$up" \
    "await-trace a.startpost start" "show a.service" "make go" "await a.service failed/failed" "trace each"
one stopping-ready "READY=1 after STOPPING=1 changes nothing" "Type=notify" \
    "a.main ready notify STOPPING=1 ready sync say up on USR1 exit=0 wait" "$start" "$up" "show a.service" \
    "signal USR1 a.main"
one stopping-with-ready "STOPPING=1 and READY=1 in one" "Type=notify;TimeoutStartSec=1s;$brief" "a.main notify READY=1+STOPPING=1 wait" "$start"
one stopping-in-stop "during ExecStop=" "Type=notify;ExecStop=ACTOR a.stop barrier go" \
    "a.main ready on USR1 go wait notify STOPPING=1 sync say up wait" "$start" "ask stop a.service" \
    "await-trace a.stop start" "signal USR1 a.main" "$up" "show a.service" "make go" "await a.service inactive/dead"
one stopping-reload "during ExecReload=" "Type=notify;$brief;ExecReload=ACTOR a.reload barrier go" \
    "a.main ready on USR1 go wait notify STOPPING=1 sync say up wait" "$start" "ask reload a.service" \
    "await-trace a.reload start" "signal USR1 a.main" "$up" "show a.service" "make go" "await a.service failed/failed"
one stopping-reload-signal "when the reload signal comes" "Type=notify-reload;$brief" \
    "a.main ready on HUP go wait notify STOPPING=1 wait" "$start" "reload a.service" "await a.service failed/failed"
one stopping-reload-notify "while it reloads" "Type=notify;$brief" "a.main ready $reloading notify STOPPING=1 wait" "$start" \
    "await a.service failed/failed"
one stopping-twice "twice" "Type=notify" "a.main ready notify STOPPING=1 notify STOPPING=1 on USR1 exit=0 say up wait" \
    "$start" "$up" "signal USR1 a.main"
one stopping-exited "of a child, when the main process is gone and RemainAfterExit=" \
    "Type=notify;NotifyAccess=all;RemainAfterExit=yes" \
    "a.main fork a.child on USR1 go wait notify STOPPING=1 sync say up wait end ready exit 0" "$start" \
    "await a.service active/exited" "signal USR1 a.child" "await-trace a.child up"
one stopping-cgroup "ExitType=cgroup: of a child, when the main process is gone" \
    "Type=notify;NotifyAccess=all;ExitType=cgroup" \
    "a.main fork a.child on USR1 go on USR2 exit=0 wait notify STOPPING=1 sync say up wait end ready exit 0" "$start" \
    "await-gone a.main" "signal USR1 a.child" "await-trace a.child up" "show a.service" "signal USR2 a.child"

# --- RELOADING=1 ---

one reloading-starting "before it is ready: RELOADING=1 alone" "Type=notify;$slow" "a.main $reloading wait" "$start"
one reloading-starting-ready "before it is ready, and then READY=1" "Type=notify" "a.main $reloading ready wait" "$start"
one reloading-with-ready "RELOADING=1 and READY=1 in one, as the first" "Type=notify" \
    "a.main notify READY=1+RELOADING=1+$now sync say up wait" "$start" "$up"
one reloading-with-ready-up "and of a unit that is up" "Type=notify" \
    "a.main ready notify READY=1+RELOADING=1+$now sync say up wait" "$start" "$up"
one reloading-post "during ExecStartPost=" "Type=notify;ExecStartPost=ACTOR a.startpost barrier go" \
    "a.main ready $reloading sync say up barrier end ready wait" "ask start a.service" "$up" \
    "await-trace a.startpost start" "show a.service" "make go" "await a.service reloading/reload-notify" "make end" \
    "$active" "trace each"
one reloading-no-time "without MONOTONIC_USEC=" "Type=notify" "a.main ready notify RELOADING=1 sync say up barrier go ready wait" \
    "$start" "$up" "show a.service" "make go" "$active"
one reloading-bad-time "with a MONOTONIC_USEC= that is none" "Type=notify-reload;TimeoutStartSec=2s" \
    "a.main ready on HUP go wait notify RELOADING=1+MONOTONIC_USEC=now ready wait" "$start" "reload a.service"
one reloading-future "with one of the future" "Type=notify-reload;TimeoutStartSec=2s" \
    "a.main ready on HUP go wait notify RELOADING=1+MONOTONIC_USEC=9223372036854775807 ready wait" "$start" \
    "reload a.service"
one reloading-answer-in-one "the answer to the signal: READY=1 and RELOADING=1 in one" "Type=notify-reload;TimeoutStartSec=2s" \
    "a.main ready on HUP go wait notify READY=1+RELOADING=1+$now wait" "$start" "reload a.service"
one reloading-answer-in-one-old "and without MONOTONIC_USEC=" "Type=notify-reload;TimeoutStartSec=2s" \
    "a.main ready on HUP go wait notify READY=1+RELOADING=1 wait" "$start" "reload a.service"
one reloading-twice "twice" "Type=notify" "a.main ready $reloading $reloading sync say up barrier go ready wait" "$start" \
    "$up" "show a.service" "make go" "$active"
one reloading-simple "Type=simple" "Type=simple;NotifyAccess=main" \
    "a.main barrier go $reloading sync say up barrier end ready wait" "$start" "await-trace a.main start" "make go" "$up" \
    "show a.service" "make end" "$active"
one reloading-child "of a child that may not speak" "Type=notify;NotifyAccess=main" \
    "a.main ready fork a.child $reloading sync wait end say up wait" "$start" "$up"
one reloading-stop "a stop in the meantime" "Type=notify" "a.main ready $reloading wait" "$start" \
    "await a.service reloading/reload-notify" "stop a.service"
one reloading-ends "the main process ends well in the meantime" "Type=notify" "a.main ready $reloading barrier go exit 0" \
    "$start" "await a.service reloading/reload-notify" "make go"
one reloading-fails "and fails" "Type=notify;ExecStop=ACTOR a.stop" "a.main ready $reloading barrier go exit 3" "$start" \
    "await a.service reloading/reload-notify" "make go"
one reloading-restart "and comes again" "Type=notify;Restart=on-failure;RestartSec=50ms" \
    "a.main ready run 1 $reloading barrier go exit 3 end wait" "$start" "await a.service reloading/reload-notify" \
    "make go"
one reloading-asked "a reload is asked for in the meantime" "Type=notify;ExecReload=ACTOR a.reload" \
    "a.main ready $reloading barrier go ready wait" "$start" "await a.service reloading/reload-notify" \
    "ask reload a.service" "property a.service SubState" "make go" "await-trace a.reload start"
one reloading-start-asked "a start is asked for in the meantime" "Type=notify" \
    "a.main ready $reloading barrier go ready wait" "$start" "await a.service reloading/reload-notify" "$start" \
    "show a.service" "make go" "$active"
one reloading-command "during ExecReload=" "Type=notify;ExecReload=ACTOR a.reload barrier go" \
    "a.main ready on USR1 go wait $reloading sync say up barrier end ready wait" "$start" "ask reload a.service" \
    "await-trace a.reload start" "signal USR1 a.main" "$up" "show a.service" "make go" \
    "await a.service reloading/reload-notify" "make end" "$active"
one reloading-command-ready "RELOADING=1 and READY=1 during ExecReload=" "Type=notify;ExecReload=ACTOR a.reload barrier go" \
    "a.main ready on USR1 go wait $reloading ready sync say up wait" "$start" "ask reload a.service" \
    "await-trace a.reload start" "signal USR1 a.main" "$up" "show a.service" "make go" "$active"
one reloading-in-stop "during ExecStop=" "Type=notify;ExecStop=ACTOR a.stop barrier go" \
    "a.main ready on USR1 go wait $reloading sync say up wait" "$start" "ask stop a.service" \
    "await-trace a.stop start" "signal USR1 a.main" "$up" "show a.service" "make go" "await a.service inactive/dead"
begin reloading-propagates "PropagatesReloadTo= follows"
service a.service PropagatesReloadTo=b.service -- Type=notify "ExecStart=ACTOR a.main ready $reloading barrier go ready wait"
service b.service -- Type=notify "ExecStart=ACTOR b.main ready wait" "ExecReload=ACTOR b.reload"
steps "start b.service" "$start" "await-trace b.reload start" "make go" "$active" "settle" "trace each"

# --- what is shown ---

shown="property a.service StatusText StatusErrno StatusBusError"
# says NAME TEXT STEPS: what is shown after them
says() {
    one "$1" "$2" "NotifyAccess=main" "a.main $3 sync say up wait" "$start" "$up" "$shown"
}
says status "STATUS=" "notify STATUS=two~20words"
says status-again "the last one counts" "notify STATUS=one notify STATUS=two"
says status-twice "of two in one datagram" "notify STATUS=one+STATUS=two"
says status-empty "STATUS= without a value takes it away" "notify STATUS=one notify STATUS="
says status-other "it stays when something else is said" "notify STATUS=one notify ERRNO=2"
says status-case "status= is nothing" "notify status=one"
says status-spaces "spaces around it" "notify STATUS=~20one~20"
says status-before "a space before it" "notify ~20STATUS=one"
says status-utf8 "a text in UTF-8" "notify STATUS=~c3~a4~e2~82~ac"
says status-bad-utf8 "a text that is none" "notify STATUS=one notify STATUS=~ff"
says status-cut-utf8 "a text whose last character is not whole" "notify STATUS=one notify STATUS=two~c3"
says status-tab "a tab in it" "notify STATUS=one~09two"
says status-return "a carriage return ends it" "notify STATUS=one~0dSTATUS=two"
says status-equals "an = in it" "notify STATUS=a=b"
says status-backslash "a backslash in it" "notify STATUS=a~5cb"
says status-quotes "quotes in it" "notify STATUS=~22a~20b~22"
says status-100 "a hundred bytes" "notify STATUS=$(printf '%0100d' 0)"
says status-300 "three hundred bytes" "notify STATUS=$(printf '%0300d' 0)"
says errno-number "ERRNO= as a number" "notify ERRNO=2"
says errno-name "as a name" "notify ERRNO=ENOENT"
says errno-zero "ERRNO=0" "notify ERRNO=5 notify ERRNO=0"
says errno-negative "ERRNO=-5" "notify ERRNO=5 notify ERRNO=-5"
says errno-great "ERRNO=4096" "notify ERRNO=5 notify ERRNO=4096"
says errno-4095 "ERRNO=4095" "notify ERRNO=4095"
says errno-word "ERRNO=EWHAT" "notify ERRNO=5 notify ERRNO=EWHAT"
says errno-lower "ERRNO=enoent" "notify ERRNO=5 notify ERRNO=enoent"
says errno-empty "ERRNO= without a value" "notify ERRNO=5 notify ERRNO="
says errno-spaces "a space before the number" "notify ERRNO=5 notify ERRNO=~207"
says bus-error "BUSERROR=" "notify BUSERROR=org.freedesktop.DBus.Error.TimedOut"
says bus-error-empty "BUSERROR= without a value takes it away" "notify BUSERROR=a.b notify BUSERROR="
says bus-error-spaces "spaces in it" "notify BUSERROR=a.b notify BUSERROR=a~20b"
says bus-error-utf8 "letters that are not ASCII" "notify BUSERROR=a.b notify BUSERROR=~c3~a4"
says bus-error-bad "bytes that are no UTF-8" "notify BUSERROR=a.b notify BUSERROR=~ff"
says bus-error-control "a control character in it" "notify BUSERROR=a.b notify BUSERROR=a~09b"
says bus-error-quotes "quotes in it" "notify BUSERROR=a.b notify BUSERROR=~22a~22"
says bus-error-backslash "a backslash in it" "notify BUSERROR=a.b notify BUSERROR=a~5cb"
says exit-status "EXIT_STATUS= is nothing" "notify EXIT_STATUS=7+STATUS=one"
says all-at-once "several in one datagram" "notify STATUS=one+ERRNO=2+BUSERROR=a.b+X_OWN=1"

one shown-stopped "what is shown after a stop" "NotifyAccess=main" \
    "a.main notify STATUS=one+ERRNO=2+BUSERROR=a.b sync say up wait" "$start" "$up" "stop a.service" "$shown"
one shown-failed "and after a failure" "NotifyAccess=main" \
    "a.main notify STATUS=one+ERRNO=2+BUSERROR=a.b sync say up exit 3" "$start" "$up" "await a.service failed/failed" \
    "$shown" "reset-failed a.service" "$shown"
one shown-again "and in the next run" "NotifyAccess=main" \
    "a.main run 1 notify STATUS=one+ERRNO=2+BUSERROR=a.b sync say up wait end wait" "$start" "$up" "restart a.service" \
    "$shown" "settle"
one shown-auto-restart "and when it came again by itself" "NotifyAccess=main;Restart=on-failure;RestartSec=50ms" \
    "a.main run 1 notify STATUS=one+ERRNO=2+BUSERROR=a.b sync exit 3 end say up wait" "$start" "$up" "$shown"
one shown-stopping "a status while it stops" "Type=notify" \
    "a.main ready on TERM go wait notify STATUS=bye sync say down barrier go exit 0" "$start" "ask stop a.service" \
    "await-trace a.main down" "$shown" "make go" "await a.service inactive/dead" "$shown"
one shown-post "a status of ExecStopPost=" "NotifyAccess=exec;ExecStopPost=ACTOR a.last notify STATUS=bye sync" \
    "a.main exit 0" "$start" "await a.service inactive/dead" "$shown"

# --- datagrams of any shape ---

says shape-empty "an empty one" 'notify STATUS=one notify ""'
says shape-lines "empty lines" "notify ++STATUS=one++"
says shape-no-equals "lines without =" "notify STATUS+READY+STATUS=one"
says shape-equals "a line of = alone" "notify =+STATUS=one"
says shape-nul-inside "a NUL inside" "notify STATUS=one notify STATUS=two~00X=1"
says shape-nul-end "a NUL at the end" "notify STATUS=one notify STATUS=two~00"
says shape-nul-two "two NULs at the end" "notify STATUS=one notify STATUS=two~00~00"
says shape-nul-alone "a NUL alone" "notify STATUS=one notify ~00"
says shape-control "bytes of any kind before it" "notify ~01~02~7f~ff+STATUS=one"
says shape-unknown "keys that nobody knows" "notify X_A=1+Y+STATUS=one+Z=2"
says shape-lower "keys in small letters" "notify ready=1+Status=two+STATUS=one"
says shape-4000 "4000 bytes" "padded 4000 STATUS=one"
says shape-4096 "4096 bytes" "padded 4096 STATUS=one"
says shape-4097 "4097 bytes" "notify STATUS=one padded 4097 STATUS=two"
says shape-60000 "60000 bytes" "notify STATUS=one padded 60000 STATUS=two"
says shape-after "one that is too long does not harm the next" "padded 5000 STATUS=two notify STATUS=one"
says shape-fd "with a descriptor that nobody asked for" "fdsend two STATUS=one"
says shape-barrier "what comes with BARRIER=1 is not heard" "notify STATUS=one fdsend file BARRIER=1+STATUS=two"
says shape-barrier-0 "BARRIER=0 is nothing" "notify BARRIER=0+STATUS=one"
says shape-barrier-alone "BARRIER=1 without a descriptor" "notify STATUS=one notify BARRIER=1+STATUS=two"
says shape-barrier-two "BARRIER=1 with two" "notify STATUS=one fdsend two BARRIER=1"
one shape-crlf "lines that end in CR LF" "Type=notify" "a.main notify STATUS=one~0d+READY=1~0d wait" "$start" \
    "$shown"
one shape-ready-space "READY=1 and a space" "Type=notify;$slow" "a.main notify READY=1~20 wait" "$start"
one shape-ready-11 "READY=11" "Type=notify;$slow" "a.main notify READY=11 wait" "$start"
one shape-ready-before "a space before READY=1" "Type=notify;$slow" "a.main notify ~20READY=1 wait" "$start"
one shape-ready-0-1 "READY=0 and READY=1 in one" "Type=notify" "a.main notify READY=0+READY=1 wait" "$start"
one shape-ready-4096 "READY=1 at the end of 4096 bytes" "Type=notify" "a.main padded 4096 READY=1 wait" "$start"
one shape-ready-4097 "and of 4097" "Type=notify;$slow" "a.main padded 4097 READY=1 wait" "$start"
one shape-barrier-unheard "a child that may not speak may wait for BARRIER=1" "Type=notify;NotifyAccess=main" \
    "a.main ready fork a.child sync say through wait end wait" "$start" "await-trace a.child through"
