#!/bin/bash
# quick: yes
# A pod with more descriptors than its services shall have: PID 1 raises its own soft limit, a child that is a copy of it has
# all of them until its exec, and needs some for its sandbox; the service finds the limit that reeve was started with, or
# LimitNOFILE=.
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
. tests/shell/small_lib.sh
soft=128 count=60 # each has a pipe of two ends
(($(ulimit -Hn) > 2 * soft)) || skip_all "no more than $(ulimit -Hn) descriptors"
small_pod "${DESCRIPTORS_PORT:-18761}"

for ((i = 0; i < count; i++)); do
    printf '[Service]\nExecStart=/usr/bin/tail -f /dev/null\n' >"$units/plain$i.service"
done
# teller NAME LINE...: a service that tells its limit
teller() {
    unit "$1.service" <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'ulimit -Sn >$out/$1'
$(printf '%s\n' "${@:2}")
UNIT
}
teller plain
teller copy Nice=5 # no child that borrows PID 1's memory
teller walled Nice=5 ProtectSystem=strict "ReadWritePaths=$out"
teller own Nice=5 LimitNOFILE=100:200
units_have_run() {
    [[ -s $out/plain && -s $out/copy && -s $out/walled && -s $out/own ]]
}
(
    ulimit -Sn "$soft"
    exec "$reeve" --units "$units"
) >"$log" 2>&1 &
pid=$!
ok "all have run" wait_until 60 units_have_run || diag "$(grep -v plain "$log" | tail -n 20)"
is "$(cat "$out/plain")" "$soft" "a service has the soft limit that reeve was started with"
is "$(cat "$out/copy")" "$soft" "one that is a copy of PID 1 at first, too"
is "$(cat "$out/walled")" "$soft" "and one whose sandbox opens files"
is "$(cat "$out/own")" 100 "LimitNOFILE= is its own"
answers() {
    curl -s -m 5 "http://$REEVE_HEALTH_LISTEN/livez" | grep -q .
}
ok "the health port answers" wait_until 30 answers
kill "$pid"
wait "$pid"
is $? 0 "the pod stops"
pid=
done_testing
