#!/bin/bash
# HealthOnFailure= and several HealthCmd= lines under a real reeve: what PID 1 makes of it, seen from outside.
# shellcheck disable=SC2016 # scripts of services expand for themselves
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
. tests/shell/small_lib.sh
small_pod "${FAILURE_PORT:-18744}"
bad=$work/bad
mkdir "$bad"

# NAME ACTION MORE: a service that is unhealthy as long as there is a file bad/NAME
unit() {
    cat >"$units/$1.service" <<UNIT
[Unit]
StartLimitBurst=3
StartLimitIntervalSec=1h
[Service]
ExecStart=/usr/bin/tail -f /dev/null
ExecStop=/bin/sh -c 'echo stopped >>$work/state/$1.stopped'
RestartSec=50ms
${3:-}
[X-Reeve]
HealthCmd=sh -c 'exit 0'
HealthCmd=sh -c '! test -e $bad/$1'
HealthInterval=100ms
HealthTimeout=10s
HealthRetries=2
HealthOnFailure=$2
UNIT
}
unit none none
unit restart restart
unit stop stop Restart=always
unit kill kill Restart=on-failure
unit exit exit
printf '[Unit]\nWants=none.service restart.service stop.service kill.service exit.service\n' >"$units/all.target"

"$reeve" --units "$units" --target all.target >"$log" 2>&1 &
pid=$!
for name in none restart stop kill exit; do
    ok "$name is healthy by both of its probes" wait_until 60 is_show "$name.service" ReeveHealth healthy
done
is "$("$ctl" show none.service -p ReeveHealthCmd --value | wc -l)" 2 "show tells of both"

touch "$bad/none"
ok "none: it is unhealthy" wait_until 60 is_show none.service ReeveHealth unhealthy
is "$(show none.service SubState)" running "... and runs on"
why() { "$ctl" why -n 0 "$1"; }
like "$(why none)" "none.service became unhealthy: its probe sh -c '! test -e $bad/none' failed 2 times in a row: exit status 1" \
    "... reevectl why tells which probe, and what it said"
rm "$bad/none"
ok "none: it is healthy again" wait_until 60 is_show none.service ReeveHealth healthy
like "$(why none)" "is healthy again: its probe sh -c '! test -e $bad/none' succeeded.*became unhealthy: its probe .* exit status 1" \
    "... and reevectl why tells the story"

touch "$bad/restart"
ok "restart: it is restarted, without Restart=" wait_until 60 is_show restart.service NRestarts 1
ok "... by way of ExecStop=" wait_until 10 test -s "$work/state/restart.stopped"
ok "... until the start limit is hit" wait_until 60 is_show restart.service ActiveState failed
is "$(show restart.service Result)" unhealthy "... and its result is unhealthy"
like "$(why restart)" "ended: its probe sh -c '! test -e $bad/restart' found it unhealthy \\(HealthOnFailure=\\): exit status 1" \
    "... reevectl why tells which probe, and what it said"
is "$(show restart.service NRestarts)" 3 "... after as many starts as the limit allows"

touch "$bad/stop"
ok "stop: it is stopped for good, in spite of Restart=always" wait_until 60 is_show stop.service ActiveState failed
is "$(show stop.service NRestarts) $(show stop.service Result)" "0 unhealthy" "... and was not restarted"

main=$(show kill.service MainPID)
touch "$bad/kill"
ok "kill: Restart= decides what follows" wait_until 60 is_show kill.service NRestarts 1
not_ok "... and ExecStop= was not asked" test -e "$work/state/kill.stopped"
not_ok "... its process is gone" test -e "/proc/$main"
rm "$bad/kill"

touch "$bad/exit"
wait "$pid"
is "$?" 69 "exit: the pod ends with status 69"
pid=
like "$(<"$log")" 'exit.service: unhealthy: the pod ends' "... and says why"
like "$(<"$log")" "reeve: because exit.service .*: its probe sh -c '! test -e $bad/exit' .*: exit status 1" "... the last words, too"
done_testing
