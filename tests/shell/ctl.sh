#!/bin/bash
# reevectl against a real reeve: the same commands as a recording of systemctl 257, what status shows, reloads.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
chmod 0755 "$work"
# A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
reeve=$work/bin/reeve ctl=$work/bin/reevectl units=$work/set/units log=$work/log
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health}
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${CTL_PORT:-18822}
mkdir -p "$work/run" "$work/state" "$units"
chmod 0700 "$work/run"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$work/run" "$work/state"
pid=
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT
unit() {
    cat >"$units/$1"
}
show() {
    "$ctl" show -P "$2" "$1"
}
is_show() {
    [[ $(show "$1" "$2") == "$3" ]]
}
says() {
    grep -q -- "$1" "$log"
}

unit base.service <<'UNIT'
[Service]
ExecStart=/bin/sleep 1000
UNIT
unit default.target <<'UNIT'
[Unit]
Wants=base.service
UNIT
"$reeve" --units "$units" >"$log" 2>&1 &
pid=$!
wait_until 20 is_show default.target ActiveState active

# --- the recording ---
bash tests/golden/ctl/commands.sh "$ctl" "$units" >"$work/got" 2>&1
sed 1d tests/golden/ctl/recorded.txt >"$work/wanted"
ok "$(grep -c '^\$' "$work/wanted") commands say and end as with $(head -n 1 tests/golden/ctl/recorded.txt)" \
    diff -u "$work/wanted" "$work/got"

# --- status ---
unit forks.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c '(setsid /bin/sleep 3003 &); exec /bin/sleep 3004'
UNIT
"$ctl" daemon-reload
"$ctl" start forks
both_run() {
    [[ $("$ctl" status forks) =~ "Processes: 2".*"-$(show forks MainPID) /bin/sleep 3004".*" /bin/sleep 3003" ]]
}
ok "status lists the main process and one that has gone its own way" wait_until 10 both_run
like "$("$ctl" status forks)" 'Active: active \(running\) since .*; [0-9a-z ]+ ago' "since when it is active"
main=$(show forks MainPID)
"$ctl" kill -s KILL --kill-whom=main forks
wait_until 10 is_show forks ActiveState failed
like "$("$ctl" status forks)" "Main PID: $main \(code=killed, status=9/KILL\)" "how the main process ended"
is "$("$ctl" list-units --no-legend --failed | awk '$1 == "forks.service" { print $2 }')" failed "list-units --failed"
is "$("$ctl" list-units --no-legend --state=running | awk '$1 == "base.service" { print $3 }')" running "list-units --state"

# --- values that are longer than a message ---
for i in $(seq 120); do
    echo "Wants=a-unit-with-a-rather-long-name-$i.service"
    echo "[Service]
ExecStart=/bin/true" >"$units/a-unit-with-a-rather-long-name-$i.service"
done | { echo "[Unit]" && cat; } >"$units/many.target"
"$ctl" daemon-reload
is "$(show many.target Wants | wc -w)" 120 "a list of 120 names comes whole"
is "$(show many.target Wants | tr ' ' '\n' | sort -u | wc -l)" 120 "and each once"

# --- changed on disk ---
touch "$units/base.service"
is "$(show base NeedDaemonReload)" no "a file that was only touched is not stale"
mkdir "$units/base.service.d"
printf '[Unit]\nDescription=More\n' >"$units/base.service.d/more.conf"
is "$(show base NeedDaemonReload)" yes "a new drop-in is noticed"
like "$("$ctl" status base)" "^Warning: The unit file, source configuration file or drop-ins of base.service changed on disk. Run 'reevectl daemon-reload'" \
    "and status says so"
main=$(show base MainPID)
: >"$log"
ok "daemon-reload" "$ctl" daemon-reload
ok "the log names what has changed" wait_until 10 says 'base.service: changed'
ok "and counts" wait_until 10 says 'reloaded: 0 added, 1 changed, 0 removed'
is "$(show base MainPID) $(show base NeedDaemonReload) $(show base Description)" "$main no More" "nothing was restarted, and nothing is stale"
mv "$units/forks.service" "$work/forks.service"
is "$(show forks NeedDaemonReload)" yes "a file that has gone is noticed"
ok "a unit that rests may go" "$ctl" daemon-reload
is "$(show forks LoadState)" not-found "and is not found any more"

# --- files that go while their unit runs ---
main=$(show base MainPID)
mv "$units/base.service" "$work/base.service"
: >"$log"
ok "a unit that runs may lose its file" "$ctl" daemon-reload
ok "the log says what becomes of it" wait_until 10 says 'base.service: its files are gone; it stays as it was until it stops'
ok "and counts it as removed" wait_until 10 says 'reloaded: 0 added, 0 changed, 1 removed'
is "$(show base MainPID) $(show base ActiveState) $(show base LoadState) $(show base NeedDaemonReload) $(show base FragmentPath)" \
    "$main active not-found no " "it runs on, and is not found"
like "$("$ctl" status base)" 'Loaded: not-found \(Reason: Unit base.service not found.\)' "which status shows"
is "$("$ctl" --json list-units | grep -o '{"unit":"base.service"[^}]*"load":"[a-z-]*"' | sed 's/.*:"//')" 'not-found"' "and list-units --json"
is "$("$ctl" restart base 2>&1)" "Failed to restart base.service: Unit base.service not found." "it cannot be started"
: >"$log"
ok "another reload keeps it, too" "$ctl" daemon-reload
ok "and does not count it again" wait_until 10 says 'reloaded: 0 added, 0 changed, 0 removed'
is "$(show base MainPID) $(show base Description)" "$main More" "with all that its files said"
mv "$work/base.service" "$units/base.service"
"$ctl" daemon-reload
is "$(show base MainPID) $(show base LoadState)" "$main loaded" "with its file it is found again"
unit always.service <<'UNIT'
[Service]
ExecStart=/bin/sleep 1000
ExecStopPost=/bin/sh -c 'echo always has stopped'
Restart=always
RestartSec=0
UNIT
"$ctl" daemon-reload
"$ctl" start always
rm "$units/always.service"
"$ctl" daemon-reload
"$ctl" kill -s KILL always
ok "a unit without files is not restarted" wait_until 10 is_show always ActiveState failed
ok "but ends as its files said" wait_until 10 says 'always has stopped'
"$ctl" daemon-reload
is "$("$ctl" is-active always; show always LoadState)" "inactive
not-found" "the first reload after that drops it"
unit instance@.service <<'UNIT'
[Service]
ExecStart=/bin/sleep 1000
UNIT
unit names.target <<'UNIT'
[Unit]
Wants=instance@1.service
UNIT
"$ctl" daemon-reload
"$ctl" start names.target
rm "$units/names.target"
"$ctl" daemon-reload
is "$(show instance@1 ActiveState) $(show instance@1 LoadState)" "active loaded" "an instance that runs is loaded although nobody names it any more"
"$ctl" stop instance@1 names.target
mv "$units/default.target" "$work/default.target"
ok "the target may go" "$ctl" daemon-reload
is "$("$ctl" is-active default.target) $(show default.target LoadState)" "active not-found" "it stays reached"
"$ctl" stop default.target
ok "and be stopped" "$ctl" daemon-reload
is "$(show default.target LoadState) $("$ctl" is-active base)" "not-found active" "which ends nothing else"
mv "$work/default.target" "$units/default.target"
"$ctl" daemon-reload
ok "and comes back" "$ctl" start default.target
# A unit that becomes another name of a second one is gone under its own name.
printf '[Service]\nExecStart=/bin/sleep 1000\n' >"$units/old.service"
"$ctl" daemon-reload
"$ctl" start old.service
rm "$units/old.service"
ln -s base.service "$units/old.service"
not_ok "a running unit cannot become an alias" "$ctl" daemon-reload
"$ctl" stop old.service
ok "one that rests can" "$ctl" daemon-reload
is "$(show old Id)" base.service "and leads to the other"

# --- one that knocks all the while ---
unit knock.service <<UNIT
[Service]
ExecStart=/bin/sh -c 'while :; do REEVE_RUNTIME_DIR=$work/run $ctl is-active base; done >/dev/null 2>&1'
UNIT
"$ctl" daemon-reload
began=$SECONDS
"$ctl" start knock
ok "services that knock at the control socket are in the log, with how often" \
    wait_until 10 says 'knock.service: a process of this unit was refused at the control socket (and [1-9][0-9]* others before)'
"$ctl" stop knock
lines=$(grep -c 'was refused at the control socket' "$log")
ok "in three lines each three seconds ($lines)" test "$lines" -le $((SECONDS - began + 5))

# --- no descriptor left ---
# limit_with FREE: so that as many numbers are left, some of which may lie between others
limit_with() {
    local number=0 free=0
    for ((; free < $1; number++)); do
        [[ -L /proc/$pid/fd/$number ]] || ((++free))
    done
    echo $number
}
ticks_of_reeve() {
    local line
    read -r line <"/proc/$pid/stat"
    # shellcheck disable=SC2086 # behind the name: user and system time are the 12th and 13th word
    set -- ${line##*) }
    echo $((${12} + ${13}))
}
if [[ $(id -u) == 0 ]]; then
    limit=$(limit_with 2)
    # Who it runs as may take its limit away, root not everywhere.
    setpriv --reuid 1001 --regid 1001 --clear-groups prlimit --pid "$pid" --nofile="$limit:$limit"
    watchers=()
    for i in 1 2 3 4 5 6; do
        "$ctl" watch >"$work/watch.$i" 2>&1 &
        watchers+=($!)
    done
    ok "connections for which there is no descriptor are turned away" wait_until 10 says 'a control connection was refused: no descriptor is left'
    before=$(ticks_of_reeve)
    has_burnt() {
        (($(ticks_of_reeve) > before + 50))
    }
    not_ok "which does not keep PID 1 busy" wait_until 1 has_burnt
    kill "${watchers[@]}" 2>/dev/null
    wait "${watchers[@]}" 2>/dev/null
    ok "when some are free again, it answers" wait_until 10 "$ctl" is-active base
else
    skip "only root sees the descriptors of reeve" "no descriptor left"
fi
kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod ends well"
pid=
done_testing
