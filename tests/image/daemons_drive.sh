#!/bin/bash
# Inside of a container of Containerfile.daemons: what becomes of Debian's units under the manager that is PID 1 here.
#
#   daemons_drive.sh systemctl|reevectl [UNIT...]
#
# For each unit: its state once it is started, whether it answers, its state after kill -9 of the main process, and after
# a stop, with what is left of it. The output must not depend on time: it is compared with a recording.
here=$(dirname "$(realpath "$0")")
# shellcheck source=tests/shell/tap.sh
. "$here/../shell/tap.sh"
ctl=$1
shift
session=$(ps -o sid= -p $$ | tr -d ' ')

# UNIT|COMMAND|what its output must contain. One after the other: many want the same port.
table=(
    "apache2.service|curl -s -o /dev/null -w %{http_code} http://127.0.0.1/|200"
    "beanstalkd.service|ask 11300 list-tubes|default"
    "cron.service|test -e /run/cron-has-run && echo yes|yes"
    "dnsmasq.service|dig +short @127.0.0.1 dnsmasq.test|192.0.2.1"
    "haproxy.service|curl -s http://127.0.0.1:8000/|haproxy"
    "knot.service|dig @127.0.0.1 knot.test|status: REFUSED"
    "lighttpd.service|curl -s -o /dev/null -w %{http_code} http://127.0.0.1/|200"
    "mariadb.service|mariadb -Ne 'select 6*7'|42"
    "memcached.service|ask 11211 version|VERSION"
    "mosquitto.service|mosquitto_pub -r -t reeve -m hello && mosquitto_sub -C 1 -W 5 -t reeve|hello"
    "named.service|dig +short @127.0.0.1 version.bind chaos txt|9."
    "nginx.service|curl -s -o /dev/null -w %{http_code} http://127.0.0.1/|200"
    "postgresql@17-main.service|setpriv --reuid postgres --regid postgres --clear-groups psql -Atc 'select 6*7'|42"
    "privoxy.service|curl -s -o /dev/null -w %{http_code} -x 127.0.0.1:8118 http://p.p/|200"
    "prometheus.service|curl -s http://127.0.0.1:9090/-/healthy|Healthy"
    "prometheus-node-exporter.service|curl -s http://127.0.0.1:9100/metrics|node_exporter_build_info"
    "redis-server.service|redis-cli ping|PONG"
    "rsyslog.service|logger -n 127.0.0.1 -P 514 -d reeve-\$count && grep reeve-\$count /var/log/syslog|reeve-"
    "ssh.service|ask 22 x|SSH-2.0"
    "squid.service|curl -s -o /dev/null -w %{http_code} -x 127.0.0.1:3128 http://192.0.2.1/ --max-time 5 || true; ask 3128 x|HTTP/1.1 400"
    "stunnel@test.service|openssl s_client -quiet -connect 127.0.0.1:8443|stunnel"
    "tinyproxy.service|curl -s -o /dev/null -w %{http_code} -x 127.0.0.1:8888 http://tinyproxy.stats/|200"
    "unbound.service|dig +short @127.0.0.1 unbound.test|192.0.2.2"
    "varnish.service|curl -s -o /dev/null -w %{http_code} http://127.0.0.1:6081/|503"
    "vsftpd.service|ask 21 QUIT|220"
)

# ask PORT LINE: what comes back
ask() {
    printf '%s\r\n' "$2" | ncat --idle-timeout 2s 127.0.0.1 "$1" 2>/dev/null
}
# All in one answer: asked one by one they would be of different moments.
look() {
    local key value
    while IFS='=' read -r key value; do
        seen[$key]=$value
    done < <("$ctl" show -p Type,ActiveState,SubState,Result,MainPID,NRestarts "$unit")
}
declare -A seen
state() {
    echo "${seen[ActiveState]} ${seen[SubState]} ${seen[Result]}"
}
answers() {
    count=$((count + 1))
    [[ $(eval "$command" 2>/dev/null </dev/null) == *"$wanted"* ]]
}
answer() {
    if wait_until 120 answers; then
        echo yes
    else
        echo no
    fi
}
# Neither on the way to somewhere nor with the main process that was killed.
is_settled() {
    look
    [[ ${seen[ActiveState]} =~ ^(active|inactive|failed)$ && ${seen[SubState]} != *-before-auto-restart &&
        ${seen[MainPID]} != "$killed" ]]
}
# Of other sessions than ours: what the test itself starts is in this one.
processes() {
    ps -e -o pid=,sid=,comm= | awk -v session="$session" '$2 != session { print $1, $3 }'
}
# What was not there before the start; systemd's own helpers come and go.
leftovers() {
    processes | awk -v before=" $before " 'index(before, " " $1 " ") == 0 && $2 !~ /^(systemd|\(sd-|agetty|dbus)/ { printf "%s ", $2 }'
}
is_gone() {
    [[ -z $(leftovers) ]]
}

# cron runs @reboot once after each boot, and knows that by this file.
fresh() {
    rm -f /run/crond.reboot /run/cron-has-run
}

try_unit() {
    local status
    before=$(processes | cut -d' ' -f1 | tr '\n' ' ')
    fresh
    "$ctl" start "$unit" >/dev/null 2>&1
    status=$?
    look
    echo "start: $status ${seen[Type]} $(state), answers: $(answer)"
    look
    killed=${seen[MainPID]}
    fresh
    # 0 would be all of us.
    ((killed > 0)) && kill -KILL "$killed"
    wait_until 60 is_settled
    echo "kill -9: $(state), restarts ${seen[NRestarts]}"
    if [[ ${seen[ActiveState]} != active ]]; then
        "$ctl" start "$unit" >/dev/null 2>&1
        status=$?
        look
        echo "start: $status $(state)"
    fi
    echo "answers: $(answer)"
    # Its socket would start it again with the next message.
    [[ $ctl != systemctl || $unit != rsyslog.service ]] || systemctl stop syslog.socket
    "$ctl" stop "$unit" >/dev/null 2>&1
    status=$?
    look
    echo "stop: $status $(state)"
    wait_until 10 is_gone
    echo "left: $(leftovers)"
}

for row in "${table[@]}"; do
    IFS='|' read -r unit command wanted <<<"$row"
    # The command may have a | of its own: the last one divides.
    wanted=${row##*|}
    command=${row#*|}
    command=${command%|*}
    (($# == 0)) || [[ " $* " == *" $unit "* ]] || continue
    echo "=== $unit"
    count=0
    try_unit
done
