#!/bin/bash
# Prints the cases about the command lists: each list with one command that fails, with and without "-", in each
# type; then how each list ends when it takes too long, and what is skipped.

# one NAME TEXT TYPE LIST PREFIX STEPS-OF-THE-SECOND-COMMAND [MORE SETTINGS]
one() {
    local pre=exit\ 0 post=exit\ 0 stop=exit\ 0 stoppost=exit\ 0 prefix_pre='' prefix_post='' prefix_stop='' \
        prefix_stoppost='' main="wait" prefix_start=''
    case $3 in
    notify) main="ready wait" ;;
    oneshot) main="exit 0" ;;
    esac
    case $4 in
    pre) pre=$6 prefix_pre=$5 ;;
    start) prefix_start=$5 main=$6 ;;
    post) post=$6 prefix_post=$5 ;;
    stop) stop=$6 prefix_stop=$5 ;;
    stoppost) stoppost=$6 prefix_stoppost=$5 ;;
    esac
    # The first command after the main process waits until that has begun, else a stop may find it before it can tell.
    cat <<CASE
=== $1: $2
--- a.service
[Service]
Type=$3
TimeoutStartSec=600ms
TimeoutStopSec=600ms
$7
ExecStartPre=ACTOR a.pre1
ExecStartPre=${prefix_pre}ACTOR a.pre2 $pre
ExecStartPre=ACTOR a.pre3
ExecStart=${prefix_start}ACTOR a.main touch up $main
ExecStartPost=ACTOR a.post1 barrier up
ExecStartPost=${prefix_post}ACTOR a.post2 $post
ExecStartPost=ACTOR a.post3
ExecStop=ACTOR a.stop1
ExecStop=${prefix_stop}ACTOR a.stop2 $stop
ExecStop=ACTOR a.stop3
ExecStopPost=ACTOR a.stoppost1
ExecStopPost=${prefix_stoppost}ACTOR a.stoppost2 $stoppost
ExecStopPost=ACTOR a.stoppost3
--- do
start a.service
settle
show a.service
ask stop a.service
trace each
CASE
}

for type in simple exec notify oneshot; do
    more=
    [[ $type != oneshot ]] || more=RemainAfterExit=yes
    one "$type-order" "Type=$type: all commands succeed" $type none "" "" "$more"
    for list in pre start post stop stoppost; do
        one "$type-$list-fails" "Type=$type: a command of the list '$list' fails" $type $list "" "exit 1" "$more"
        one "$type-$list-dash-fails" "the same with '-'" $type $list "-" "exit 1" "$more"
        one "$type-$list-killed" "Type=$type: a command of the list '$list' dies of KILL" $type $list "" "die KILL" "$more"
        one "$type-$list-term" "Type=$type: a command of the list '$list' dies of TERM" $type $list "" "die TERM" "$more"
    done
done
for list in pre post stop stoppost; do
    one "simple-$list-hangs" "a command of the list '$list' takes too long" simple $list "" "wait"
    one "simple-$list-dash-hangs" "the same with '-'" simple $list "-" "wait"
done
one "notify-start-hangs" "the main process never gets ready" notify start "" "wait"
one "oneshot-start-hangs" "a oneshot takes too long" oneshot start "" "wait"
