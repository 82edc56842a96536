#!/bin/bash
# Prints the cases about what one unit's end, stop, restart or reload does to the units that are bound to it.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

ends="ExecStart=ACTOR b.main ready barrier go exit 0"
# The first run fails when it is told, the second one stays.
flaky=(Type=notify Restart=on-failure RestartSec=100ms "ExecStart=ACTOR b.main ready run 1 barrier go exit 1 end wait")

# --- Requisite= ---
begin requisite-down "Requisite= of a unit that is down: the start fails and starts nothing"
up a Requisite=b.service After=b.service
up b
steps "start a.service"

begin requisite-up "Requisite= of a unit that is up"
up a Requisite=b.service After=b.service
up b
steps "start b.service" "start a.service"

begin requisite-starting "Requisite= of a unit that is on its way"
up a Requisite=b.service After=b.service
service b.service -- Type=notify "ExecStart=ACTOR b.main barrier go ready wait"
steps "ask start b.service" "await-trace b.main start" "ask start a.service" "show a.service" "make go" \
    "await-trace a.main start"

begin requisite-starting-unordered "the same without After="
up a Requisite=b.service
service b.service -- Type=notify "ExecStart=ACTOR b.main barrier go ready wait"
steps "ask start b.service" "await-trace b.main start" "ask start a.service" "await a.service active/running" "show b.service" "make go" \
    settle "trace each"

begin requisite-starting-fails "Requisite= of a unit that fails on its way"
up a Requisite=b.service After=b.service
service b.service -- Type=notify "ExecStart=ACTOR b.main barrier go exit 1"
steps "ask start b.service" "await-trace b.main start" "ask start a.service" "make go" settle

begin requisite-failed "Requisite= of a unit that has failed"
up a Requisite=b.service After=b.service
service b.service -- Type=oneshot "ExecStart=ACTOR b.main exit 1"
steps "start b.service" "start a.service"

begin requisite-together "Requisite= of a unit that is started in the same request"
target all.target Wants=b.service Requires=a.service
up a Requisite=b.service After=b.service
up b
steps "start all.target"

begin requisite-stopped "the stop of a unit that is a Requisite="
up a Requisite=b.service After=b.service
up b
steps "start b.service" "start a.service" "stop b.service"

begin requisite-dies "the death of a unit that is a Requisite="
up a Requisite=b.service After=b.service
up b
steps "start b.service" "start a.service" "kill KILL b.main" settle "trace each"

begin requisite-restarted "a restart of a unit that is a Requisite="
up a Requisite=b.service After=b.service
up b
steps "start b.service" "start a.service" "restart b.service" settle "trace each"

begin requisite-and-requires "Requisite= beside Requires="
up a Requisite=b.service Requires=b.service After=b.service
up b
steps "start a.service"

# --- BindsTo= ---
for after in "After=b.service" ""; do
    n=${after:+-after} t=${after:+ and After=} go="make go"
    [[ ! $after ]] || go=
    begin "binds-starts$n" "BindsTo=$t starts what it names"
    up a BindsTo=b.service ${after:+"$after"}
    up b
    steps "start a.service" settle "trace each"

    begin "binds-dies$n" "BindsTo=$t: the other is killed"
    up a BindsTo=b.service ${after:+"$after"}
    up b
    steps "start a.service" settle "kill KILL b.main" "await-trace a.main got TERM" settle "trace each"

    begin "binds-ends$n" "BindsTo=$t: the other ends well"
    up a BindsTo=b.service ${after:+"$after"}
    service b.service -- Type=notify "$ends"
    steps "start a.service" "await b.service active/running" "make go" "await-trace a.main got TERM" settle "trace each"

    begin "binds-stopped$n" "BindsTo=$t: the other is stopped"
    up a BindsTo=b.service ${after:+"$after"}
    up b
    steps "start a.service" settle "stop b.service" settle "trace each"

    begin "binds-restarted$n" "BindsTo=$t: the other is restarted"
    up a BindsTo=b.service ${after:+"$after"}
    up b
    steps "start a.service" settle "restart b.service" settle "trace each"

    begin "binds-auto-restart$n" "BindsTo=$t: the other fails and is restarted"
    up a BindsTo=b.service ${after:+"$after"}
    service b.service -- "${flaky[@]}"
    steps "start a.service" settle "make go" "await-trace a.main got TERM" settle "trace each"

    begin "binds-auto-restart-direct$n" "the same with RestartMode=direct"
    up a BindsTo=b.service ${after:+"$after"}
    service b.service -- "${flaky[@]}" RestartMode=direct
    steps "start a.service" settle "make go" "await b.service active/running" settle "trace each"

    begin "binds-start-fails$n" "BindsTo=$t: the other fails its start"
    up a BindsTo=b.service ${after:+"$after"}
    # Without After= it could fail before the dependent is up, or after that: it waits for being told.
    service b.service -- Type=oneshot "ExecStart=ACTOR b.main ${go:+barrier go }exit 1"
    steps "start a.service" ${go:+"await-trace b.main start" "$go"} settle "trace each"

    begin "binds-condition$n" "BindsTo=$t: the other's condition is not met"
    up a BindsTo=b.service ${after:+"$after"}
    up b ConditionPathExists=/nowhere
    steps "start a.service" settle "trace set"

    begin "binds-dependent-stopped$n" "BindsTo=$t: the dependent is stopped"
    up a BindsTo=b.service ${after:+"$after"}
    up b
    steps "start a.service" settle "stop a.service" "trace each"
done

begin binds-oneshot "BindsTo= and After= of a oneshot that does not remain"
up a BindsTo=b.service After=b.service
service b.service -- Type=oneshot "ExecStart=ACTOR b.main exit 0"
steps "start a.service" settle

begin binds-oneshot-remains "BindsTo= and After= of a oneshot that remains"
up a BindsTo=b.service After=b.service
service b.service -- Type=oneshot RemainAfterExit=yes "ExecStart=ACTOR b.main exit 0"
steps "start a.service" settle "stop b.service"

begin binds-chain "BindsTo= through a chain of three"
up a BindsTo=b.service After=b.service
up b BindsTo=c.service After=c.service
up c
steps "start a.service" "kill KILL c.main" "await-trace a.main got TERM" "await-trace b.main got TERM" settle "trace each"

begin binds-target "BindsTo= of a target that is stopped"
up a BindsTo=all.target After=all.target
target all.target
steps "start a.service" "stop all.target"

begin binds-restart-always "a bound unit with Restart=always is stopped and stays down"
up a BindsTo=b.service After=b.service -- Restart=always RestartSec=50ms
up b
steps "start a.service" "kill KILL b.main" "await-trace a.main got TERM" settle "trace each"

# --- PartOf= ---
begin partof-start "PartOf= starts nothing"
up a PartOf=b.service
up b
steps "start a.service" "show b.service" "start b.service"

begin partof-start-other "nor does the start of the other"
up a PartOf=b.service
up b
steps "start b.service"

begin partof-stop "PartOf=: a stop comes along"
up a PartOf=b.service
up b
steps "start a.service" "start b.service" "stop b.service" "trace each"

begin partof-stop-self "but not the other way"
up a PartOf=b.service
up b
steps "start a.service" "start b.service" "stop a.service" "trace each"

begin partof-restart "PartOf=: a restart comes along"
up a PartOf=b.service
up b
steps "start a.service" "start b.service" "restart b.service" settle "trace each"

begin partof-restart-ordered "PartOf= and After=: a restart comes along in order"
up a PartOf=b.service After=b.service
up b
steps "start b.service" "start a.service" "restart b.service" settle

begin partof-restart-down "PartOf=: a restart leaves down what is down"
up a PartOf=b.service
up b
steps "start b.service" "restart b.service" "trace each"

begin partof-dies "PartOf=: the other's death does nothing"
up a PartOf=b.service
up b
steps "start a.service" "start b.service" "kill KILL b.main" settle "trace each"

begin partof-auto-restart "PartOf=: an automatic restart comes along"
up a PartOf=b.service After=b.service
service b.service -- "${flaky[@]}"
steps "start b.service" "start a.service" "make go" "await-trace a.main got TERM" settle "trace each"

begin partof-auto-restart-direct "the same with RestartMode=direct"
up a PartOf=b.service After=b.service
service b.service -- "${flaky[@]}" RestartMode=direct
steps "start b.service" "start a.service" "make go" settle "trace each"

begin partof-target "PartOf= a target that is stopped"
target all.target Wants=a.service
up a PartOf=all.target
steps "start all.target" settle "stop all.target"

begin partof-target-restart "PartOf= a target that is restarted"
target all.target Wants=a.service
up a PartOf=all.target
steps "start all.target" settle "restart all.target" settle

begin partof-stop-failed "PartOf= a unit that is down already: a stop comes along all the same"
up a PartOf=b.service
service b.service -- Type=oneshot "ExecStart=ACTOR b.main exit 1"
steps "start a.service" "start b.service" "stop b.service" "trace each"

begin partof-try-restart "PartOf=: try-restart comes along"
up a PartOf=b.service After=b.service
up b
steps "start b.service" "start a.service" "try-restart b.service" settle "trace each"

# --- Upholds= ---
begin upholds-start "Upholds= starts what it names"
up a Upholds=b.service
up b
steps "start a.service" "await b.service active/running" "trace each"

begin upholds-dies "Upholds=: the other is killed and comes again"
up a Upholds=b.service
up b
steps "start a.service" "await b.service active/running" "kill KILL b.main" "await b.service active/running" settle "trace each"

begin upholds-stopped "Upholds=: the other is stopped and comes again"
up a Upholds=b.service
up b
steps "start a.service" "await b.service active/running" "stop b.service" "await b.service active/running" settle "trace each"

begin upholds-stop "Upholds=: the stop of the upholder leaves the other"
up a Upholds=b.service
up b
steps "start a.service" "await b.service active/running" "stop a.service" settle "trace each"

begin upholds-down "Upholds= of a unit that is down does nothing"
up a Upholds=b.service
up b
steps "start b.service" "kill KILL b.main" settle

begin upholds-target "Upholds= of a target"
target all.target Upholds=a.service
up a
steps "start all.target" "await a.service active/running" "kill KILL a.main" "await a.service active/running" settle

# --- PropagatesStopTo= ---
begin stop-to "PropagatesStopTo=: a stop goes along"
up a PropagatesStopTo=b.service
up b
steps "start a.service" "start b.service" "stop a.service" settle "trace each"

begin stop-to-reverse "but not back"
up a PropagatesStopTo=b.service
up b
steps "start a.service" "start b.service" "stop b.service" settle "trace each"

begin stop-to-restart "PropagatesStopTo= and a restart"
up a PropagatesStopTo=b.service
up b
steps "start a.service" "start b.service" "restart a.service" settle "trace each"

begin stop-to-dies "PropagatesStopTo= and a death"
up a PropagatesStopTo=b.service
up b
steps "start a.service" "start b.service" "kill KILL a.main" settle "trace each"

begin stop-from "StopPropagatedFrom= is the same from the other side"
up a
up b StopPropagatedFrom=a.service
steps "start a.service" "start b.service" "stop a.service" settle "trace each"

begin stop-to-chain "PropagatesStopTo= through a chain"
up a PropagatesStopTo=b.service
up b PropagatesStopTo=c.service
up c
steps "start a.service" "start b.service" "start c.service" "stop a.service" settle "trace each"

# --- PropagatesReloadTo= ---
reload_a="ExecReload=ACTOR a.reload" reload_b="ExecReload=ACTOR b.reload"
begin reload-to "PropagatesReloadTo=: a reload goes along"
up a PropagatesReloadTo=b.service -- "$reload_a"
up b -- "$reload_b"
steps "start a.service" "start b.service" "reload a.service" settle "trace each"

begin reload-to-down "PropagatesReloadTo= of a unit that is down"
up a PropagatesReloadTo=b.service -- "$reload_a"
up b -- "$reload_b"
steps "start a.service" "reload a.service" settle "trace each"

begin reload-to-none "PropagatesReloadTo= of a unit that cannot be reloaded"
up a PropagatesReloadTo=b.service -- "$reload_a"
up b
steps "start a.service" "start b.service" "reload a.service" settle "trace each"

begin reload-from "ReloadPropagatedFrom= is the same from the other side"
up a -- "$reload_a"
up b ReloadPropagatedFrom=a.service -- "$reload_b"
steps "start a.service" "start b.service" "reload a.service" settle "trace each"

begin reload-to-ordered "PropagatesReloadTo= and After="
up a PropagatesReloadTo=b.service After=b.service -- "$reload_a"
up b -- "$reload_b"
steps "start b.service" "start a.service" "reload a.service" settle

begin reload-to-fails "PropagatesReloadTo=: the other's reload fails"
up a PropagatesReloadTo=b.service After=b.service -- "$reload_a"
up b -- "ExecReload=ACTOR b.reload exit 1"
steps "start b.service" "start a.service" "reload a.service" settle "trace each"

begin reload-to-restart "PropagatesReloadTo= and a restart"
up a PropagatesReloadTo=b.service -- "$reload_a"
up b -- "$reload_b"
steps "start a.service" "start b.service" "restart a.service" settle "trace each"

begin reload-target "a target hands a reload on, though it has none"
target all.target PropagatesReloadTo=a.service
up a -- "$reload_a"
steps "start all.target" "start a.service" "reload all.target" settle
