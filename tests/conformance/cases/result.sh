#!/bin/bash
# Prints the cases about $SERVICE_RESULT, $EXIT_CODE and $EXIT_STATUS of ExecStop= and ExecStopPost=.
vars="env SERVICE_RESULT env EXIT_CODE env EXIT_STATUS"

# one NAME TEXT SETTINGS MAIN-STEPS [STEPS]
one() {
    cat <<CASE
=== $1: $2
--- a.service
[Service]
TimeoutStartSec=600ms
TimeoutStopSec=600ms
$3
ExecStart=ACTOR a.main $4
ExecStop=ACTOR a.stop $vars
ExecStopPost=ACTOR a.post $vars
--- do
start a.service
${5:-settle}
CASE
}

one exit-0 "exit status 0" "" "exit 0"
one exit-7 "exit status 7" "" "exit 7"
one term "death by TERM" "" "die TERM"
one kill "death by KILL" "" "die KILL"
one core "death by ABRT" "LimitCORE=infinity" "die ABRT"
one success-7 "exit status 7, a success" "SuccessExitStatus=7" "exit 7"
one stop "a stop" "Type=exec" "wait" $'await-trace a.main start\nstop a.service'
one stop-timeout "a stop that takes too long" "Type=exec" "on TERM log wait" $'await-trace a.main start\nstop a.service'
one start-timeout "a start that takes too long" "Type=notify" "wait"
one protocol "an end before it is ready" "Type=notify" "exit 0"
one oneshot-7 "a oneshot's exit status 7" "Type=oneshot" "exit 7"
one oneshot-remains "a oneshot that remains, and a stop" $'Type=oneshot\nRemainAfterExit=yes' "exit 0" "stop a.service"
one pre-7 "ExecStartPre= with exit status 7" "ExecStartPre=ACTOR a.pre exit 7" "wait"
one post-7 "ExecStartPost= with exit status 7" $'Type=exec\nExecStartPost=ACTOR a.startpost exit 7' "wait"
