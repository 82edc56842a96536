#!/bin/bash
# reevectl why: units that fail in each way, and the story that is told of it, beside a pod that really runs.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
. tests/shell/small_lib.sh
small_pod "${WHY_PORT:-18743}"
why() {
    "$ctl" why "$@" 2>&1
}
begin() {
    "$reeve" --units "$units" "$@" >"$log" 2>&1 &
    pid=$!
}

unit redis.service <<'UNIT'
[Unit]
StartLimitBurst=2
StartLimitIntervalSec=1h
[Service]
ExecStart=/bin/sleep 1d
Restart=on-failure
RestartSec=10ms
UNIT
unit datahub.service <<'UNIT'
[Unit]
Requires=redis.service
After=redis.service
[Service]
ExecStart=/bin/sleep 1d
UNIT
unit kairos.service <<'UNIT'
[Unit]
Requires=datahub.service
After=datahub.service
[Service]
ExecStart=/bin/sleep 1d
UNIT
unit mailer.service <<'UNIT'
[Unit]
StartLimitBurst=100
OnFailure=alarm.service
[Service]
ExecStart=/bin/sleep 1d
Restart=on-failure
RestartSec=1h
UNIT
unit alarm.service <<'UNIT'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
UNIT
unit late.service <<'UNIT'
[Service]
Type=notify
TimeoutStartSec=200ms
ExecStart=/bin/sleep 1d
UNIT
unit absent.service <<'UNIT'
[Service]
ExecStart=/bin/false
UNIT
unit my.target <<'UNIT'
[Unit]
Wants=kairos.service mailer.service
After=kairos.service mailer.service
UNIT

begin --target my.target
ok "the pod comes up" wait_until 30 is_show my.target ActiveState active
# /health and reevectl why of the pod as one line each
tells() {
    [[ $(why -n 0) =~ $1 ]]
}
of_health() {
    curl -sS "http://$REEVE_HEALTH_LISTEN/health" | jq -c '[.status, .root, .cause]'
}
of_why() {
    "$ctl" why -n 0 --json | jq -c '[.pod.status, .pod.root, .pod.cause]'
}
agree() {
    local said
    said=$(of_why)
    [[ $said == "$(of_health)" && $said =~ $1 ]]
}
ok "of a pod that is well it says so" wait_until 30 tells '^\* The pod is healthy: all units are well\.$' || diag "$(why)"
ok "as /health does" wait_until 30 agree '^\["healthy",null,"all units are well"\]$' || diag "$(of_why) $(of_health)"
like "$(why redis)" 'redis.service is running.*datahub.service requires it' "why a unit runs: somebody requires it"
like "$(why mailer)" 'my.target wants it' "or wants it"
like "$(why my.target)" 'my.target is reached.*when the pod began' "or it was asked for when the pod began"
is "$(why nobody; echo $?)" $'Unit nobody.service could not be found.\n4' "exit status 4 when there is no such unit"
"$ctl" why --nonsense >/dev/null 2>&1
is $? 1 "exit status 1 for a wrong option"

# --- killed, restarted, killed again: the start limit, and what requires it ---
first=$(show redis MainPID)
kill -KILL "$first"
was_restarted() {
    [[ $(show redis NRestarts) == 1 && $(show redis ActiveState) == active && $(show kairos ActiveState) == active ]]
}
ok "redis is killed and comes back, and with it what requires it" wait_until 30 was_restarted
like "$(why redis)" 'redis.service was started again, by Restart=.*main process was killed by SIGKILL; restart number 1' \
    "why redis was started: by Restart=, as it was killed"
like "$(why datahub)" 'together with redis.service, which it requires.*killed by SIGKILL' \
    "why datahub was restarted: redis, and the signal"
kill -KILL "$(show redis MainPID)"
ok "redis hits its start limit" wait_until 30 is_show redis ActiveState failed
ok "kairos is down" wait_until 30 is_show kairos ActiveState inactive
story=$(why kairos)
like "$story" '! kairos.service is not running, although it should' "kairos should run"
like "$story" 'kairos.service was not started, because datahub.service failed
.*datahub.service was not started, because redis.service failed
.*redis.service was started too often \(2 times in 3600 s\) and given up
.*redis.service ended: its main process was killed by SIGKILL; restart number 2 \(2nd time within [^)]*\)
.*Root cause: redis.service' "the whole chain down to the signal, newest first"
ok "without a unit: the sentence of /health, its root, and who else is not well" wait_until 30 tells \
    $'^x The pod is unhealthy: (datahub|kairos).service and 1 more are blocked by redis.service, which failed: .*\n\nx redis.service has failed.*Others.*datahub.service.*kairos.service' ||
    diag "$(why)"
ok "word, root and sentence are those of /health" wait_until 30 agree '^\["unhealthy","redis.service",' || diag "$(of_why) $(of_health)"
is "$("$ctl" why kairos --json | jq -c '[.unit, .amiss, .root, [.chain[].kind]]')" \
    '["kairos.service",true,"redis.service",["dependency","dependency","start-limit","restarting"]]' "the same as JSON"
is "$("$ctl" why --json | jq -r .unit)" redis.service "JSON of the pod is that of its root"

# --- it is over ---
"$ctl" reset-failed redis && "$ctl" start redis
up() {
    [[ $(show kairos ActiveState) == active ]]
}
ok "the others follow when redis is started" wait_until 30 up
like "$(why redis)" 'because somebody asked for it \(reevectl start\)' "redis runs, because somebody asked for it"
like "$(why kairos)" 'kairos.service is running' "kairos runs"

# --- by hand ---
"$ctl" stop redis
like "$(why redis)" 'o redis.service is stopped.*because somebody asked for it \(reevectl stop\)' "a stop by hand is told as one"
like "$(why kairos)" 'kairos.service was stopped, because of datahub.service, which it requires.*because of redis.service, which it requires.*reevectl stop' \
    "and what it took with it"
ok "of the pod, what keeps it from being well" wait_until 30 tells \
    $'^\\* The pod is starting: .* redis.service, which was stopped\\.\n\no redis.service is stopped' || diag "$(why)"
ok "as /health does" wait_until 30 agree '^\["starting","redis.service",' || diag "$(of_why) $(of_health)"
"$ctl" kill --signal=SEGV mailer
ok "mailer waits for its restart" wait_until 30 is_show mailer SubState auto-restart
like "$(why mailer)" '! mailer.service is waiting to be restarted.*somebody sent it SIGSEGV with reevectl kill; its main process (was killed|dumped core) by SIGSEGV' \
    "who killed is told when it was reevectl kill"

# --- failures of each kind ---
"$ctl" start late >/dev/null 2>&1
like "$(why late)" 'x late.service has failed \(timeout\).*not ready in time \(TimeoutStartSec=\)' "a time-out"
"$ctl" start absent >/dev/null 2>&1
ok "absent fails" wait_until 30 is_show absent ActiveState failed
like "$(why absent)" 'absent.service failed: its main process exited with status 1 \(FAILURE\)' "an exit status"

# --- reload: positions change, the story does not ---
unit aaa.service <<'UNIT'
[Service]
ExecStart=/bin/true
UNIT
rm "$units/alarm.service"
"$ctl" daemon-reload
like "$(why late)" 'not ready in time' "after a reload that changes all positions the story is the same"
like "$(why aaa)" 'Nothing is recorded' "and of a new unit nothing is recorded"

kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod ends with status 0"
pid=

# --- without a word of reeve-health ---
rm "$work/bin/reeve-health"
printf '#!/bin/sh\nexec sleep infinity\n' >"$work/bin/reeve-health"
chmod 0755 "$work/bin/reeve-health"
begin --target redis.service
ok "a pod whose reeve-health is mute" wait_until 30 is_show redis ActiveState active
like "$(why -n 0)" $'^reeve-health is silent; by what PID 1 knows itself:\n\\* The pod is well: 1 units? (is|are) active' \
    "what is told is what PID 1 knows, and said to be"
is "$("$ctl" why -n 0 --json | jq -c .pod)" null "also for machines"
kill -TERM "$pid"
wait "$pid"
pid=
done_testing
