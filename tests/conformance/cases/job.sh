#!/bin/bash
# Prints the cases about jobs: which takes the place of which, time limits, refusals, cycles.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

starting() { # a.service starts until the file go is there
    service a.service "$@" -- Type=notify "ExecStart=ACTOR a.main barrier go ready wait" "ExecReload=ACTOR a.reload"
}
stopping() { # a.service stops until the file go is there
    up a "$@" -- "ExecStop=ACTOR a.stop barrier go" "ExecReload=ACTOR a.reload"
}

# --- one job after another ---
for verb in start restart try-restart reload reload-or-restart try-reload-or-restart stop; do
    begin "$verb-down" "$verb of a unit that is down"
    up a -- "ExecReload=ACTOR a.reload"
    steps "$verb a.service" settle

    begin "$verb-up" "$verb of a unit that is up"
    up a -- "ExecReload=ACTOR a.reload"
    steps "start a.service" "$verb a.service" settle

    begin "$verb-up-no-reload" "$verb of a unit that is up and cannot be reloaded"
    up a
    steps "start a.service" "$verb a.service" settle

    begin "$verb-failed" "$verb of a unit that has failed"
    service a.service -- Type=notify "ExecStart=ACTOR a.main run 1 exit 1 end ready wait" "ExecReload=ACTOR a.reload"
    steps "start a.service" "$verb a.service" settle

    begin "$verb-starting" "$verb while the unit starts"
    starting
    steps "ask start a.service" "await-trace a.main start" "ask $verb a.service" "make go" settle

    begin "$verb-stopping" "$verb while the unit stops"
    stopping
    steps "start a.service" "ask stop a.service" "await-trace a.stop start" "ask $verb a.service" "make go" settle

    begin "$verb-restarting" "$verb while the unit stops to be restarted"
    stopping
    steps "start a.service" "ask restart a.service" "await-trace a.stop start" "ask $verb a.service" "make go" settle

    begin "$verb-auto-restart" "$verb while the unit waits for its automatic restart"
    service a.service -- Type=notify Restart=always RestartSec=30s "ExecStart=ACTOR a.main run 1 exit 1 end ready wait" \
        "ExecReload=ACTOR a.reload"
    steps "ask start a.service" "await a.service activating/auto-restart" "$verb a.service" "show a.service" "stop a.service"

    begin "$verb-waiting" "$verb while the start waits for another unit"
    up a After=b.service Wants=b.service -- "ExecReload=ACTOR a.reload"
    service b.service -- Type=oneshot "ExecStart=ACTOR b.main barrier go"
    steps "ask start a.service" "await-trace b.main start" "ask $verb a.service" "make go" settle

    begin "$verb-reloading" "$verb while the unit is reloaded"
    up a -- "ExecReload=ACTOR a.reload barrier go"
    steps "start a.service" "ask reload a.service" "await-trace a.reload start" "ask $verb a.service" "make go" settle

    begin "$verb-oneshot-down" "$verb of a oneshot that ran"
    service a.service -- Type=oneshot "ExecStart=ACTOR a.main"
    steps "start a.service" "$verb a.service" settle

    begin "$verb-dependent" "$verb of a unit that another one requires"
    up a Requires=b.service After=b.service
    up b -- "ExecReload=ACTOR b.reload"
    steps "start a.service" "$verb b.service" settle
done

begin two-starts "two starts of a dependency, one of them waits"
up a Requires=c.service After=c.service
up b Requires=c.service After=c.service
service c.service -- Type=notify "ExecStart=ACTOR c.main barrier go ready wait"
steps "ask start a.service" "await-trace c.main start" "ask start b.service" "make go" settle "trace each"

begin stop-needed "a stop of what a waiting start requires"
up a Requires=b.service After=b.service
service b.service -- Type=notify "ExecStart=ACTOR b.main wait"
steps "ask start a.service" "await-trace b.main start" "stop b.service" settle

begin stop-wanted "a stop of what a waiting start wants"
up a Wants=b.service After=b.service
service b.service -- Type=notify "ExecStart=ACTOR b.main wait"
steps "ask start a.service" "await-trace b.main start" "stop b.service" settle

# --- time limits of jobs ---
begin timeout "JobTimeoutSec=: the job ends, the unit goes on"
starting JobTimeoutSec=500ms
steps "start a.service" "show a.service" "make go" settle

begin timeout-stop "JobTimeoutSec= of a stop"
stopping JobTimeoutSec=500ms
steps "start a.service" "stop a.service" "show a.service" "make go" settle

begin timeout-waiting "JobTimeoutSec= while the job waits for another unit"
up a JobTimeoutSec=500ms After=b.service Wants=b.service
service b.service -- Type=oneshot "ExecStart=ACTOR b.main barrier go"
steps "start a.service" "show a.service" "make go" settle

begin running-timeout "JobRunningTimeoutSec="
starting JobRunningTimeoutSec=500ms
steps "start a.service" "show a.service" "make go" settle

begin running-timeout-waiting "JobRunningTimeoutSec= does not run while the job waits"
up a JobRunningTimeoutSec=300ms After=b.service Wants=b.service
service b.service -- Type=oneshot "ExecStart=ACTOR b.main linger 900"
steps "start a.service" settle

begin timeout-dependent "JobTimeoutSec= of what another requires"
up a Requires=b.service After=b.service
service b.service JobTimeoutSec=500ms -- Type=notify "ExecStart=ACTOR b.main barrier go ready wait"
steps "start a.service" "make go" settle

# --- what is refused ---
begin refuse-start "RefuseManualStart="
up a RefuseManualStart=yes
steps "start a.service" settle

begin refuse-start-dependency "RefuseManualStart= and a start as a dependency"
up a Requires=b.service After=b.service
up b RefuseManualStart=yes
steps "start a.service" settle

begin refuse-start-restart "RefuseManualStart= and a restart"
up a Requires=b.service After=b.service
up b RefuseManualStart=yes
steps "start a.service" "restart b.service" settle

begin refuse-stop "RefuseManualStop="
up a RefuseManualStop=yes
steps "start a.service" "stop a.service" "restart a.service" settle

begin refuse-stop-dependency "RefuseManualStop= and a stop as a dependency"
up a Requires=b.service After=b.service RefuseManualStop=yes
up b
steps "start a.service" "stop b.service" settle

begin missing-unit "a start of a unit that does not exist"
up a
steps "start nowhere.service" "stop nowhere.service" "restart nowhere.service"

begin requires-missing "Requires= of a unit that does not exist"
up a Requires=nowhere.service
steps "start a.service" settle

begin binds-missing "BindsTo= of a unit that does not exist"
up a BindsTo=nowhere.service After=nowhere.service
steps "start a.service" settle

# --- what is not needed ---
begin unneeded-stop "StopWhenUnneeded=: the last one that needs it is stopped"
up a Requires=b.service After=b.service
up b StopWhenUnneeded=yes
steps "start a.service" "stop a.service" "await b.service inactive/dead" settle

begin unneeded-dies "StopWhenUnneeded=: the last one that needs it dies"
up a Requires=b.service After=b.service
up b StopWhenUnneeded=yes
steps "start a.service" "kill KILL a.main" "await b.service inactive/dead" settle "trace each"

begin unneeded-wants "StopWhenUnneeded=: Wants= is a need, too"
up a Wants=b.service After=b.service
up b StopWhenUnneeded=yes
steps "start a.service" "show b.service" "stop a.service" "await b.service inactive/dead" settle

begin unneeded-two "StopWhenUnneeded= with two that need it"
up a Requires=c.service After=c.service
up b Requires=c.service After=c.service
up c StopWhenUnneeded=yes
steps "start a.service" "start b.service" "stop a.service" settle "show c.service" "stop b.service" \
    "await c.service inactive/dead" settle

begin unneeded-manual "StopWhenUnneeded=: a start by hand, which nobody needs"
up a StopWhenUnneeded=yes
steps "start a.service" "await a.service inactive/dead" settle

begin unneeded-chain "StopWhenUnneeded= through a chain"
up a Requires=b.service After=b.service
up b Requires=c.service After=c.service StopWhenUnneeded=yes
up c StopWhenUnneeded=yes
steps "start a.service" "stop a.service" "await c.service inactive/dead" settle

begin unneeded-restart "StopWhenUnneeded= and a restart of the one that needs it"
up a Requires=b.service After=b.service
up b StopWhenUnneeded=yes
steps "start a.service" "restart a.service" settle "trace each"

begin unneeded-auto-restart "StopWhenUnneeded= and an automatic restart of the one that needs it"
service a.service Requires=b.service After=b.service -- Type=notify Restart=on-failure RestartSec=300ms \
    "ExecStart=ACTOR a.main ready run 1 barrier go exit 1 end wait"
up b StopWhenUnneeded=yes
steps "start a.service" "make go" settle "trace each"

begin unneeded-start-fails "StopWhenUnneeded=: the one that needs it fails its start"
service a.service Requires=b.service After=b.service -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
up b StopWhenUnneeded=yes
steps "start a.service" "await b.service inactive/dead" settle

# --- cycles ---
begin cycle-wanted "a cycle with a member that is only wanted: that one is left out"
target all.target Wants=b.service Requires=a.service
up a After=b.service
up b After=a.service
steps "start all.target" settle

begin cycle-wanted-chain "a cycle of three with one that is only wanted"
target all.target Requires=a.service Requires=b.service Wants=c.service
up a After=c.service
up b After=a.service
up c After=b.service
steps "start all.target" settle

begin cycle-required "a cycle of requirements: refused"
up a Requires=b.service After=b.service
up b Requires=a.service After=a.service
steps "start a.service" settle

begin cycle-required-target "a cycle of requirements below a target that wants it"
target all.target Wants=a.service Wants=c.service
up a Requires=b.service After=b.service
up b Requires=a.service After=a.service
up c
steps "start all.target" settle

begin cycle-requires-no-order "requirements in a circle without an order are no cycle"
up a Requires=b.service
up b Requires=a.service
steps "start a.service" settle "trace each"

begin cycle-order-apart "an order in a circle matters only within one request"
up a After=b.service
up b After=a.service
steps "start a.service" "start b.service" settle

begin cycle-self "a unit that is ordered after itself"
up a After=a.service
steps "start a.service" settle

begin cycle-running "a circle with a member that runs already"
target all.target Requires=a.service Requires=b.service
up a After=b.service
up b After=a.service
steps "start a.service" "start all.target" settle

begin cycle-stop "a stop of a circle's members"
up a After=b.service PartOf=c.service
up b After=a.service PartOf=c.service
up c
steps "start a.service" "start b.service" "start c.service" "stop c.service" settle "trace each"
