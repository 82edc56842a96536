#!/bin/bash
# Prints the cases about units that come up or go down by themselves, not by a job, and what becomes of those that they
# depend on and that depend on them: an automatic restart, or an end while the other one is on its own way down.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

waits="await a.service activating/auto-restart"

# restarts NAME TEXT DEPENDENCY MORE-OF-UNIT MODE RESTARTSEC STEP...: b.service ends by itself while a.service, which has failed,
# is on its way to its restart
restarts() {
    begin "$1" "$2"
    up a "$3=b.service" ${4:+"$4"} -- Restart=on-failure "RestartSec=$6" "RestartMode=$5" "ExecStopPost=ACTOR a.post barrier go"
    up b
    steps "start a.service" "await b.service active/running" "kill KILL a.main" "await-trace a.post start" "kill TERM b.main" \
        "await b.service inactive/dead" "make go" "${@:7}" "show a.service b.service" "stop a.service" settle "trace each"
}
for dependency in Wants Requires BindsTo Upholds; do
    name=restart-${dependency,,}
    restarts "$name" "$dependency=: b.service is down when a.service begins to wait for its restart" $dependency "" normal 1h \
        "$waits" "linger 500"
    restarts "$name-after" "the same with After=" $dependency After=b.service normal 1h "$waits" "linger 500"
    restarts "$name-before" "the same with Before=" $dependency Before=b.service normal 1h "$waits" "linger 500"
    restarts "$name-direct" "the same with RestartMode=direct" $dependency "" direct 1h "$waits" "linger 500"
    restarts "$name-soon" "the same with a restart that comes" $dependency After=b.service normal 1s "await a.service active/running"
done
begin restart-wants-stopping "Wants=: b.service is being stopped by hand then"
up a Wants=b.service -- Restart=on-failure RestartSec=1h
up b -- "ExecStop=ACTOR b.stop barrier go"
steps "start a.service" "await b.service active/running" "ask stop b.service" "await-trace b.stop start" "kill KILL a.main" \
    "$waits" "make go" "await b.service inactive/dead" "linger 500" "show a.service b.service" "stop a.service" settle "trace each"
begin restart-wants-chain "Wants=: and what that needs in turn"
up a Wants=b.service -- Restart=on-failure RestartSec=1h
up b Requires=c.service After=c.service
up c
steps "start a.service" "await b.service active/running" "stop c.service" "await b.service inactive/dead" "kill KILL a.main" \
    "$waits" "linger 500" "show a.service b.service c.service" "stop a.service" settle "trace each"
begin restart-wants-up "Wants=: what is up stays as it is, a oneshot runs again"
up a "Wants=b.service c.service" -- Restart=on-failure RestartSec=1h
up b
service c.service -- Type=oneshot "ExecStart=ACTOR c.main"
steps "start a.service" "await-trace c.main start" "await b.service active/running" "await c.service inactive/dead" \
    "kill KILL a.main" "$waits" "linger 500" "show a.service b.service c.service" "stop a.service" settle "trace each"

# The one that would be stopped with the other is on its way down itself, and comes again.
begin end-propagates "PropagatesStopTo=: b.service ends by itself while a.service is on its way to its restart"
up a -- Restart=on-failure RestartSec=1h "ExecStopPost=ACTOR a.post barrier go"
up b PropagatesStopTo=a.service
steps "start a.service" "start b.service" "kill KILL a.main" "await-trace a.post start" "kill TERM b.main" \
    "await b.service inactive/dead" "make go" "linger 500" "show a.service b.service" "stop a.service" settle "trace each"
