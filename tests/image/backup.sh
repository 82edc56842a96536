#!/bin/bash
# time limit: 900
# units/backup.sh: what Redis keeps is saved while the pod runs, lost, and brought back; a file that is none changes nothing.
# In the container of all. Root and the network are needed.
self=$(realpath "$0")
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/shell/pod_lib.sh
. tests/shell/pod_lib.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
# shellcheck source=tests/image/deploy_lib.sh
. tests/image/deploy_lib.sh
deploy_begin
if [[ -z ${OWN_NETWORK:-} ]]; then
    ok "the image of all" deploy_images all || done_testing
fi
own_network "$self"
work=$(mktemp -d /var/tmp/reeve-backup.XXXXXX)
container=reeve-backup-$$
trap '"${podman[@]}" rm -f -v -t 0 "$container" >/dev/null 2>&1; rm -rf "$work"' EXIT
pod_log=$work/log
ok "the pod" "${podman[@]}" run -d --name "$container" --network host --user 1001 --read-only --cap-drop=all \
    --security-opt no-new-privileges --tmpfs /tmp "$(image_name all)"
wait_healthy "$patience" "healthy" || { "${podman[@]}" logs "$container" >"$pod_log"; diag "$(tail -n 20 "$pod_log")"; done_testing; }

redis() {
    "${podman[@]}" exec "$container" redis-cli "$@"
}
backup() {
    PODMAN="${podman[*]}" units/backup.sh "$1" -c "$container" "$2"
}
redis set deposit 42 >/dev/null
before=$(redis dbsize)
datahub=$("${podman[@]}" exec "$container" reevectl show -P MainPID datahub)
ok "save" backup save "$work/saved.tar"
is "$("${podman[@]}" exec "$container" reevectl show -P MainPID datahub)" "$datahub" "save: DataHub was not disturbed"
is "$(redis config get auto-aof-rewrite-percentage | tail -n 1)" 100 "save: Redis may rewrite its file again"

redis set deposit 0 >/dev/null
redis flushall >/dev/null
is "$(redis get deposit)" "" "all is lost"

head -c 3000 /dev/urandom >"$work/noise.tar"
not_ok "restore: a file that is none" backup restore "$work/noise.tar"
is "$("${podman[@]}" exec "$container" reevectl show -P MainPID datahub)" "$datahub" "restore: such a file stops nothing"
# A tar with a manifest, but with something that Redis does not understand.
mkdir "$work/broken"
tar -C "$work/broken" -xf "$work/saved.tar"
for part in "$work"/broken/appendonlydir/*.aof; do
    echo "this is no command" >"$part"
done
tar -C "$work/broken" -cf "$work/broken.tar" appendonlydir
not_ok "restore: a damaged file" backup restore "$work/broken.tar"
is "$("${podman[@]}" exec "$container" reevectl show -P MainPID datahub)" "$datahub" "restore: neither does that one"

# One that Redis' own check passes, but Redis does not: found out only by the start.
tar -C "$work/broken" -xf "$work/saved.tar"
for part in "$work"/broken/appendonlydir/*.incr.aof; do
    # shellcheck disable=SC2016 # a length in Redis' protocol
    printf '*1\r\n$9\r\nNOCOMMAND\r\n' >>"$part"
done
tar -C "$work/broken" -cf "$work/unknown.tar" appendonlydir
redis set witness 1 >/dev/null
not_ok "restore: a file that Redis does not start with" backup restore "$work/unknown.tar"
is "$(redis get witness)" 1 "restore: then the data is as it was"
wait_healthy "$patience" "restore: and the pod runs"

# What an earlier restore has put aside, and did not come to put back or remove.
there() {
    "${podman[@]}" exec "$container" /bin/sh -c "cd /var/lib/reeve/traderterminal/redis && $1"
}
there "cp -a appendonlydir replaced && echo original >replaced/witness"
not_ok "restore: an earlier one was cut off" backup restore "$work/saved.tar"
is "$(there "cat replaced/witness"):$(redis get witness)" original:1 "restore: then what it had put aside stays, and so does the data"
there "rm -r replaced"

begin=${EPOCHREALTIME/./}
ok "restore" backup restore "$work/saved.tar"
diag "it took $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
is "$(redis get deposit)" 42 "what was saved is there again"
after=$(redis dbsize)
ok "with all the rest: $before keys before, $after after" test "$after" -ge "$before"
wait_healthy "$patience" "the pod is healthy"
is "$("${podman[@]}" exec "$container" /bin/sh -c 'ls /var/lib/reeve/traderterminal/redis' | grep -cE 'restored|replaced')" 0 \
    "nothing is left over"
ok "podman stop" "${podman[@]}" stop --time 30 "$container"

# ---- without a container: of the pod of make run, Redis alone --------------------------------------------------------------
mkdir -m 0755 "$work/state"
REEVE_STATE=$work/state "$BUILD/reeve" --isolate --units units/pod --target redis.service >"$work/isolate.log" 2>&1 </dev/null &
launcher=$!
inside_here() {
    REEVE_STATE=$work/state "$BUILD/reevectl" "$@"
}
answers() {
    redis-cli ping && inside_here is-active redis
}
here() {
    BUILD=$build REEVE_STATE=$work/state units/backup.sh "$@"
}
if wait_until "$patience" answers; then
    redis-cli set deposit 43 >/dev/null
    ok "make run: save" here save "$work/here.tar"
    redis-cli flushall >/dev/null
    ok "make run: restore" here restore "$work/here.tar"
    is "$(redis-cli get deposit)" 43 "make run: what was saved is there again"
    is "$(inside_here is-active datahub)" inactive "make run: what did not run before does not run now"
else
    fail "make run: Redis"
    diag "$(tail -n 20 "$work/isolate.log")"
fi
kill -TERM "$launcher"
wait "$launcher"
is "$?" 0 "make run: ends with 0"

# ---- with a password, as images/README.md has it --------------------------------------------------------------------------
secrets=$(mktemp -d "$BUILD/image/secrets.XXXXXX")
trap '"${podman[@]}" rm -f -v -t 0 "$container" >/dev/null 2>&1; rm -rf "$work" "$secrets"' EXIT
chmod 0755 "$secrets"
echo 's3cret' >"$secrets/redis"
echo 'requirepass s3cret' >"$secrets/redis.conf"
mkdir -p "$secrets/units/redis.service.d"
printf '[X-Reeve]\nHealthCmd=\nHealthCmd=redis://127.0.0.1:6379?password-file=%s\n' "$secrets/redis" >"$secrets/units/redis.service.d/password.conf"
chmod -R go+rX "$secrets"
export REDIS_BIND=127.0.0.1 REDIS_OPTIONS="--include $secrets/redis.conf"
REEVE_STATE=$work/state "$BUILD/reeve" --isolate --units "$secrets/units" --units units/image/redis --units units/pod \
    --target redis.service >"$work/isolate.log" 2>&1 </dev/null &
launcher=$!
is_healthy() {
    [[ $(inside_here show -P ReeveHealth redis) == healthy ]]
}
if ok "a password: Redis is healthy" wait_until "$patience" is_healthy; then
    like "$(redis-cli ping)" NOAUTH "a password: Redis asks for it"
    not_ok "a password: save without it" here save "$work/unasked.tar"
    not_ok "a password: then there is no file" test -e "$work/unasked.tar"
    REDIS_PASSWORD_FILE=$secrets/redis
    export REDIS_PASSWORD_FILE
    ok "a password: save with it" here save "$work/asked.tar"
    ok "a password: restore" here restore "$work/asked.tar"
    ok "a password: Redis is healthy after it" wait_until "$patience" is_healthy
else
    diag "$(tail -n 20 "$work/isolate.log")"
fi
kill -TERM "$launcher"
wait "$launcher"
is "$?" 0 "a password: ends with 0"
done_testing
