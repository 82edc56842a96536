#!/bin/bash
# time limit: 300
# A pod that fails in a real container says why: the termination log as Kubernetes mounts it, in a locked container, and the kernel's kills
# for want of memory below a limit of the container's. Root, the image of locked.sh (or IMAGE).
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
image=${IMAGE:-localhost/traderterminal:${SUITE:-bookworm}}
# shellcheck source=tests/image/notify_lib.sh
. tests/image/notify_lib.sh

locked=(--user 1001 --read-only --cap-drop=all --security-opt no-new-privileges)
file=$work/termination log=$work/log
# run OPTION...: the pod to its end; its status is $status, what it said is in $log
run() {
    timeout -k 5 60 "${podman[@]}" run --rm --name "$container" --network none --no-healthcheck --tmpfs /tmp:mode=1777 "${mounts[@]}" \
        -e LD_LIBRARY_PATH=/opt/lib -e REEVE_STATE= --entrypoint /usr/local/bin/reeve "$@" "$oracle" --units /etc/reeve/units \
        >"$log" 2>&1 </dev/null
    status=$?
}
# file MODE OWNER: a termination log with something in it
make_file() {
    echo "of an earlier run, and longer than what comes now: "{1..20} >"$file"
    chmod "$1" "$file"
    chown "$2" "$file"
}

# --- the termination log ---
unit probed.service <<'UNIT'
[Unit]
FailureAction=exit
[Service]
ExecStart=/bin/sh -c 'echo no disk; exit 5'
UNIT
words='the pod ends with exit status 5
because probed.service failed: its main process exited with status 5 (NOTINSTALLED)
Its last lines:
no disk'
# The kubelet makes it like this: root's, for everybody to write.
make_file 0666 0:0
run "${locked[@]}" --mount "type=bind,source=$file,target=/dev/termination-log"
is "$status" 5 "locked, uid 1001: the container ends with the status of the service" || diag "$(cat "$log")"
is "$(cat "$file")" "$words" "its termination log, root's and open to all, has why, and nothing of an earlier run"
is "$(stat -c '%a %u' "$file")" "666 0" "and has the mode and the owner that it had"
make_file 0666 2000:2000
run "${locked[@]}" -v "$file:/dev/termination-log"
is "$status $(cat "$file")" "5 $words" "one of another user, by -v"
make_file 0600 1001:1001
run "${locked[@]}" -v "$file:/var/log/words" -e REEVE_TERMINATION_LOG=/var/log/words
is "$status $(cat "$file")" "5 $words" "its own, at another path (terminationMessagePath)"
make_file 0644 0:0
before=$(cat "$file")
run "${locked[@]}" -v "$file:/dev/termination-log"
is "$status $(cat "$file")" "5 $before" "one that it may not write is left alone, and the end is the same"
like "$(tail -n 1 "$log")" 'reeve: because probed.service failed' "the log has the words all the same"
make_file 0600 0:0
run --user 0 --read-only -v "$file:/dev/termination-log"
is "$status $(cat "$file")" "5 $words" "started as root, of whom alone the file is: opened before reeve is uid 1001"

# --- out of memory ---
limited=("${locked[@]}" --memory 64m)
unit probed.service <<'UNIT'
[Unit]
FailureAction=exit
[Service]
ExecStart=/usr/bin/tail /dev/zero
UNIT
make_file 0666 0:0
run "${limited[@]}" -v "$file:/dev/termination-log"
is "$status" 137 "64 MB: a main process that takes more ends the pod with 128 and SIGKILL"
like "$(cat "$log")" "probed.service: failed with result 'oom-kill'" "the result is systemd's" || diag "$(cat "$log")"
words="because probed.service failed: the kernel was out of memory and killed a process of it; its main process was killed by SIGKILL"
is "$(tail -n 1 "$log")" "reeve: $words" "the last words name it"
is "$(sed -n 2p "$file")" "$words" "so does the termination log"

unit probed.service <<'UNIT'
[Service]
ExecStart=/usr/bin/tail /dev/zero
UNIT
unit child.service <<'UNIT'
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'tail /dev/zero; exit 3'
UNIT
unit killed.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'kill -KILL $$$$'
UNIT
unit other.service <<'UNIT'
[Service]
ExecStart=/bin/sleep infinity
UNIT
cat >"$units/default.target" <<'UNIT'
[Unit]
Wants=other.service
UNIT
show() {
    inside reevectl show --value -p "$2" "$1"
}
is_show() {
    [[ $(show "$1" "$2") =~ $3 ]]
}
run "${limited[@]}" -d
ok "a pod of several units" wait_until 30 is_show other ActiveState '^active$' || diag "$(cat "$log")"
inside reevectl start probed
ok "a main process" wait_until 30 is_show probed ActiveState '^failed$'
is "$(show probed Result) $(show probed ExecMainStatus)" "oom-kill 9" "its result and status are systemd's"
like "$(inside reevectl why -n 0 probed)" 'failed \(oom-kill\).*the kernel was out of memory and killed a process of it' "reevectl why names it"
inside reevectl start child >/dev/null 2>&1
is "$(show child Result) $(show child ExecMainStatus)" "exit-code 3" "a child of a service, whose shell goes on: the service's own status"
like "$(inside reevectl why -n 0 child)" 'perhaps for want of memory: just before, the kernel killed 1 process of the pod; its main process exited with status 3' \
    "reevectl why tells what is known"
inside reevectl start killed
ok "a SIGKILL of its own, afterwards" wait_until 30 is_show killed ActiveState '^failed$'
is "$(show killed Result)" signal "is a signal"
is "$(show other ActiveState)" active "the others run"
"${podman[@]}" stop -t 10 "$container" >/dev/null
done_testing
