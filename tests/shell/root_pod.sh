#!/bin/bash
# A pod that root runs (--user 0): each service has the user, the groups, the capabilities and the directories that its
# unit names, and nothing besides.
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
[[ $EUID == 0 ]] || skip_all "only root can give services users of their own"
work=$(mktemp -d)
chmod 0755 "$work"
# The clone may lie below a directory that is closed to others.
build=$work/bin reeve=$work/bin/reeve ctl=$work/bin/reevectl
install -D -t "$build" "$built"/{reeve,reevectl,reeve-log,reeve-health} "$built/tests/tool_notify"
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:18391
mkdir -m 0700 "$work/run"
mkdir -m 1777 "$work/out"
mkdir "$work/state" "$work/units"
pid=
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT
# unit NAME <text
unit() {
    cat >"$work/units/$1"
}
begin() {
    "$reeve" --user 0 --units "$work/units" >"$work/log" 2>&1 &
    pid=$!
}
finish() {
    wait "$pid"
    status=$?
    pid=
}
is_in() {
    [[ $("$ctl" show -p ActiveState,SubState --value "$1" | tr '\n' ' ') == "$2 " ]]
}
# field FILE NAME: of /proc/PID/status
field() {
    sed -n "s/^$2:[[:space:]]*//p" "$1" | tr -s '\t ' ' '
}

unit user.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
User=daemon
SupplementaryGroups=sys
RuntimeDirectory=seen
RuntimeDirectoryMode=2750
StateDirectory=seen
WorkingDirectory=~
ExecStart=/bin/cp /proc/self/status $work/out/user
ExecStart=/bin/sh -c 'pwd >$work/out/directory; env >$work/out/environment; id -G >$work/out/groups; touch $work/run/seen/a $work/state/seen/a'
ExecStart=+/bin/cp /proc/self/status $work/out/plus
ExecStart=!/bin/cp /proc/self/status $work/out/bang
UNIT
unit ambient.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
User=daemon
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_KILL
ExecStart=/bin/cp /proc/self/status $work/out/ambient
UNIT
unit root.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
Group=daemon
ExecStart=/bin/cp /proc/self/status $work/out/root
UNIT
unit notify.service <<UNIT
[Service]
Type=notify
User=nobody
ExecStart=$build/tool_notify --wait READY=1
UNIT
for preserve in restart yes; do
    unit preserve-$preserve.service <<UNIT
[Service]
User=daemon
RuntimeDirectory=$preserve
RuntimeDirectoryPreserve=$preserve
ExecStart=/bin/sleep infinity
UNIT
done
begin
ok "services with users of their own are up" wait_until 20 is_in user.service "active exited"
wait_until 20 is_in ambient.service "active exited"
wait_until 20 is_in root.service "active exited"
is "$(field "$work/out/user" Uid) / $(field "$work/out/user" Gid)" "1 1 1 1 / 1 1 1 1" "User=: the user and its group, all four of each"
is "$(<"$work/out/groups")" "1 3" "SupplementaryGroups=: beside the group of the user"
is "$(field "$work/out/user" CapPrm) $(field "$work/out/user" CapEff) $(field "$work/out/user" CapInh)" \
    "0000000000000000 0000000000000000 0000000000000000" "no capabilities are left"
is "$(field "$work/out/user" NoNewPrivs)" 1 "and none can be gained"
is "$(grep -E '^(USER|LOGNAME|HOME|SHELL)=' "$work/out/environment" | sort | tr '\n' ' ')" \
    "HOME=/usr/sbin LOGNAME=daemon USER=daemon " "its environment; a shell that is none is left away"
is "$(<"$work/out/directory")" /usr/sbin "WorkingDirectory=~ is its home"
is "$(stat -c '%U:%G %a' "$work/run/seen")" "daemon:daemon 2750" "RuntimeDirectory= belongs to it, with RuntimeDirectoryMode="
is "$(stat -c '%U:%G %a' "$work/state/seen")" "daemon:daemon 755" "StateDirectory= belongs to it"
ok "and it has written there" test -e "$work/run/seen/a" -a -e "$work/state/seen/a"
is "$(field "$work/out/plus" Uid)" "0 0 0 0" "'+' runs as root"
is "$(field "$work/out/bang" Uid) $(field "$work/out/bang" NoNewPrivs)" "0 0 0 0 1" "'!' runs as root with the rest of the sandbox"
is "$(field "$work/out/ambient" Uid) $(field "$work/out/ambient" CapAmb) $(field "$work/out/ambient" CapPrm)" \
    "1 1 1 1 0000000000000400 0000000000000400" "AmbientCapabilities= are all that the user has"
is "$(field "$work/out/ambient" CapBnd)" 0000000000000420 "CapabilityBoundingSet= holds as well"
is "$(field "$work/out/root" Uid) / $(field "$work/out/root" Gid) / $(field "$work/out/root" Groups)" "0 0 0 0 / 1 1 1 1 / " \
    "Group= alone: root with that group and no others"
is "$(field "$work/out/root" CapPrm)" "$(field /proc/self/status CapPrm)" "who names no user keeps the capabilities of the container"
ok "a service of another user reaches the notify socket" wait_until 20 is_in notify.service "active running"
for helper in log health; do
    main=$("$ctl" show -p MainPID --value "reeve-$helper.service")
    is "$(field "/proc/$main/status" Uid) $(field "/proc/$main/status" CapPrm)" "1001 1001 1001 1001 0000000000000000" \
        "reeve-$helper is an ordinary user all the same"
done
like "$(setpriv --reuid 1 --regid 1 --clear-groups "$ctl" list-units 2>&1)" "run/control: not allowed" \
    "the control socket is closed to other users"
# RuntimeDirectory= goes with the stop, and nothing that is linked to.
mkdir -p "$work/out/kept" && touch "$work/out/kept/file"
mkdir -p "$work/run/seen/deep/deeper" && touch "$work/run/seen/deep/deeper/file"
ln -s "$work/out/kept" "$work/run/seen/deep/link"
is_swept() {
    ! compgen -G "$work/run/gone.*"
}
"$ctl" stop user.service
not_ok "RuntimeDirectory= is removed with the stop" test -e "$work/run/seen"
ok "with all that is in it" wait_until 20 is_swept
ok "but not what a link leads to" test -e "$work/out/kept/file"
ok "StateDirectory= stays" test -e "$work/state/seen/a"
is "$(stat -c %a "$work/run/restart" "$work/run/yes" | tr '\n' ' ')" "755 755 " "RuntimeDirectoryPreserve=: two others were made"
touch "$work/run/restart/file" "$work/run/yes/file"
"$ctl" restart preserve-restart.service preserve-yes.service
ok "RuntimeDirectoryPreserve=restart: a restart keeps it" test -e "$work/run/restart/file" -a -e "$work/run/yes/file"
"$ctl" stop preserve-restart.service preserve-yes.service
not_ok "a stop does not" test -e "$work/run/restart"
ok "RuntimeDirectoryPreserve=yes: even a stop keeps it" test -e "$work/run/yes/file"
victim=$("$ctl" show -p MainPID --value notify.service)
ok "a service of another user is stopped" "$ctl" stop notify.service
not_ok "and is gone" kill -0 "$victim"
kill -TERM "$pid"
finish
is "$status" 0 "the pod ends with 0"

unit typo.service <<UNIT
[Service]
User=no-such-user
ExecStart=/bin/touch $work/out/typo
UNIT
begin
finish
is "$status" 217 "a user that there is not: 217, as in systemd.exec(5)"
like "$(<"$work/log")" "typo.service:2:6: error: User=no-such-user: there is no such user" "with the place of the mistake"
not_ok "and nothing was started" test -e "$work/out/typo"
rm "$work/units/typo.service"

# An ordinary pod has one user, whatever its units wish.
rm -rf "$work/run" "$work/state" "$work"/units/*
mkdir -m 0700 "$work/run" "$work/state"
chown 1001:1001 "$work/run" "$work/state"
unit one.service <<UNIT
[Service]
Type=oneshot
User=daemon
ExecStart=/bin/sh -c 'id -u >$work/out/one'
SuccessAction=exit
UNIT
"$reeve" --units "$work/units" >"$work/log" 2>&1
is "$?" 226 "without --user 0 another user is refused"
like "$(<"$work/log")" "one.service:3:6: error: User=daemon: every service runs as the one user of the pod.*--user 0" \
    "with its place and what to do"
printf '[X-Reeve]\nSandboxPolicy=degrade\n' >>"$work/units/one.service"
"$reeve" --units "$work/units" >"$work/log" 2>&1
is "$? $(<"$work/out/one")" "0 1001" "SandboxPolicy=degrade runs it as the pod's user"
like "$(<"$work/log")" "one.service:3:6: warning: User=daemon" "and says so"
sed -i '/^User=/s/daemon/1001/; /X-Reeve/,$d' "$work/units/one.service"
"$reeve" --units "$work/units" >"$work/log" 2>&1
is "$? $(grep -c 'User=' "$work/log")" "0 0" "the user that the pod has is no mistake"
done_testing
