# shellcheck shell=bash disable=SC2034,SC2154 # names for who sources this; podman and image_options of image_lib.sh
# reeve as this machine built it, in a container with systemd 257, and a pod of one unit that is well when $work/flags/well is there.
# Source tap.sh and image_lib.sh first. Sets podman, oracle (the image), work, bin, units, container, mounts. Who sets `service`, the name
# of a unit, can look at it with show and its kin.
#
#   PODMAN   the command, with options; the default is podman with a store of its own below build/
#   ORACLE   an image with systemd; the default is Debian trixie's, made here. Who sets `packages` first has one with these, ORACLE
#            or not; who sets `image` first, that one, or a skip
[[ $EUID == 0 ]] || skip_all "containers of another user need root"
command -v podman >/dev/null || skip_all "no podman"
built=$(realpath "${BUILD:-build}")
mkdir -p "$built/image"
if [[ ${PODMAN:-} ]]; then
    read -r -a podman <<<"$PODMAN"
    image_options=()
else
    image_podman "$built/image"
fi
oracle=${ORACLE:-localhost/reeve-oracle:trixie}
[[ ! ${packages:-} ]] || oracle=localhost/reeve-oracle-${packages// /-}:trixie
oracle_image() {
    PODMAN="${podman[*]}" images/base.sh -i localhost/reeve-base:trixie trixie &&
        "${podman[@]}" build -q --network host "${image_options[@]}" -t "$oracle" -f - . <<FILE
FROM localhost/reeve-base:trixie
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends systemd systemd-sysv dbus ${packages:-}
FILE
}
oracle=${image:-$oracle}
"${podman[@]}" image exists "$oracle" || [[ ! ${image:-} ]] || skip_all "no image $image"
"${podman[@]}" image exists "$oracle" || ok "an image with systemd" oracle_image || done_testing

work=$(mktemp -d)
chmod 0755 "$work"
container=reeve-notify-$$ manager=''
end() {
    "${podman[@]}" rm -f -v -t 0 "$container" >/dev/null 2>&1
    [[ -z $manager ]] || kill -KILL "$manager" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT
# The programs of this build, and what they are linked with here: the container may be of another release.
bin=$work/bin lib=$work/lib units=$work/units
install -D -t "$bin" "$built"/{reeve,reevectl,reeve-log,reeve-health} "$built/tests/tool_manager"
mkdir "$lib" "$units" "$work/flags"
chmod 0777 "$work/flags"
ldd "$bin"/reeve* | awk '$2 == "=>" && $3 !~ /\/(libc|libm|ld-linux.*|libpthread|libdl)\.so/ { print $3 }' | sort -u | xargs cp -L -t "$lib"
unit() {
    cat >"$units/$1"
}
unit probed.service <<'UNIT'
[Service]
ExecStart=tail -f /dev/null
[X-Reeve]
HealthCmd=/usr/bin/test -e /flags/well
HealthInterval=200ms
HealthStartInterval=100ms
HealthStartPeriod=60s
HealthRetries=1
UNIT
unit default.target <<'UNIT'
[Unit]
Wants=probed.service
UNIT
mounts=(-v "$bin:/usr/local/bin:ro" -v "$lib:/opt/lib:ro" -v "$units:/etc/reeve/units" -v "$work/flags:/flags")
# past SECONDS: since `begin`
past() {
    local now
    now=$(uptime_now)
    ((${now%.*} > ${begin%.*} + $1))
}

# --- where systemd is PID 1 of the container ---
inside() {
    "${podman[@]}" exec "$container" "$@"
}
is_booted() {
    [[ $(inside systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]
}
show() {
    inside systemctl show --value -p "$1" "$service"
}
is_show() {
    [[ $(show "$1") =~ $2 ]]
}
told() {
    diag "$(inside journalctl -u "$service" -n 40 --no-pager 2>&1)"
}
journal() {
    inside journalctl -u "$service" --no-pager | grep -q "$1"
}
# More often than `was`, and by another process than `main`.
is_restarted() {
    (($(show NRestarts) > was)) && [[ $(show MainPID) != "$main" ]]
}
# WATCHDOG=1 has come five seconds after `alive`, which is WatchdogTimestampMonotonic of then.
is_alive_later() {
    (($(show WatchdogTimestampMonotonic) > alive + 5000000))
}
says_twice() {
    (($(inside journalctl -u "$service" --no-pager | grep -c "$1") >= 2))
}

# --- what holds whoever starts reeve: assertions of both notify.sh and quadlet_notify.sh ---
test_start() {
    local status
    inside systemctl start --no-block "$service"
    ok "start: not ready while a probe is not good" wait_until 60 is_show StatusText '^starting: probed.service' || told
    is "$(show ActiveState)" activating "start: systemd waits"
    touch "$work/flags/well"
    ok "start: it is once that is good" wait_until 30 is_show ActiveState '^active$' || told
    is "$(show StatusText)" "healthy: all units are well" "start: the word"
    status=$(inside systemctl status "$service")
    like "$status" 'Status: "healthy: all units are well"' "systemctl status shows it"
    like "$status" 'active \(running\)' "and that it runs"
}
test_stuck() {
    main=$(show MainPID) was=$(show NRestarts)
    rm "$work/flags/well"
    ok "unhealthy: the status names the cause" wait_until 30 is_show StatusText '^unhealthy: probed.service is unhealthy'
    ok "stuck: systemd restarts it" wait_until 120 is_restarted || told
    ok "stuck: it said why" journal 'the pod is stuck, so WATCHDOG=1 is withheld: unhealthy: probed.service'
    touch "$work/flags/well"
    ok "stuck: it comes back" wait_until 60 is_show ActiveState '^active$' || told
}
# test_frozen PID: reeve's, in the container
test_frozen() {
    main=$(show MainPID) was=$(show NRestarts)
    inside sh -c "kill -STOP $1"
    ok "frozen: systemd restarts it" wait_until 120 is_restarted || told
    ok "frozen: it comes back" wait_until 60 is_show ActiveState '^active$' || told
}
