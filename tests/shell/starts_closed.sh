#!/bin/bash
# quick: yes
# Until its exec a service is a copy of PID 1, with its memory and its descriptors: no neighbour may look into it, not even one
# without a sandbox (supervisor/adr/0031). For whoever must write to files of his own in /proc before his exec, too.
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
. tests/shell/small_lib.sh
small_pod "${STARTS_PORT:-18763}"
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
score=$(cat "/proc/$pid/oom_score_adj")
is "$score" "$(cat /proc/self/oom_score_adj)" "the score that PID 1 hands down is not its own"
kill "$pid"
wait "$pid"
is $? 0 "the pod stops"
pid=
done_testing
