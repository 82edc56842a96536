#!/bin/bash
# Prints the table Restart= x cause of the end x Type=. The first run ends by the cause; a second one, if the policy
# gives it, stays (a oneshot: succeeds). "late" ends after the unit is up; "start" before it is ready.
shopt -s extglob

# one NAME TEXT TYPE RESTART MORE STEPS-OF-THE-FIRST-RUN STEPS-OF-THE-SECOND [KILL]
one() {
    cat <<CASE
=== $1: $2
--- a.service
[Service]
Type=$3
Restart=$4
RestartSec=50ms
${5:+$5
}ExecStart=ACTOR a.main run 1 $6 end $7
ExecStopPost=ACTOR a.post
--- do
start a.service
${8:-settle}
CASE
}

restarts="no on-success on-failure on-abnormal on-watchdog on-abort always"
for restart in $restarts; do
    for type in simple exec notify; do
        ready=
        [[ $type != notify ]] || ready=ready
        for cause in exit-0 exit-1 TERM HUP KILL ABRT; do
            case $cause in
            exit-*) steps="exit ${cause#exit-}" ;;
            *) steps="die $cause" ;;
            esac
            more=
            [[ $cause != ABRT ]] || more=LimitCORE=infinity
            one "$type-$restart-$cause" "Type=$type Restart=$restart, then $cause" $type "$restart" "$more" \
                "$ready barrier go $steps" "$ready wait" $'await a.service active/running\nmake go'
        done
    done
    for cause in exit-0 exit-1 TERM KILL ABRT time-out; do
        case $cause in
        exit-*) steps="exit ${cause#exit-}" ;;
        time-out) steps="wait" ;;
        *) steps="die $cause" ;;
        esac
        more="TimeoutStartSec=${START_TIMEOUT:-700ms}"
        [[ $cause != ABRT ]] || more+=$'\nLimitCORE=infinity'
        one "notify-start-$restart-$cause" "Type=notify Restart=$restart, $cause before it is ready" notify "$restart" \
            "$more" "$steps" "ready wait" "settle"
        one "oneshot-$restart-$cause" "Type=oneshot Restart=$restart, $cause" oneshot "$restart" "$more" "$steps" \
            "exit 0" "settle"
    done
done
