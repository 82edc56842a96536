#!/bin/bash
# Prints the table KillMode= x how the unit ends, with a child that tells the signals it gets; then the other settings
# of systemd.kill(5).

child="fork a.child on TERM log on HUP log on CONT log wait end"
meek="fork a.child wait end"

# one NAME TEXT SETTINGS MAIN-STEPS STEPS
one() {
    cat <<CASE
=== $1: $2
--- a.service
[Service]
TimeoutStopSec=600ms
$3
ExecStart=ACTOR a.main $4
--- do
start a.service
await-trace a.main up
$5
trace ${6:-each}
CASE
}

for mode in control-group mixed process none; do
    one "stop-$mode" "KillMode=$mode: stop, main and child end by TERM" "KillMode=$mode" "$meek say up wait" \
        "stop a.service"
    one "stop-stubborn-child-$mode" "KillMode=$mode: stop, the child stays at TERM" "KillMode=$mode" \
        "$child say up wait" "stop a.service" set
    one "stop-stubborn-main-$mode" "KillMode=$mode: stop, the main process stays at TERM" "KillMode=$mode" \
        "$meek say up on TERM log wait" "stop a.service"
    one "exit-$mode" "KillMode=$mode: the main process exits, a child is left" "KillMode=$mode" \
        "$meek say up barrier go exit 0" "make go"
    one "fail-$mode" "KillMode=$mode: the main process fails, a child is left that stays at TERM" "KillMode=$mode" \
        "$child say up barrier go exit 1" "make go" set
    one "killed-$mode" "KillMode=$mode: the main process is killed, a child is left" "KillMode=$mode" \
        "$meek say up wait" "kill KILL a.main"
    one "daemon-$mode" "KillMode=$mode: stop, with a process in a session of its own" "KillMode=$mode" \
        "daemon a.daemon wait end say up wait" "stop a.service"
    one "sendsigkill-no-$mode" "KillMode=$mode SendSIGKILL=no: the main process stays at TERM" \
        "KillMode=$mode"$'\nSendSIGKILL=no' "say up on TERM log wait" "stop a.service"
    one "sendsigkill-no-child-$mode" "KillMode=$mode SendSIGKILL=no: the child stays at TERM" \
        "KillMode=$mode"$'\nSendSIGKILL=no' "$child say up wait" "stop a.service" set
    one "sighup-$mode" "KillMode=$mode SendSIGHUP=yes" "KillMode=$mode"$'\nSendSIGHUP=yes' \
        "fork a.child on HUP log on TERM log wait end say up on HUP log on TERM log wait" "stop a.service" set
    one "killsignal-$mode" "KillMode=$mode KillSignal=SIGINT" "KillMode=$mode"$'\nKillSignal=SIGINT' \
        "$meek say up on INT exit=0 wait" "stop a.service"
    one "restart-$mode" "KillMode=$mode: restart" "KillMode=$mode" "$meek say up wait" \
        $'restart a.service\nsettle'
    one "stoppost-$mode" "KillMode=$mode: ExecStopPost= leaves a process" \
        "KillMode=$mode"$'\nExecStopPost=ACTOR a.post fork a.left wait end exit 0' "say up wait" "stop a.service"
done
one "signal-usr1" "KillSignal=SIGUSR1, which the main process takes as the order to exit with 0" "KillSignal=SIGUSR1" \
    "say up on USR1 exit=0 wait" "stop a.service"
one "signal-int-die" "KillSignal=SIGINT, of which the main process dies" "KillSignal=SIGINT" "say up wait" \
    "stop a.service"
one "signal-quit-core" "KillSignal=SIGQUIT, of which it dies with a core dump" $'KillSignal=SIGQUIT\nLimitCORE=infinity' \
    "say up wait" "stop a.service"
one "signal-kill" "KillSignal=SIGKILL" "KillSignal=SIGKILL" "say up wait" "stop a.service"
one "final-signal" "FinalKillSignal=SIGUSR2 instead of SIGKILL" "FinalKillSignal=SIGUSR2" \
    "say up on TERM log wait" "stop a.service"
one "stop-cont" "SIGCONT follows the stop signal" "" "say up on TERM log on CONT exit=0 wait" "stop a.service"
one "stop-exit-1" "the main process answers TERM with exit status 1" "" "say up on TERM exit=1 wait" "stop a.service"
one "stop-exit-143" "the main process answers TERM with exit status 143" "" "say up on TERM exit=143 wait" \
    "stop a.service"
one "stop-exit-1-always" "the same with Restart=always: a stop is no reason to restart" "Restart=always" \
    "say up on TERM exit=1 wait" "stop a.service"
one "timeout-infinity" "TimeoutStopSec=infinity: the stop waits until the process goes" "TimeoutStopSec=infinity" \
    "say up on TERM log on USR1 exit=0 wait" $'ask stop a.service\nawait-trace a.main got TERM\nsignal USR1 a.main'
one "timeout-restart" "TimeoutStopSec= runs out in a restart" "" \
    "run 1 say up on TERM log wait end on TERM die wait" $'restart a.service\nsettle'
one "timeout-restart-always" "TimeoutStopSec= runs out after a failure with Restart=always" "Restart=always
RestartSec=50ms" "run 1 fork a.child on TERM log wait end say up barrier go exit 1 end wait" "make go"
