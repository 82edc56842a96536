#!/bin/bash
# quick: yes
# Until its exec a service is a copy of PID 1, with its memory and its descriptors: no neighbour may look into it, not even one
# without a sandbox (supervisor/adr/0031). For whoever must write to files of his own in /proc before his exec, too.
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
. tests/shell/small_lib.sh
small_pod "${STARTS_PORT:-18763}" tests/tool_look
chmod 0711 "$work"/bin/reeve-{log,health} # as make install does
read -r -a compiler <<<"${CC:-gcc}"
"${compiler[@]}" -O1 -o "$work/bin/watch" tests/shell/watch_starts.c || exit 1

# starting NAME LINE...: one that starts again and again
starting() {
    unit "$1.service" <<UNIT
[Unit]
StartLimitIntervalSec=0
[Service]
ExecStart=/bin/true
Restart=always
RestartSec=1ms
$(printf '%s\n' "${@:2}")
[X-Reeve]
SandboxPolicy=degrade
UNIT
}
starting mounts ProtectSystem=strict
starting score OOMScoreAdjust=300
starting pids PrivatePIDs=yes
starting users PrivateUsers=yes
# Programs that may not be read stay root's after their exec: the first hands over to one that may, the second never does.
for hidden in env sleep; do
    install -m 0111 "$(command -v "$hidden")" "$work/bin/hidden-$hidden"
done
mkfifo "$out/go" "$out/start"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$out"/{go,start}
# scored NAME LINE...
scored() {
    unit "$1.service" <<UNIT
[Service]
OOMScoreAdjust=300
$(printf '%s\n' "${@:2}")
UNIT
}
scored main "ExecStartPre=/bin/sh -c 'cat /proc/self/oom_score_adj >$out/before'" \
    "ExecStart=/bin/sh -c 'read -r _ <$out/go; cat /proc/self/oom_score_adj >$out/after; exec sleep infinity'"
scored inside PrivatePIDs=yes KillSignal=SIGKILL "ExecStart=/bin/sleep infinity" "[X-Reeve]" SandboxPolicy=degrade
scored executed Type=exec "ExecStart=/bin/sleep infinity"
scored daemon Type=forking "PIDFile=$out/daemon.pid" \
    "ExecStart=/bin/sh -c 'read -r _ <$out/start; sleep infinity & echo \$! >$out/daemon.pid'"
scored later "ExecStart=$work/bin/hidden-env sleep infinity"
scored never Type=exec "ExecStart=$work/bin/hidden-sleep infinity"
unit watcher.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c '$work/bin/watch 1500 $reeve >$out/seen'
UNIT
"$reeve" --units "$units" >"$log" 2>&1 &
pid=$!
ok "the neighbour has looked" wait_until 60 test -s "$out/seen" || diag "$(tail -n 20 "$log")"
read -r copies others <"$out/seen"
ok "it sees what its neighbours are after their exec ($others times)" test "${others:-0}" -gt 0
is "$copies" 0 "it never sees a copy of PID 1"
# The OOM score, which a child cannot raise before its exec, and PID 1 raises afterwards.
own=$(cat /proc/self/oom_score_adj)
# has_score UNIT PROPERTY
has_score() {
    [[ $(cat "/proc/$(show "$1.service" "$2")/oom_score_adj") == 300 ]]
}
for name in main inside executed later; do
    ok "$name: PID 1 raises the score of the main process" wait_until 20 has_score "$name" MainPID
done
echo >"$out/go"
ok "its children have it" wait_until 20 test -s "$out/after"
is "$(cat "$out/after")" 300 "… the same"
is "$(cat "$out/before")" "$own" "ExecStartPre= has PID 1's"
ok "daemon: PID 1 raises the score of what starts it" wait_until 20 has_score daemon ControlPID
echo >"$out/start"
ok "… and so the main process has it" wait_until 20 has_score daemon MainPID
ok "a program that is never ours starts" wait_until 20 is_show never.service ActiveState active
is "$(cat "/proc/$(show never.service MainPID)/oom_score_adj")" "$own" "… and keeps PID 1's"
# One is the loop's own.
has_given_up() {
    (($(find "/proc/$pid/fd" -lname '*timerfd*' 2>/dev/null | wc -l) <= 1))
}
ok "… for PID 1 gives up" wait_until 20 has_given_up
is "$(cat "/proc/$pid/oom_score_adj")" "$own" "PID 1 keeps its own"

# --- what is reeve's own, with its wire as descriptor 3 ---
as_reeve=()
[[ $(id -u) != 0 ]] || as_reeve=(setpriv --reuid 1001 --regid 1001 --clear-groups)
"${as_reeve[@]}" "$ctl" watch >"$work/watched" &
watch=$!
ok "reevectl watches" wait_until 10 test -s "$work/watched"
unit open.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'exec 3</dev/null; exec /bin/sleep infinity'
UNIT
"$ctl" daemon-reload
"$ctl" start open.service
is_asleep() { [[ $(<"/proc/$(show open.service MainPID)/comm") == sleep ]]; }
wait_until 10 is_asleep
unit look.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'for i in $(show open.service MainPID) $(show reeve-log.service MainPID) $(show reeve-health.service MainPID) $watch; do $work/bin/tool_look \$\$i; done >$out/open'
UNIT
"$ctl" daemon-reload
"$ctl" start look.service
mapfile -t open <"$out/open"
like "${open[0]}" environment "a neighbour is open to a service without a sandbox (${open[0]# })"
if (($(id -u) == 0)); then
    is "${open[1]}" "" "reeve-log is not"
    is "${open[2]}" "" "nor is reeve-health"
else
    skip "their programs are not root's" "reeve-log and reeve-health are not"
fi
is "${open[3]}" "" "nor is reevectl"
kill "$watch"
wait "$watch"
kill "$pid"
wait "$pid"
is $? 0 "the pod stops"
pid=
done_testing
