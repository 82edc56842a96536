#!/bin/bash
# Services with mounts of their own in a running pod: reeve still hears them, signals them, finds their strays and knows whose
# they are; PrivateTmp= is one for all processes of a unit, for nobody else, and goes with its stop.
# quick: yes
# shellcheck disable=SC2016 # what the services run is for their own shell
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d /var/tmp/reeve-mounts.XXXXXX)
chmod 0755 "$work"
# A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
reeve=$work/bin/reeve ctl=$work/bin/reevectl tool=$work/bin/tool_notify
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health} "$built"/tests/{tool_notify,tool_sandbox}
# In /tmp, as in a locked container: the sockets must stay in sight.
export REEVE_RUNTIME_DIR=/tmp/reeve-mounts-run.$$ REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${MOUNTS_PORT:-18724}
out=$work/out units=$work/units log=$work/log
mkdir -p "$REEVE_RUNTIME_DIR" "$work/state" "$out" "$units"
chmod 0700 "$REEVE_RUNTIME_DIR"
user=$EUID
as_user=(env)
if ((EUID == 0)); then
    user=1001
    as_user=(setpriv --reuid 1001 --regid 1001 --clear-groups --inh-caps=-all --bounding-set=-all)
    chown 1001:1001 "$REEVE_RUNTIME_DIR" "$work/state" "$out"
fi
pid=
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work" "$REEVE_RUNTIME_DIR"
}
trap end EXIT
case $("${as_user[@]}" "$work/bin/tool_sandbox" --degrade --line PrivateMounts=yes --verdicts -- true 2>/dev/null) in
*PrivateMounts=yes:\ full*) ;;
*) skip_all "no mount namespace can be had here" ;;
esac

unit() {
    cat >"$units/$1"
}
script() {
    { printf '#!/bin/sh\ntool=%s out=%s\n' "$tool" "$out" && cat; } >"$work/bin/$1"
    chmod 0755 "$work/bin/$1"
}
says() {
    grep -q -- "$1" "$log"
}
show() {
    "$ctl" show "$1" -p "$2" | sed 's/^[^=]*=//'
}
is_show() {
    [[ $(show "$1" "$2") == "$3" ]]
}
has() {
    [[ -s $out/$1 ]]
}
gone() {
    ! kill -0 "$1" 2>/dev/null
}

# Both ways that a unit's programs can be outside of what it hides.
sees="BindReadOnlyPaths=$work/bin
BindPaths=$out"
script before <<'SH'
echo "$1" >/tmp/before
SH
script main <<'SH'
ls -A /tmp >"$out/$1.tmp"
cat /tmp/before >"$out/$1.before"
setsid -f sh -c 'echo $$ >'"$out/$1.stray"'; exec sleep infinity'
(sed -n 's/^Cap\(Eff\|Bnd\):\t//p' /proc/self/status; readlink /proc/self/ns/user) >"$out/$1.rights"
$tool READY=1 "STATUS=from inside" || echo unheard >"$out/$1.unheard"
"$(dirname "$0")"/reevectl list-units >"$out/$1.control" 2>&1
exec sleep infinity
SH
for name in one two; do
    unit $name.service <<UNIT
[Service]
Type=notify
NotifyAccess=all
PrivateTmp=yes
ProtectSystem=strict
StateDirectory=$name
$sees
ExecStartPre=$work/bin/before $name
ExecStart=$work/bin/main $name
ExecReload=$work/bin/before reloaded
ExecReload=/bin/kill -WINCH \$MAINPID
TimeoutStartSec=20
UNIT
done
script neighbour <<'SH'
# By name: pods of other tests run beside this one.
ls /tmp/reeve-private-*/one.service/tmp /tmp/reeve-private-*/two.service/tmp >"$out/neighbour" 2>&1
touch "$STATE_DIRECTORY/mine" 2>"$out/neighbour.state" && echo yes >"$out/neighbour.state"
exec sleep infinity
SH
unit neighbour.service <<UNIT
[Unit]
After=one.service
[Service]
Type=exec
ProtectSystem=strict
ReadWritePaths=$out
StateDirectory=neighbour
ExecStart=$work/bin/neighbour
UNIT
unit broken.service <<UNIT
[Service]
Type=oneshot
ReadOnlyPaths=$work/absent
ExecStart=/bin/true
UNIT
# Where PID 1 was started is below the mounts of its services: whoever cannot enter a directory of its own is not to be left there.
mkdir "$work/closed"
echo secret >"$work/closed/file"
script stranded <<'SH'
{ readlink /proc/self/cwd; cat file || echo closed; } >"$out/stranded" 2>/dev/null
SH
unit stranded.service <<UNIT
[Service]
Type=oneshot
InaccessiblePaths=$work/closed
WorkingDirectory=-/nonexistent
$sees
ExecStart=$work/bin/stranded
UNIT
unit default.target <<UNIT
[Unit]
Wants=one.service two.service neighbour.service stranded.service
UNIT

cd "$work/closed" || exit 1
"${as_user[@]}" "$reeve" --units "$units" >"$log" 2>&1 &
pid=$!
ok "the pod comes up: all were heard" wait_until 30 says 'is up after' || diag "$(<"$log")"
is "$(show one.service StatusText)" "from inside" "what a service says of itself"
ok "no message was lost" test ! -e "$out/one.unheard"
is "$(<"$out/one.before")" one "ExecStartPre= and ExecStart= have one /tmp"
is "$(<"$out/two.before")" two "that is not the neighbour's"
is "$(grep -cv -e '^before$' -e '^reeve-mounts-run' "$out/one.tmp")" 0 "and has nothing else in it than the way to our sockets"
wait_until 10 has neighbour
like "$(<"$out/neighbour")" "No such file|denied" "nor is it to be found by a neighbour with mounts"
wait_until 10 has neighbour.state
is "$(<"$out/neighbour.state")" yes "its own state directory is for it to write to"
is "$(head -n 2 "$out/one.rights" | tr '\n' ' ')" "0000000000000000 0000000000000000 " "no capability, nor any to gain"
unlike_ours() { [[ $(tail -n 1 "$out/one.rights") != "$(readlink /proc/self/ns/user)" ]]; }
ok "in a user namespace of its own" unlike_ours
wait_until 10 has one.control
is "$(tr '\n' ' ' <"$out/stranded")" "/ closed " "WorkingDirectory=- that is not there: in /, not where PID 1 is"
like "$(<"$out/one.control")" "Refused" "the control socket is not for it"

ok "ExecReload= succeeds" "$ctl" reload one.service
main=$(show one.service MainPID)
is "$(awk '/^Uid:/ { print $2 }' "/proc/$main/status")" "$user" "the same user"
ok "its stray is listed" grep -q "$(<"$out/one.stray")" <("$ctl" status one.service)
((main > 0)) || { fail "there is a main process"; diag "$(<"$log")"; done_testing; }
kill -KILL "$main"
ok "its stray goes when the main process was killed" wait_until 10 gone "$(<"$out/one.stray")"
ok "and the service has failed" wait_until 10 is_show one.service ActiveState failed
private=$(compgen -G "/tmp/reeve-private-*/two.service" | head -n 1)
ok "there is a directory behind /tmp" test -n "$private"
"$ctl" stop two.service
ok "a stop ends the stray, too" wait_until 10 gone "$(<"$out/two.stray")"
ok "and takes its /tmp away" wait_until 10 test ! -e "$private"
"$ctl" start two.service
ok "the next start has a new one" test -d "$private/tmp"

"$ctl" start broken.service 2>/dev/null
is "$(show broken.service ExecMainStatus)" 226 "a mount that fails: 226"
ok "the log names directive and path" says "NAMESPACE before its program ran: ReadOnlyPaths=, '$work/absent': No such file"
kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod stops"
pid=
ok "nothing is left in /tmp" test ! -e "${private%/*}" || diag "$(find "${private%/*}")"

# ---- a pod that root runs: by CAP_SYS_ADMIN where there is one, for units with and without a user ----
if ((EUID != 0)); then
    skip "not root" "a pod that root runs"
    done_testing
fi
rm -rf "${units:?}"/* "${out:?}"/*
chmod 1777 "$out"
script tries <<'SH'
{
    echo "uid=$(id -u)"
    touch "/usr/reeve-mounts.$$" 2>/dev/null && echo wrote=usr
    ls -A /tmp | grep -v reeve-mounts-run | sed 's/^/tmp=/'
    touch /tmp/mine && echo wrote=tmp
} >"$out/$1"
SH
script names <<'SH'
for name in hostname domainname; do
    # Opened, and nothing written: it is that of the machine where there is no namespace.
    (: >"/proc/sys/kernel/$name") 2>/dev/null && echo "$name" || echo closed
done >"$out/names"
SH
unit names.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
ProtectHostname=yes
ExecStart=$work/bin/names
UNIT
for name in as-root as-user; do
    unit $name.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
ProtectSystem=strict
PrivateTmp=yes
$sees
ExecStart=$work/bin/tries $name
UNIT
done
echo User=1500 >>"$units/as-user.service"
unit default.target <<UNIT
[Unit]
Wants=as-root.service as-user.service names.service
UNIT
chown root:root "$REEVE_RUNTIME_DIR"
if [[ $("$work/bin/tool_sandbox" --degrade --line PrivateMounts=yes --verdicts -- true) == *PrivateMounts=yes:\ *mounts* ]]; then
    "$reeve" --user 0 --units "$units" >"$log" 2>&1 &
    pid=$!
    wait "$pid" # it has nothing more to do than this
    is $? 0 "root's pod comes to its end" || diag "$(<"$log")"
    pid=
    is "$(tr '\n' ' ' <"$out/as-root")" "uid=0 wrote=tmp " "root: /usr is read-only, /tmp its own"
    is "$(tr '\n' ' ' <"$out/as-user")" "uid=1500 wrote=tmp " "another user: likewise, and it is not root's"
    is "$(tr '\n' ' ' <"$out/names")" "closed closed " "ProtectHostname= alone: nor does root get at the names by their files"
    ok "nothing is left of it" test -z "$(compgen -G '/tmp/reeve-private-*/as-*')"
else
    skip "root has no mounts here" "a pod that root runs"
fi
done_testing
