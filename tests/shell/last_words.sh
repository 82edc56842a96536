#!/bin/bash
# Last words: the log of a pod that failed ends with why, and so does the termination log of Kubernetes.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
. tests/shell/small_lib.sh
small_pod "${WORDS_PORT:-18742}"
export REEVE_TERMINATION_LOG=$work/termination
# run: the pod to its end; its status is $status
run() {
    : >"$log"
    timeout -k 10 60 "$reeve" --units "$units" >"$log" 2>&1
    status=$?
}

# The file is root's alone where reeve starts as root: it is opened before reeve becomes another user.
echo 'of an earlier run, and longer than what comes now, so that what is left of it would be seen: '{1..200} >"$work/termination"
chmod 0600 "$work/termination"

# --- a failed service ends the pod ---
unit redis.service <<'UNIT'
[Unit]
StartLimitBurst=2
StartLimitIntervalSec=1h
StartLimitAction=exit
[Service]
ExecStart=/bin/sh -c 'for i in 1 2 3 4 5 6 7; do echo redis line $i; done; echo "<3>cannot open my data"; kill -SEGV $$$$'
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
run
is "$status" 139 "the pod ends with 128 and the signal"
is "$(tail -n 3 "$log")" 'reeve: the pod ends with exit status 139
reeve: because redis.service was started too often (2 times in 3600 s) and given up
reeve: because redis.service ended: its main process was killed by SIGSEGV; restart number 2' "the last lines of its log say why"
is "$(grep -c 'redis.service said last: redis line 7' "$log")" 1 "and before them what it said last, once"
is "$(cat "$work/termination")" 'the pod ends with exit status 139
because redis.service was started too often (2 times in 3600 s) and given up
because redis.service ended: its main process was killed by SIGSEGV; restart number 2
Its last lines:
redis line 4
redis line 5
redis line 6
redis line 7
cannot open my data' "the termination log has the same, with the last lines, and nothing of an earlier run"
is "$(stat -c %a "$work/termination")" 600 "its mode is left alone"

# --- the culprit required something else ---
unit redis.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo no disk; exit 5'
UNIT
unit datahub.service <<'UNIT'
[Unit]
Requires=redis.service
After=redis.service
[Service]
ExecStart=/bin/sleep 1d
UNIT
run
is "$status" 5 "nothing is left to run: the pod ends with the status of what failed"
like "$(tail -n 2 "$log" | tr '\n' ' ')" 'exit status 5 reeve: because redis.service failed: its main process exited with status 5 \(NOTINSTALLED\)' \
    "and says which it was"
like "$(cat "$work/termination")" 'Its last lines:.no disk' "with what it said"

# --- the pod has failed before reeve-log is at work: it is told to end while it is still being started ---
mv "$work/bin/reeve-log" "$work/bin/real"
cat >"$work/bin/reeve-log" <<'SCRIPT'
#!/bin/bash
until [[ $(</proc/$$/status) =~ S(ig|hd)Pnd:[^$'\n']*4...$'\n' ]]; do :; done # SIGTERM; dash would let it in
exec "${0%/*}/real"
SCRIPT
chmod 0755 "$work/bin/reeve-log"
: >"$work/termination"
run
mv "$work/bin/real" "$work/bin/reeve-log"
is "$status" 5 "a pod that fails at once"
like "$(cat "$work/termination")" 'exit status 5.because redis.service failed.*Its last lines:.no disk' "has its last words, too"

# --- as long as it may be ---
unit redis.service <<'UNIT'
[Unit]
FailureAction=exit
[Service]
ExecStart=/bin/sh -c 'i=0; while [ $i -lt 9 ]; do i=$((i + 1)); printf "%%3000s\\n" "" | tr " " x; done; exit 3'
UNIT
rm "$units/datahub.service"
run
is "$status" 3 "a service with long lines fails"
ok "the termination log is no longer than what Kubernetes reads" test "$(stat -c %s "$work/termination")" -le 4096

# --- a good end, and an asked-for one ---
unit redis.service <<'UNIT'
[Unit]
SuccessAction=exit
[Service]
ExecStart=/bin/true
UNIT
echo untouched >"$work/termination"
run
is "$status" 0 "a pod that succeeds"
not_ok "has no last words" grep -q 'the pod ends with' "$log"
is "$(cat "$work/termination")" untouched "and leaves the termination log alone"

# --- no such file, or none that is plain ---
unit redis.service <<'UNIT'
[Unit]
FailureAction=exit
[Service]
ExecStart=/bin/false
UNIT
rm "$work/termination"
run
is "$status" 1 "without a termination log the pod ends the same"
not_ok "and makes none" test -e "$work/termination"
mkfifo "$work/termination"
run
is "$status" 1 "with a fifo in its place, too: nobody waits for a reader"

# --- reeve-log does not read ---
mkfifo -m 666 "$work/go"
unit redis.service <<UNIT
[Unit]
FailureAction=exit
[Service]
ExecStart=/bin/sh -c 'read word <$work/go; exit 4'
UNIT
"$reeve" --units "$units" >"$log" 2>&1 &
pid=$!
running() {
    [[ $("$ctl" show redis -p ActiveState --value 2>/dev/null) == active ]]
}
ok "a pod runs" wait_until 30 running
logger=$("$ctl" show reeve-log -p MainPID --value)
kill -STOP "$logger"
echo >"$work/go"
wait "$pid"
is $? 4 "its logger is stopped by SIGSTOP when it fails, and it ends all the same"
like "$(tail -n 2 "$log" | tr '\n' ' ')" 'exit status 4 reeve: because redis.service failed' "with its last words"
done_testing
