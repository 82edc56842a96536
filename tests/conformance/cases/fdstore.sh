#!/bin/bash
# Prints the cases about the file descriptor store: FileDescriptorStoreMax=, FDSTORE=1, FDNAME=, FDPOLL=0,
# FDSTOREREMOVE=1, FileDescriptorStorePreserve=.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

start="start a.service"
up="await-trace a.main up"
count="property a.service NFileDescriptorStore"
store="Type=notify;FileDescriptorStoreMax=3"

# kept NAME TEXT STEPS [SETTINGS]: how many there are after the steps, and what the next run gets
kept() {
    one "$1" "$2" "${4:-$store};Restart=on-failure;RestartSec=50ms" \
        "a.main fds ready run 1 $3 sync say up barrier go exit 3 end wait" "$start" "$up" "$count" "make go" \
        "await-property a.service NRestarts 1" "await a.service active/running" "$count"
}
kept one "a descriptor" "fdstore FDSTORE=1"
kept name "with a name" "fdstore FDSTORE=1+FDNAME=mine"
kept name-first "the name comes first" "fdstore FDNAME=mine+FDSTORE=1"
kept names "the order of several" "fdstore FDSTORE=1+FDNAME=one fdstore FDSTORE=1+FDNAME=two fdstore FDSTORE=1+FDNAME=three"
kept two "two in one message" "fdsend two FDSTORE=1+FDNAME=mine"
kept two-names "two in one message, and one more" "fdsend two FDSTORE=1+FDNAME=one fdstore FDSTORE=1+FDNAME=two"
kept pipe "a pipe" "fdsend open FDSTORE=1+FDNAME=pipe"
kept same "the same one twice" "fdsend same FDSTORE=1+FDNAME=one fdsend same FDSTORE=1+FDNAME=two"
kept full "more than there may be" "fdstore FDSTORE=1+FDNAME=one fdstore FDSTORE=1+FDNAME=two fdstore FDSTORE=1+FDNAME=three fdstore FDSTORE=1+FDNAME=four"
kept full-two "two where there is room for one" "fdsend two FDSTORE=1+FDNAME=one fdsend two FDSTORE=1+FDNAME=two"
kept none "FileDescriptorStoreMax=0" "fdstore FDSTORE=1" "Type=notify;FileDescriptorStoreMax=0"
kept unset "without FileDescriptorStoreMax=" "fdstore FDSTORE=1" "Type=notify"
kept not-asked "without FDSTORE=1" "fdstore FDNAME=mine"
kept zero "FDSTORE=0" "fdstore FDSTORE=0"
kept no-descriptor "without a descriptor" "notify FDSTORE=1+FDNAME=mine"
kept with-status "among other lines" "fdstore STATUS=x+FDSTORE=1+FDNAME=mine+WATCHDOG=1"
kept with-barrier "together with BARRIER=1" "fdstore BARRIER=1+FDSTORE=1"
bad=0
for name in a~3ab a~09b ~c3~a4 a~20b .hidden a/b "$(printf '%0255d' 0)" "$(printf '%0256d' 0)"; do
    kept "name-bad-$((bad += 1))" "FDNAME=$name" "fdstore FDSTORE=1+FDNAME=$name"
done
kept name-empty "FDNAME= without a value" "fdstore FDSTORE=1+FDNAME="
kept name-twice "two FDNAME= in one message" "fdstore FDSTORE=1+FDNAME=one+FDNAME=two"

kept remove "FDSTOREREMOVE=1" "fdstore FDSTORE=1+FDNAME=one fdstore FDSTORE=1+FDNAME=two notify FDSTOREREMOVE=1+FDNAME=one"
kept remove-all "all of the name are removed" "fdsend two FDSTORE=1+FDNAME=one fdstore FDSTORE=1+FDNAME=two notify FDSTOREREMOVE=1+FDNAME=one"
kept remove-unknown "a name that there is not" "fdstore FDSTORE=1+FDNAME=one notify FDSTOREREMOVE=1+FDNAME=two"
kept remove-unnamed "FDSTOREREMOVE=1 without FDNAME=" "fdstore FDSTORE=1 notify FDSTOREREMOVE=1"
kept remove-stored "the name of one without a name" "fdstore FDSTORE=1 notify FDSTOREREMOVE=1+FDNAME=stored"
kept remove-and-store "together with FDSTORE=1" "fdstore FDSTORE=1+FDNAME=one fdstore FDSTOREREMOVE=1+FDSTORE=1+FDNAME=one"
kept remove-refill "there is room again" "fdsend two FDSTORE=1+FDNAME=one fdstore FDSTORE=1+FDNAME=two notify FDSTOREREMOVE=1+FDNAME=one fdstore FDSTORE=1+FDNAME=three"

begin gone "a pipe whose other end is gone"
service a.service -- Type=notify FileDescriptorStoreMax=3 \
    "ExecStart=ACTOR a.main ready fdsend gone FDSTORE=1+FDNAME=pipe fdstore FDSTORE=1 sync say up wait"
steps "$start" "$up" "await-property a.service NFileDescriptorStore 1"
begin gone-later "a pipe whose other end goes"
service a.service -- Type=notify FileDescriptorStoreMax=3 NotifyAccess=all \
    "ExecStart=ACTOR a.main ready fork a.child fdsend open FDSTORE=1 sync wait end fdstore FDSTORE=1 sync say up wait"
steps "$start" "$up" "$count" "kill KILL a.child" "await-property a.service NFileDescriptorStore 1" "trace each"
kept unpolled "FDPOLL=0" "fdsend gone FDSTORE=1+FDNAME=pipe+FDPOLL=0 linger 200"
kept polled "FDPOLL=1 is nothing" "fdsend open FDSTORE=1+FDNAME=pipe+FDPOLL=1"

one access "of a child that may not speak" "$store;NotifyAccess=main" \
    "a.main fork a.child fdstore FDSTORE=1 sync wait end ready say up wait" "$start" "$up" "$count" "trace each"
one access-all "with NotifyAccess=all" "$store;NotifyAccess=all" \
    "a.main fork a.child fdstore FDSTORE=1 sync wait end ready say up wait" "$start" "$up" "$count" "trace each"
one access-pre "of ExecStartPre=, for the main process" \
    "$store;NotifyAccess=exec;ExecStartPre=ACTOR a.pre fdstore FDSTORE=1+FDNAME=pre sync" "a.main fds ready wait" "$start" \
    "$count"
one commands "the commands get none" \
    "$store;ExecStartPost=ACTOR a.startpost fds;ExecReload=ACTOR a.reload fds;ExecStop=ACTOR a.stop fds;ExecStopPost=ACTOR a.last fds" \
    "a.main ready fdstore FDSTORE=1 sync say up wait" "$start" "$up" "reload a.service" "stop a.service" "trace each"
one commands-pre "nor does ExecStartPre= of the next run" "$store;ExecStartPre=ACTOR a.pre fds" \
    "a.main fds ready run 1 fdstore FDSTORE=1 sync say up wait end wait" "$start" "$up" "restart a.service" "$count"
one oneshot "a oneshot" "Type=oneshot;NotifyAccess=main;FileDescriptorStoreMax=1;RemainAfterExit=yes" \
    "a.main fds fdstore FDSTORE=1 sync exit 0" "$start" "$count" "restart a.service" "$count"
one oneshot-second "the second command of a oneshot gets what the first one stored" \
    "Type=oneshot;NotifyAccess=main;FileDescriptorStoreMax=1;ExecStart=ACTOR a.one fdstore FDSTORE=1 sync exit 0" \
    "a.two fds exit 0" "$start"

for preserve in no restart yes; do
    more="$store;FileDescriptorStorePreserve=$preserve"
    run="a.main fds ready run 1 fdstore FDSTORE=1+FDNAME=mine sync say up"
    one "preserve-$preserve-restart" "FileDescriptorStorePreserve=$preserve: a restart" "$more" "$run wait end wait" \
        "$start" "$up" "restart a.service" "$count"
    one "preserve-$preserve-stop" "FileDescriptorStorePreserve=$preserve: a stop and a start" "$more" \
        "$run wait end wait" "$start" "$up" "stop a.service" "show a.service" "$count" "$start" "$count"
    one "preserve-$preserve-exit" "FileDescriptorStorePreserve=$preserve: the end of the main process" "$more" \
        "$run barrier go exit 0 end wait" "$start" "$up" "make go" "await-gone a.main" "settle" "show a.service" \
        "$count"
    one "preserve-$preserve-fail" "FileDescriptorStorePreserve=$preserve: a failure" "$more" \
        "$run barrier go exit 3 end wait" "$start" "$up" "make go" "await a.service failed/failed" "$count" \
        "reset-failed a.service" "show a.service" "$count" "$start"
    one "preserve-$preserve-auto" "FileDescriptorStorePreserve=$preserve: Restart=always" \
        "$more;Restart=always;RestartSec=50ms" "$run barrier go exit 0 end wait" "$start" "$up" "make go" \
        "await-property a.service NRestarts 1" "await a.service active/running" "$count"
done
one property "what is shown" "FileDescriptorStoreMax=7" "a.main wait" \
    "property a.service FileDescriptorStoreMax NFileDescriptorStore FileDescriptorStorePreserve"
one property-none "and by default" "Type=simple" "a.main wait" \
    "property a.service FileDescriptorStoreMax NFileDescriptorStore FileDescriptorStorePreserve"
