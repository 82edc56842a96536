#!/bin/bash
# time limit: 1200
# What reeve says by sd_notify(3) and podman passes on: to a socket of our own. Root; the network where the image is not there yet.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
# shellcheck source=tests/image/notify_lib.sh
. tests/image/notify_lib.sh

listen() {
    "$bin/tool_manager" "$work/manager" >"$work/heard" &
    manager=$!
    disown # its end is no news
    wait_until 10 grep -q ^listening "$work/heard"
}
hears() {
    grep -q -- "$1" "$work/heard"
}
rm -f "$work/flags/well"
listen
run=("${podman[@]}" run -d --name "$container" --network none --user 1001 --read-only --cap-drop all --tmpfs /tmp:mode=1777
    -e LD_LIBRARY_PATH=/opt/lib "${mounts[@]}")
NOTIFY_SOCKET=$work/manager "${run[@]}" --sdnotify=container "$oracle" reeve >"$work/podman" 2>&1 &
starter=$!
is_up() {
    "${podman[@]}" logs "$container" 2>&1 | grep -q 'default.target is up'
}
ok "podman run --sdnotify=container: the pod is up" wait_until 60 is_up || diag "$(cat "$work/podman")"
not_ok "but not healthy, and podman has not said READY=1" hears ^READY=1
touch "$work/flags/well"
ok "it does once it is healthy" wait_until 30 hears ^READY=1 || diag "$(cat "$work/heard")"
ok "with the process that systemd shall watch" hears ^MAINPID=
diag "passed on: $(grep -vE '^(begin|end|listening)' "$work/heard" | sort -u | tr '\n' ' ')"
wait "$starter"
"${podman[@]}" rm -f -v -t 5 "$container" >/dev/null 2>&1
: >"$work/heard"
# All that the runtime keeps for itself comes through where the socket itself is lent.
ok "the socket lent to the container" "${run[@]}" --sdnotify=ignore -v "$work/manager:/manager" -e NOTIFY_SOCKET=/manager \
    -e WATCHDOG_USEC=2000000 "$oracle" reeve
ok "READY=1" wait_until 60 hears ^READY=1 || diag "$("${podman[@]}" logs "$container" 2>&1)"
ok "STATUS=" hears '^STATUS=healthy: all units are well'
ok "WATCHDOG=1" wait_until 30 hears ^WATCHDOG=1
first=$("${podman[@]}" inspect -f '{{.State.Pid}}' "$container")
ok "its process is known by its number outside" hears "^begin $first "
kill -STOP "$first"
frozen() {
    local before
    before=$(grep -c . "$work/heard")
    begin=$(uptime_now)
    wait_until 30 past 4
    (($(grep -c . "$work/heard") <= before + 3))
}
ok "a frozen one is silent" frozen
kill -CONT "$first"
"${podman[@]}" stop -t 10 "$container" >/dev/null
ok "STOPPING=1" hears ^STOPPING=1
ok "EXIT_STATUS=0" hears ^EXIT_STATUS=0
done_testing
