#!/bin/bash
# time limit: 1200
# DataHub whose Redis is watched by a Sentinel: two real Redis servers with a password, one of them the replica of the other. The
# primary is killed, and later asked to hand over; DataHub and its probe find who is the primary now, with the same history. Root.
self=$(realpath "$0")
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/shell/pod_lib.sh
. tests/shell/pod_lib.sh
build=${BUILD:-build} patience=300
BUILD=$(realpath "$build")
[[ $EUID == 0 ]] || skip_all "only root can have a network of its own"
server=$(command -v redis-server) || skip_all "redis-server is missing"
own_network "$self"
# Not below /tmp or /var/tmp: DataHub has its own ones.
work=$(mktemp -d "$BUILD/sentinel.XXXXXX")
chmod 755 "$work"
declare -A pids=()
# shellcheck disable=SC2329 # by trap
clean_up() {
    ((${#pids[@]} == 0)) || kill "${pids[@]}" 2>/dev/null
    wait
    rm -rf "$work"
}
trap clean_up EXIT
export REDISCLI_AUTH='s3 cret'

# start_redis PORT OPTION...
start_redis() {
    local port=$1
    shift
    mkdir -p "$work/$port"
    "$server" --bind 127.0.0.1 --port "$port" --dir "$work/$port" --requirepass "$REDISCLI_AUTH" --masterauth "$REDISCLI_AUTH" \
        "$@" >>"$work/$port/log" 2>&1 &
    pids[$port]=$!
}
is_role() {
    [[ $(redis-cli -p "$1" role 2>/dev/null | head -n 1) == "$2" ]]
}
has_synced() {
    [[ $(redis-cli -p "$1" role 2>/dev/null) == *connected* ]]
}
start_redis 6379
start_redis 6380 --replicaof 127.0.0.1 6379
cat >"$work/sentinel.conf" <<CONF
port 26379
bind 127.0.0.1
dir $work
sentinel monitor market 127.0.0.1 6379 1
sentinel auth-pass market "$REDISCLI_AUTH"
sentinel down-after-milliseconds market 2000
sentinel failover-timeout market 5000
CONF
ok "a primary" wait_until "$patience" is_role 6379 master
ok "and its replica" wait_until "$patience" has_synced 6380
"$server" "$work/sentinel.conf" --sentinel >"$work/sentinel.log" 2>&1 &
pids[sentinel]=$!
knows_replica() {
    env -u REDISCLI_AUTH redis-cli -p 26379 sentinel replicas market | grep -qx 6380
}
ok "a Sentinel knows both" wait_until "$patience" knows_replica || diag "$(tail -n 20 "$work/sentinel.log")"

# DataHub as in a container of its own. The first Sentinel of the list is dead.
mkdir "$work/state"
printf '%s\n' "$REDISCLI_AUTH" >"$work/password"
chmod 644 "$work/password"
REEVE_STATE=$work/state REDIS_PASSWORD_FILE=$work/password \
    DATAHUB_REDIS=redis-sentinel://127.0.0.1:26378,127.0.0.1:26379#market \
    "$BUILD/reeve" --isolate --units units/image/datahub --units units/pod --target datahub.service >"$work/log" 2>&1 </dev/null &
pids[reeve]=$!
inside() {
    REEVE_STATE=$work/state "$BUILD/reevectl" "$@"
}
told() {
    diag "$(tail -n 20 "$work/log")"
}
is_ready() {
    get -f -o /dev/null "$pod_url:8090/readyz"
}
is_connected() {
    [[ $(get "$pod_url:8080/health" 2>/dev/null | jq -r .redis.state) == connected ]]
}
is_disconnected() {
    [[ $(get "$pod_url:8080/health" 2>/dev/null | jq -r .redis.state) == disconnected ]]
}
# writes_to PORT: DataHub has written there a moment ago, and after the second `since`: what came by replication does not count
since=0
writes_to() {
    local time
    time=$(redis-cli -p "$1" hget datahub:SIM:BTCUSD:state time) && is_role "$1" master && (($(date +%s) - time < 5 && time > since))
}
is_written_by() {
    writes_to "$1" && is_connected && is_ready
}
uptime_ms() {
    local up
    up=$(uptime_now)
    echo "${up/./}0"
}
ok "DataHub is ready, and writes to the primary" wait_until "$patience" is_written_by 6379 || { told; done_testing; }
main=$(inside show -P MainPID datahub)
until=$(($(date +%s) / 60 * 60 - 120))
history() {
    get "$pod_url:8080/udf/history?symbol=BTCUSD&resolution=1&from=$((until - 86400))&to=$until"
}
has_a_day() {
    [[ $(history | jq '.t | length') == 1440 ]]
}
ok "it has a day of candles" wait_until "$patience" has_a_day || diag "$(history | head -c 300)"
before=$(history | sha256sum)
same_history() {
    [[ $(history | sha256sum) == "$before" ]]
}
has_all() {
    [[ $(redis-cli -p 6380 xlen datahub:SIM:BTCUSD:1) == "$(redis-cli -p 6379 xlen datahub:SIM:BTCUSD:1)" ]]
}
ok "so has the replica" wait_until "$patience" has_all

begin=$(uptime_ms)
kill -KILL "${pids[6379]}"
wait "${pids[6379]}" 2>/dev/null
ok "the primary is killed: DataHub says that it has no Redis" wait_until "$patience" is_disconnected
ok "the replica becomes the primary" wait_until "$patience" is_role 6380 master || diag "$(tail -n 20 "$work/sentinel.log")"
diag "after $(($(uptime_ms) - begin)) ms"
since=$(date +%s)
ok "DataHub writes to it, and the probe finds it ready" wait_until "$patience" is_written_by 6380 || told
diag "after $(($(uptime_ms) - begin)) ms"
ok "history is the same" wait_until "$patience" same_history
is "$(inside show -P MainPID datahub)" "$main" "DataHub was not restarted"

start_redis 6379
ok "the old primary comes back as a replica" wait_until "$patience" is_role 6379 slave
ok "and has caught up" wait_until "$patience" has_synced 6379
hand_over() {
    [[ $(env -u REDISCLI_AUTH redis-cli -p 26379 sentinel failover market) == OK ]]
}
ok "the primary is told to hand over" wait_until "$patience" hand_over
begin=$(uptime_ms)
ok "the other one is the primary" wait_until "$patience" is_role 6379 master
since=$(date +%s)
ok "DataHub writes to it" wait_until "$patience" is_written_by 6379 || told
diag "after $(($(uptime_ms) - begin)) ms"
ok "and the old one lives" wait_until "$patience" is_role 6380 slave
ok "history is the same" wait_until "$patience" same_history
is "$(inside show -P MainPID datahub)" "$main" "DataHub was not restarted"

kill "${pids[sentinel]}"
wait "${pids[sentinel]}"
since=$(date +%s)
ok "without any Sentinel DataHub goes on" wait_until "$patience" is_written_by 6379 ||
    diag "$(get "$pod_url:8080/health") $(get "$pod_url:8090/readyz?verbose")"
kill -TERM "${pids[reeve]}"
wait "${pids[reeve]}"
is "$?" 0 "the pod ends with 0"
done_testing
