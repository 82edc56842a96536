#!/bin/bash
# StartLimitAction=, FailureAction= and SuccessAction=: which of them ends the pod, when, and with which status. b.service
# stays up until then.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

# ends NAME TEXT "LINE of Unit;LINE" "LINE of Service;LINE" EXECSTART STEP...: a case of a.service
ends() {
    local -a unit=() settings=()
    local command=$5
    begin "$1" "$2"
    IFS=';' read -r -a unit <<<"$3"
    IFS=';' read -r -a settings <<<"$4"
    service a.service "${unit[@]}" -- "${settings[@]}" "ExecStart=ACTOR a.main $command"
    up b
    shift 5
    steps "start b.service" "$@" await-end "trace each"
}
limit="StartLimitBurst=2;StartLimitIntervalSec=1h"
direct="RestartMode=direct;RestartSec=0;Restart=on-failure"
restarts="RestartSec=0;Restart=on-failure"
slowly="RestartSec=1h;Restart=always"
again="start a.service"

# --- StartLimitAction= ---
ends limit-failed "the limit ends the pod, whatever the last run came to" "$limit;StartLimitAction=exit" "$restarts" \
    "exit 6" "ask start a.service"
ends limit-failed-direct "the same with RestartMode=direct" "$limit;StartLimitAction=exit" "$direct" "exit 6" \
    "ask start a.service"
ends limit-killed "the same by a signal" "$limit;StartLimitAction=exit" "$restarts" "die KILL" "ask start a.service"
ends limit-good "the same after good runs" "$limit;StartLimitAction=exit" "RestartSec=0;Restart=always" "exit 0" \
    "ask start a.service"
ends limit-manual-failed "a manual start of what has failed" "$limit;StartLimitAction=exit" Type=oneshot "exit 6" \
    "$again" "$again" "show a.service" "$again"
ends limit-manual-good "a manual start of what has not" "$limit;StartLimitAction=exit" Type=oneshot "exit 0" \
    "$again" "$again" "show a.service" "$again"
ends limit-status "FailureActionExitStatus= without FailureAction=" \
    "$limit;StartLimitAction=exit;FailureActionExitStatus=9" "$restarts" "exit 6" "ask start a.service"
ends limit-both "both actions" "$limit;StartLimitAction=exit;FailureAction=exit;FailureActionExitStatus=9" "$direct" \
    "exit 6" "ask start a.service"
ends limit-failure-action "the limit is a failure of what had none" "$limit;FailureAction=exit;FailureActionExitStatus=9" \
    Type=oneshot "exit 0" "$again" "$again" "show a.service" "$again"

begin limit-path "of a path unit"
path_unit a.path StartLimitBurst=1 StartLimitIntervalSec=1h StartLimitAction=exit -- PathExists=WORK/d/f
service a.service -- Type=oneshot "ExecStart=ACTOR a.main"
up b
steps "start b.service" "$go" "stop a.path" "$go" await-end "trace each"

begin limit-dependency "of a unit that another needs"
service a.service Requires=c.service After=c.service -- "ExecStart=ACTOR a.main wait"
service c.service StartLimitBurst=1 StartLimitIntervalSec=1h StartLimitAction=exit -- Type=oneshot \
    "ExecStart=ACTOR c.main exit 6"
up b
steps "start b.service" "start c.service" "$again" await-end "trace each"

# --- FailureAction=, SuccessAction= ---
ends failure "a failure ends the pod" FailureAction=exit Restart=no "exit 6" "ask start a.service"
ends failure-status "with a status of its own" "FailureAction=exit;FailureActionExitStatus=9" Restart=no "exit 6" \
    "ask start a.service"
ends failure-restart "does a failure end it that is followed by a restart?" FailureAction=exit "$slowly" "exit 6" \
    "ask start a.service"
ends failure-direct "with RestartMode=direct nobody sees it before the last one" "$limit;FailureAction=exit" "$direct" \
    "exit 6" "ask start a.service"
ends success "a good end ends the pod" "SuccessAction=exit;SuccessActionExitStatus=9" Restart=no "exit 0" \
    "ask start a.service"
ends success-restart "also one that is followed by a restart" "SuccessAction=exit;SuccessActionExitStatus=9" "$slowly" \
    "exit 0" "ask start a.service"
ends success-stop "also a stop" "SuccessAction=exit;SuccessActionExitStatus=9" Type=notify "ready wait" "$again" "stop a.service"
