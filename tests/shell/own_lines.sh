#!/bin/bash
# reeve's own lines are not lost when 1,000 units start or stop at once, however late reeve-log reads them; where the kernel
# does not give it a pipe that is large enough, what is lost is counted and told. reeve itself waits for nobody.
# time limit: 300
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
count=1000
[[ $(ulimit -Hn) == unlimited || $(ulimit -Hn) -ge 4096 ]] || skip_all "no more than $(ulimit -Hn) descriptors"
work=$(mktemp -d)
chmod 0755 "$work"
# A copy of the programs: the clone may lie below a directory that is closed to others.
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health}
ctl=$work/bin/reevectl units=$work/units log=$work/log
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${OWN_LINES_PORT:-18728}
pid='' holder=''
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    [[ -z $holder ]] || kill "$holder" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT

# Names so long that 1,000 lines are more than a pipe has without being asked for more (64 kB), and fewer than reeve asks for.
padding=$(printf 'a-name-that-is-long%.0s-' {1..5})
mkdir -p "$units"
for ((i = 0; i < count; i++)); do
    printf '[Unit]\nPartOf=all.target\n[Service]\nExecStart=/usr/bin/tail -f /dev/null\n' >"$units/$padding$i.service"
done
{
    printf '[Unit]\n'
    printf "Wants=${padding}%d.service\n" $(seq 0 $((count - 1)))
} >"$units/all.target"
printf '[Service]\nExecStart=/usr/bin/tail -f /dev/null\n' | tee "$units/one.service" >"$units/keep.service"
printf '[Unit]\nWants=keep.service\n' >"$units/default.target"

# lines WORD: how many of the units have said so
lines() {
    grep -c "${padding}[0-9]*\.service: $1" "$log"
}
says() {
    grep -q -- "$1" "$log"
}
all_say() {
    (($(lines "$1") >= count))
}
lost_lines() {
    sed -n 's/.* \([0-9]*\) messages of reeve were lost.*/\1/p' "$log" | awk '{ sum += $1 } END { print sum + 0 }'
}
running() {
    pgrep -cP "$pid" -x tail
}
are_running() {
    [[ $(running) == "$1" ]]
}
# begin COMMAND...: reeve, run by the command
begin() {
    rm -rf "$work/run" "$work/state"
    mkdir -p "$work/run" "$work/state"
    chmod 0700 "$work/run"
    [[ $EUID != 0 ]] || chown "$user:$user" "$work/run" "$work/state"
    (ulimit -n 4096 && exec "$@" "$work/bin/reeve" --units "$units") >"$log" 2>&1 &
    pid=$!
    ok "$name: the pod comes up" wait_until 60 says 'is up after' || diag "$(tail -n 20 "$log")"
    logger=$(pgrep -P "$pid" -x reeve-log)
}
# unread VERB WANTED: reevectl does it to all of them while nobody reads what reeve says
unread() {
    kill -STOP "$logger"
    ok "$name: $1 while reeve-log sleeps: reeve does not wait for it" timeout 120 "$ctl" "$1" all.target
    ok "$name: $2 processes" wait_until 120 are_running "$2" || diag "$(running)"
    kill -CONT "$logger"
}
finish() {
    kill -TERM "$pid"
    ok "$name: the pod ends" wait_until 60 gone
    wait "$pid"
    pid=
}
gone() {
    [[ $(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null) == [ZX]* || ! -d /proc/$pid ]]
}

# ---- room for all ----
name=room user=1001
begin
unread start $((count + 1))
ok "$name: each of $count units has its line: started" wait_until 60 all_say started || diag "$(lines started)"
unread stop 1
ok "$name: each of $count units has its line: stopped" wait_until 60 all_say stopped || diag "$(lines stopped)"
not_ok "$name: nothing is said to be lost" says 'messages of reeve were lost'
finish

# ---- no room: this user has used up what the kernel gives without asking (fs.pipe-user-pages-soft) ----
name="no room"
if [[ $EUID == 0 ]] && command -v perl >/dev/null; then
    user=$((1700000000 + $$)) # nobody else's pipes are to be short
    as_user=(setpriv --reuid "$user" --regid "$user" --clear-groups --inh-caps=-all --bounding-set=-all)
    # shellcheck disable=SC2016 # perl's own
    "${as_user[@]}" perl -e '
        for (1 .. 4096) {
            pipe(my $read, my $write) or last;
            push @pipes, $read, $write;
            fcntl($write, 1031, 1 << 20) or last; # F_SETPIPE_SZ
        }
        $| = 1;
        print "full\n";
        sleep' >"$work/holder" &
    holder=$!
    ok "$name: the user has no more pages for pipes" wait_until 20 grep -q full "$work/holder"
    begin "${as_user[@]}"
    unread start $((count + 1))
    "$ctl" start one.service
    ok "$name: what was lost is told" wait_until 60 says 'messages of reeve were lost' || diag "$(tail -n 3 "$log")"
    diag "$(grep 'messages of reeve were lost' "$log"); $(lines started) lines of $count are there"
    ok "$name: as many as are not there" test "$(lost_lines)" -ge $((count - $(lines started)))
    finish
else
    skip "only root has users to spare, and perl makes the pipes" "$name: what was lost is told"
fi
done_testing
