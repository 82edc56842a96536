#!/bin/bash
# time limit: 1800
# units/systemd by Quadlet, on Debian 13's podman and systemd. First the files, through the generator and systemd-analyze verify, for
# the system and for a user. Then systemd is PID 1 of a container, and the unit of single/ is started, killed, updated by `podman
# auto-update`, rolled back where the update does not get healthy, and stopped. There the image of Redis stands in for that of all,
# which would take long to copy. Root and the network are needed.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
# shellcheck source=tests/image/deploy_lib.sh
. tests/image/deploy_lib.sh
deploy_begin
image_systemd_options
here=$PWD

ok "a base of Debian 13" deploy_base13 || done_testing
ok "Debian 13 with podman" deploy_made "$prefix-quadlet:$tag" <<'FILE' || done_testing
FROM localhost/reeve-base:trixie
RUN apt-get -q update && apt-get -q -y --no-install-recommends install systemd systemd-sysv dbus podman crun netavark aardvark-dns nftables
FILE

# ---- the generator ----------------------------------------------------------------------------------------------------
# quadlet DIRECTORY OPTION...: what the generator makes of the files, and what systemd says of that.
# shellcheck disable=SC2016 # for the shell in there
quadlet() {
    "${podman[@]}" run --rm --network none -v "$here/units:/units:ro" -e "QUADLET_UNIT_DIRS=/units/systemd/$1" \
        "$prefix-quadlet:$tag" /bin/sh -c '
            export XDG_RUNTIME_DIR=/run SYSTEMD_LOG_TARGET=console
            mkdir /generated
            /usr/libexec/podman/quadlet $1 -no-kmsg-log /generated >/generated/log 2>&1 || { cat /generated/log; exit 1; }
            ! grep -iE "error|unsupported|unknown|warning" /generated/log || exit 1
            cd /generated && echo *.service
            systemd-analyze verify --man=no ${1:+--user} ./*.service 2>&1' quadlet "${2:-}" 2>&1
}
for user in '' -user; do
    for directory in single pod kube; do
        case $directory in
        single) wanted="traderterminal-build.service traderterminal-network.service traderterminal-volume.service traderterminal.service" ;;
        pod)
            wanted="traderterminal-datahub.service traderterminal-kairos-volume.service traderterminal-kairos.service"
            wanted+=" traderterminal-network.service traderterminal-pod.service traderterminal-redis-volume.service"
            wanted+=" traderterminal-redis.service"
            ;;
        kube) wanted="traderterminal-network.service traderterminal.service" ;;
        esac
        is "$(quadlet "$directory" $user)" "$wanted" "Quadlet ${user:--system}: $directory/ becomes units that systemd accepts"
    done
done
command_line() {
    "${podman[@]}" run --rm --network none -v "$here/units:/units:ro" -e QUADLET_UNIT_DIRS=/units/systemd/single \
        "$prefix-quadlet:$tag" /usr/libexec/podman/quadlet -dryrun 2>/dev/null | grep '^ExecStart=.* run '
}
line=$(command_line)
for option in --sdnotify=healthy '--cap-drop all' --read-only '--user 1001' --security-opt=no-new-privileges \
    '--health-cmd "/usr/bin/reevectl health"' '--label io.containers.autoupdate=local' \
    '--publish 127.0.0.1:8080:8080'; do
    ok "podman run is given $option" grep -qF -e "$option" <<<"$line"
done

# ---- started ----------------------------------------------------------------------------------------------------------
ok "the image of Redis" deploy_images redis || done_testing
container=reeve-quadlet-$$
trap '"${podman[@]}" rm -f -v -t 0 "$container" >/dev/null 2>&1' EXIT
ok "systemd as PID 1 of a container" "${podman[@]}" run -d --name "$container" --network none --tmpfs /run --tmpfs /tmp \
    "${systemd_options[@]}" --privileged -v /var/lib/containers "$prefix-quadlet:$tag" /sbin/init || done_testing
inside() {
    "${podman[@]}" exec -i "$container" "$@"
}
is_booted() {
    [[ $(inside systemctl is-system-running 2>/dev/null) =~ ^(running|degraded)$ ]]
}
wait_until "$patience" is_booted || { fail "systemd comes up"; done_testing; }
diag "$(inside systemctl --version | head -n 1), $(inside podman --version)"
image=localhost/traderterminal:latest
copy_image() {
    "${podman[@]}" save -q "$(image_name redis)" | inside podman load -q && inside podman tag "$(image_name redis)" "$image"
}
ok "the image is in its store" copy_image || done_testing
put() {
    # shellcheck disable=SC2016 # for the shell in there
    inside sh -c 'mkdir -p "${1%/*}" && cat >"$1"' put "$1"
}
for file in container volume network; do
    put "/etc/containers/systemd/traderterminal.$file" <"units/systemd/single/traderterminal.$file"
done
# A container in a container has no cgroup to split. Less patience than the unit's own, else the test would take minutes.
put /etc/containers/systemd/traderterminal.container.d/test.conf <<'CONF'
[Container]
PodmanArgs=--cgroups=disabled
HealthInterval=2s
HealthStartPeriod=5s
CONF
inside systemctl daemon-reload
show() {
    inside systemctl show --value -p "$1" traderterminal.service
}
told() {
    diag "$(inside journalctl -u traderterminal.service -n 30 --no-pager 2>&1)"
}
# state: the label of the image that runs, and whether it is well
state() {
    inside podman ps --filter name=traderterminal --format '{{.Labels.update}} {{.Status}}' | sed 's/Up .*(/(/'
}
is_well() {
    [[ $(show ActiveState) == active && $(state) == "$1 (healthy)" ]]
}
redis() {
    inside podman exec traderterminal redis-cli "$@"
}
ok "start: returns when the pod is well" inside systemctl start traderterminal.service || told
ok "start: healthy" wait_until "$patience" is_well "<no value>" || { told; diag "$(state)"; }
# shellcheck disable=SC2016 # for awk
is "$(inside podman exec traderterminal awk '/^Uid:|^CapBnd:|^NoNewPrivs:/ { print $2 }' /proc/1/status | tr '\n' ' ')" \
    "1001 0000000000000000 1 " "start: uid 1001, no capability to gain, no_new_privs"
main=$(show MainPID)
ok "the container is killed" inside podman kill -s KILL traderterminal
is_another() {
    [[ $(show MainPID) != @(0|"$main") ]] && is_well "<no value>"
}
ok "the container is killed: there is another one" wait_until "$patience" is_another || told

# ---- updated ----------------------------------------------------------------------------------------------------------
# made_inside NAME: an image in there that differs from Redis' by its label, and by the files of /var/NAME
made_inside() {
    put "/var/$1/Containerfile" <<FILE
FROM $(image_name redis)
COPY . /etc/reeve/units/redis.service.d/
LABEL update=$1
FILE
    inside podman build -q --format docker -t "$image" "/var/$1" >/dev/null
}
updated() {
    inside podman auto-update "$@" --format '{{.Updated}}'
}
redis set kept 1 >/dev/null
is "$(updated --dry-run)" false "auto-update: there is nothing to do"
put /var/good/more.conf <<<'# nothing'
ok "a newer image" made_inside good
is "$(updated --dry-run)" pending "auto-update --dry-run finds it"
is "$(updated)" true "auto-update takes it" || told
ok "it runs, and is healthy" wait_until "$patience" is_well good || { told; diag "$(state)"; }
is "$(redis get kept)" 1 "with the data"
put /var/bad/more.conf <<<$'[X-Reeve]\nHealthCmd=/bin/false\nHealthStartPeriod=1s'
ok "a newer image that does not get healthy" made_inside bad
begin=$(uptime_now)
is "$(updated)" "rolled back" "auto-update goes back" || told
diag "from $begin to $(uptime_now)"
ok "what ran before runs again, and is healthy" wait_until "$patience" is_well good || { told; diag "$(state)"; }
is "$(redis get kept)" 1 "with the data"
ok "stop" inside systemctl stop traderterminal.service
is "$(show Result) $(show ActiveState)" "success inactive" "stop: success"
done_testing
