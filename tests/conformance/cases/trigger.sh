#!/bin/bash
# Prints the cases about OnFailure= and OnSuccess=, and what the units that they start are told.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

told="env MONITOR_UNIT env MONITOR_SERVICE_RESULT env MONITOR_EXIT_CODE env MONITOR_EXIT_STATUS envset MONITOR_INVOCATION_ID"
handler() {
    service "$1.service" -- Type=oneshot "ExecStart=ACTOR $1.main $told"
}

# one NAME TEXT [LINE of a.service's Service]... : what a.service does, with a handler each
one() {
    begin "$1" "$2"
    service a.service OnFailure=f.service OnSuccess=s.service "${unit[@]}" -- "${@:3}"
    handler f
    handler s
    steps "start a.service" "${more[@]}" settle "trace each"
}
unit=() more=()
for type in simple exec notify oneshot; do
    ready=
    [[ $type != notify ]] || ready="ready "
    for cause in "exit 0" "exit 1" "die TERM" "die KILL"; do
        one "$type-${cause// /-}" "Type=$type, $cause" "Type=$type" "ExecStart=ACTOR a.main $ready$cause"
    done
done
one core "a core dump" Type=exec LimitCORE=infinity "ExecStart=ACTOR a.main die ABRT"
one start-timeout "a start that takes too long" Type=notify TimeoutStartSec=500ms "ExecStart=ACTOR a.main wait"
one protocol "an end before it is ready" Type=notify "ExecStart=ACTOR a.main exit 0"
one pre-fails "ExecStartPre= fails" "ExecStartPre=ACTOR a.pre exit 3" "ExecStart=ACTOR a.main wait"
one success-status "SuccessExitStatus=" Type=exec SuccessExitStatus=7 "ExecStart=ACTOR a.main exit 7"
more=("stop a.service")
one stop "a stop" Type=notify "ExecStart=ACTOR a.main ready wait"
one stop-fails "a stop that ends badly" Type=notify "ExecStart=ACTOR a.main ready on TERM exit=3 wait"
one stop-timeout "a stop that takes too long" Type=notify TimeoutStopSec=500ms "ExecStart=ACTOR a.main ready on TERM log wait"
one remains-stop "a oneshot that remained" Type=oneshot RemainAfterExit=yes "ExecStart=ACTOR a.main"
more=("restart a.service")
one restart "a restart" Type=notify "ExecStart=ACTOR a.main ready wait"
more=()
for mode in normal direct; do
    one "auto-restart-$mode" "one failure, then it stays: RestartMode=$mode" Type=notify Restart=on-failure RestartSec=100ms \
        "RestartMode=$mode" "ExecStart=ACTOR a.main run 1 exit 1 end ready wait"
    one "auto-restart-success-$mode" "one good end, then it stays: RestartMode=$mode" Type=notify Restart=always \
        RestartSec=100ms "RestartMode=$mode" "ExecStart=ACTOR a.main ready run 1 exit 0 end wait"
    unit=(StartLimitBurst=3 StartLimitIntervalSec=60s)
    more=("await a.service failed/failed")
    one "limit-$mode" "until the start limit: RestartMode=$mode" Restart=on-failure RestartSec=1s \
        "RestartMode=$mode" "ExecStart=ACTOR a.main exit 1"
    unit=() more=()
done

begin dependency "a start that fails because of a dependency"
up a Requires=b.service After=b.service OnFailure=f.service
service b.service -- Type=oneshot "ExecStart=ACTOR b.main exit 1"
handler f
steps "start a.service" settle "trace each"

begin dependency-chain "a failed dependency with a handler, too"
up a Requires=b.service After=b.service OnFailure=f.service
service b.service OnFailure=f.service -- Type=oneshot "ExecStart=ACTOR b.main exit 1"
handler f
steps "start a.service" settle "trace set"

begin requisite "a start that fails because of Requisite="
up a Requisite=b.service After=b.service OnFailure=f.service
up b
handler f
steps "start a.service" settle "trace each"

begin manual-limit "a start that is refused by the start limit"
service a.service StartLimitBurst=1 StartLimitIntervalSec=60s OnFailure=f.service -- Type=oneshot "ExecStart=ACTOR a.main"
handler f
steps "start a.service" "start a.service" settle "trace each"

begin condition "a condition that is not met triggers nothing"
up a ConditionPathExists=/nowhere OnFailure=f.service OnSuccess=s.service
handler f
handler s
steps "start a.service" settle "trace each"

begin assert "nor does an assert"
up a AssertPathExists=/nowhere OnFailure=f.service OnSuccess=s.service
handler f
handler s
steps "start a.service" settle "trace each"

begin job-timeout "a start job that takes too long"
service a.service JobTimeoutSec=500ms OnFailure=f.service -- Type=notify "ExecStart=ACTOR a.main barrier go ready wait"
handler f
steps "start a.service" "await-trace f.main start" "make go" settle "trace each"

begin two-handlers "two handlers"
service a.service "OnFailure=f.service s.service" -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
handler f
handler s
steps "start a.service" settle "trace each"

begin same-handler "the same handler for two units: it is told of neither when both trigger it"
service a.service OnFailure=f.service -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
service b.service OnFailure=f.service -- Type=oneshot "ExecStart=ACTOR b.main exit 1"
handler f
steps "start a.service" settle "trace each"

begin handler-template "a handler that is an instance, named by %n"
service a.service "OnFailure=f@%n.service" -- Type=oneshot "ExecStart=ACTOR a.main exit 4"
service f@.service -- Type=oneshot "ExecStart=ACTOR f.main say %i $told"
echo "--- unit f@a.service.service"
steps "start a.service" settle "trace each"

begin handler-fails "a handler that fails"
service a.service OnFailure=f.service -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
service f.service OnFailure=g.service -- Type=oneshot "ExecStart=ACTOR f.main exit 2"
handler g
steps "start a.service" settle

# --- jobs that take too long ---

# late NAME TEXT STEP...: a.service with a handler of each kind, whose job lasts longer than JobTimeoutSec=; go lets all go on
late() {
    begin "$1" "$2"
    service a.service JobTimeoutSec=500ms OnFailure=f.service OnSuccess=s.service -- Type=notify \
        "ExecStart=ACTOR a.main ready wait" "ExecReload=ACTOR a.reload barrier go" "ExecStop=ACTOR a.stop barrier go"
    handler f
    handler s
    steps "start a.service" "${@:3}" settle "trace each"
}
told_once=("await-trace f.main MONITOR_INVOCATION_ID is set" "await f.service inactive/dead" "show a.service s.service" "make go")
late late-stop "a stop that takes longer than JobTimeoutSec=" "stop a.service" "${told_once[@]}"
late late-restart "a restart" "restart a.service" "${told_once[@]}"
late late-reload "a reload" "reload a.service" "${told_once[@]}"
begin late-stop-waiting "a stop that waits for another longer than JobTimeoutSec="
up a JobTimeoutSec=500ms OnFailure=f.service Before=b.service
up b -- "ExecStop=ACTOR b.stop barrier go"
handler f
steps "start a.service" "start b.service" "ask stop b.service" "await-trace b.stop start" "stop a.service" \
    "show a.service" "make go" settle "trace each"

begin handler-runs "a handler that runs already"
service a.service OnFailure=f.service -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
up f
steps "start f.service" "start a.service" settle

begin handler-target "a target as the handler"
service a.service OnFailure=down.target -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
target down.target Wants=f.service
handler f
steps "start a.service" settle

begin job-mode "OnFailureJobMode=replace: the handler conflicts with a unit that runs"
service a.service OnFailure=f.service -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
up f Conflicts=b.service
up b
steps "start b.service" "start a.service" settle "trace each"

begin job-mode-fail "OnFailureJobMode=fail: likewise, no job stands against it"
service a.service OnFailure=f.service OnFailureJobMode=fail -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
up f Conflicts=b.service
up b
steps "start b.service" "start a.service" settle "trace each"

begin monitor-with-start "a handler that is started by hand is told nothing"
service a.service OnFailure=f.service -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
handler f
steps "start f.service" settle

# --- which ends are ends: a.service has a handler for each, and a unit that stops with it ---
# ending NAME TEXT [LINE of a.service's Service]... ; `more` are the steps
ending() {
    begin "$1" "$2"
    service a.service OnFailure=f.service OnSuccess=s.service PropagatesStopTo=p.service -- "${@:3}"
    handler f
    handler s
    up p
    steps "start p.service" "${more[@]}" settle "trace each"
}
more=("start a.service" "await a.service activating/auto-restart" "stop a.service")
ending end-auto-restart "a stop while it waits for its restart" Restart=on-failure RestartSec=1h "ExecStart=ACTOR a.main exit 1"
ending end-auto-restart-direct "the same with RestartMode=direct" Restart=on-failure RestartMode=direct RestartSec=1h \
    "ExecStart=ACTOR a.main exit 1"
more=("ask start a.service" "await-trace a.main start" "stop a.service")
ending end-start "a stop during the start" Type=notify "ExecStart=ACTOR a.main wait"
more=("ask start a.service" "await-trace a.pre start" "stop a.service")
ending end-start-pre "a stop during ExecStartPre=" Type=notify "ExecStartPre=ACTOR a.pre wait" "ExecStart=ACTOR a.main wait"
more=("start a.service")
ending end-exec-condition "ExecCondition= skips the start" "ExecCondition=ACTOR a.cond exit 1" "ExecStart=ACTOR a.main wait"
ending end-start-fails "a start that fails" Type=notify "ExecStart=ACTOR a.main exit 1"
ending end-oneshot "a oneshot" Type=oneshot "ExecStart=ACTOR a.main"
direct=(Type=notify Restart=always RestartMode=direct RestartSec=100ms)
ending end-direct-start "RestartMode=direct: a start that fails" "${direct[@]}" "ExecStart=ACTOR a.main run 1 exit 1 end ready wait"
ending end-direct "RestartMode=direct: nobody is left, so that no end is seen" "${direct[@]}" \
    "ExecStart=ACTOR a.main run 1 ready exit 0 end ready wait"
ending end-direct-stray "RestartMode=direct: a stray is left, which is stopped first" "${direct[@]}" \
    "ExecStart=ACTOR a.main ready run 1 fork a.stray wait end exit 0 end wait"
ending end-direct-post "RestartMode=direct: ExecStopPost= runs first" "${direct[@]}" \
    "ExecStart=ACTOR a.main ready run 1 exit 0 end wait" "ExecStopPost=ACTOR a.post"
