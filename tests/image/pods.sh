#!/bin/bash
# lock: names
# One aardvark-dns answers for all networks of a store, in the network namespace of who came first.
# time limit: 1800
# Three containers instead of one: units/kube/traderterminal-pod.yaml by `podman kube play`, and the compose files by
# whichever compose is here, for production and for development with a program that changes. Root and the network are needed.
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
    ok "the three images" deploy_images redis datahub kairos || done_testing
fi
own_network "$self"
work=$(mktemp -d /var/tmp/reeve-pods.XXXXXX)
chmod 755 "$work"

# is_well PORT...: each health port says so
is_well() {
    local port
    for port; do
        [[ $(get "http://127.0.0.1:$port/health" 2>/dev/null | jq -r .status) == healthy ]] || return 1
    done
}
# DataHub answers from Redis, and Kairos has read a price from DataHub's page in Chromium.
has_price() {
    get http://127.0.0.1:8081/runs 2>/dev/null | jq -r '.. | .state? // empty' | grep -qx succeeded
}
answers() {
    is "$(get http://127.0.0.1:8080/health | jq -r .redis.state)" connected "$1: DataHub keeps its candles in Redis"
    ok "$1: Kairos has read a price from DataHub's page" wait_until "$patience" has_price || diag "$(get http://127.0.0.1:8081/runs | head -c 800)"
}
# locked CONTAINER TEXT
locked() {
    local pid
    pid=$("${podman[@]}" inspect --format '{{.State.Pid}}' "$1")
    is "$(awk '/^Uid:|^CapBnd:|^NoNewPrivs:/ { print $2 }' "/proc/$pid/status" | tr '\n' ' ')" "1001 0000000000000000 1 " \
        "$2: uid 1001, no capability to gain, no_new_privs"
    is "$("${podman[@]}" inspect --format '{{.HostConfig.ReadonlyRootfs}}' "$1")" true "$2: read-only"
}

# ---- podman kube play -------------------------------------------------------------------------------------------------
yaml=$work/traderterminal-pod.yaml
sed -E "s#image: localhost/traderterminal-([a-z]+):latest#image: $prefix-\1:$tag#" units/kube/traderterminal-pod.yaml >"$yaml"
# shellcheck disable=SC2329 # by trap
clean_up() {
    "${podman[@]}" kube down "$yaml" >/dev/null 2>&1
    "${podman[@]}" volume rm -f traderterminal-redis traderterminal-kairos >/dev/null 2>&1
    for kind in prod dev; do
        [[ ! -x $work/podman ]] || compose clean >/dev/null 2>&1
    done
    [[ ! -e $work/page ]] || cmp -s "$work/page" "$page" || change_back >/dev/null 2>&1
    rm -rf "$work"
}
trap clean_up EXIT
ok "podman kube play" "${podman[@]}" kube play "$yaml"
# Only DataHub's health port is published; the others are asked inside.
others_are_well() {
    "${podman[@]}" exec traderterminal-redis reevectl health && "${podman[@]}" exec traderterminal-kairos reevectl health
}
logs() {
    local name
    for name in "$@"; do
        diag "$name: $("${podman[@]}" logs "$name" 2>&1 | tail -n 15)"
    done
}
if wait_until "$patience" is_well 8090 && wait_until "$patience" others_are_well; then
    pass "kube: the three containers are healthy"
else
    fail "kube: the three containers are healthy"
    logs traderterminal-redis traderterminal-datahub traderterminal-kairos
fi
answers kube
for part in redis datahub kairos; do
    locked "traderterminal-$part" "kube: $part"
    is "$("${podman[@]}" inspect --format '{{.HostConfig.Memory}}' "traderterminal-$part" | grep -vcx 0)" 1 \
        "kube: $part has a limit of memory"
done
pid_of() {
    "${podman[@]}" inspect --format '{{.State.Pid}}' "$1"
}
old=$(pid_of traderterminal-redis)
kill -9 "$old"
is_again() {
    local new
    new=$(pid_of traderterminal-redis)
    [[ $new != "$old" && $new != 0 ]] && others_are_well && is_well 8090 &&
        [[ $(get http://127.0.0.1:8080/health | jq -r .redis.state) == connected ]]
}
ok "kube: Redis' container killed, it is there again" wait_until "$patience" is_again
ok "podman kube down" "${podman[@]}" kube down "$yaml"

# ---- compose ----------------------------------------------------------------------------------------------------------
printf '#!/bin/bash\nexec %s "$@"\n' "$(printf '%q ' "${podman[@]}")" >"$work/podman"
chmod 755 "$work/podman"
compose() {
    # BUILD as make knows it: another word for it would mean other flags, and compiling anew.
    TIMEOUT=$patience BUILD=$build PODMAN=$work/podman PREFIX=$prefix TAG=$tag "units/compose/dev-compose.sh" -f "$kind" "$@"
}
kind=prod
# What runs of production, and what it keeps.
belongings() {
    "${podman[@]}" ps -q --no-trunc --filter label=io.podman.compose.project=traderterminal | sort
    "${podman[@]}" volume ls -q | grep '^traderterminal_' | sort
}
if ! command -v podman-compose >/dev/null; then
    skip "no podman-compose" "compose: production"
    skip "no podman-compose" "compose: development"
    done_testing
fi
diag "$(podman-compose --version 2>&1 | grep -i compose)"
if ok "compose, production: start waits until each part is healthy" compose start; then
    answers "compose, production"
    for part in redis datahub kairos; do
        locked "traderterminal_${part}_1" "compose, production: $part"
    done
    ok "compose, production: Kairos reaches DataHub" compose exec kairos \
        reevectl --timeout=2 health --url=http://datahub:8090/health
    not_ok "compose, production: Kairos cannot reach Redis" compose exec kairos \
        reevectl --timeout=2 health --url=http://redis:8090/health
    like "$(compose status 2>&1)" 'redis.service +active running healthy' "compose, production: status shows the units"
    # All data of production would be lost by a word for development.
    before=$(belongings)
    kind=dev
    compose clean >/dev/null 2>&1
    kind=prod
    is "$(belongings)" "$before" "compose, production: development's clean leaves its containers and data"
fi
ok "compose, production: clean" compose clean
is "$("${podman[@]}" ps -aq --filter label=io.podman.compose.project=traderterminal)" "" "compose, production: nothing is left"
is "$("${podman[@]}" network ls --format '{{.Name}}' | grep '^traderterminal_')" "" "compose, production: no network is left"

# docker-compose speaks Docker's own language, which podman's service understands. Docker itself is not here.
engine_listens() {
    [[ -S $work/docker.sock ]]
}
docker_compose() {
    DOCKER_HOST=unix://$work/docker.sock COMPOSE=docker-compose compose "$@"
}
if command -v docker-compose >/dev/null; then
    "${podman[@]}" system service --time=0 "unix://$work/docker.sock" >"$work/service.log" 2>&1 &
    service=$!
    ok "docker-compose: an engine listens" wait_until "$patience" engine_listens || diag "$(cat "$work/service.log")"
    diag "$(docker-compose --version)"
    if ok "docker-compose, production: start waits until each part is healthy" docker_compose start; then
        answers "docker-compose, production"
        for part in redis datahub kairos; do
            locked "traderterminal_${part}_1" "docker-compose, production: $part"
        done
    fi
    ok "docker-compose, production: clean" docker_compose clean
    is "$("${podman[@]}" ps -aq --filter label=com.docker.compose.project=traderterminal)" "" "docker-compose, production: nothing is left"
    kill "$service"
    wait "$service" 2>/dev/null
else
    skip "no docker-compose" "docker-compose: production"
fi

# Development. The page is changed here and changed back, since in a clone all would be compiled anew.
kind=dev page=services/datahub/web/index.html
cp -p "$page" "$work/page"
change_back() {
    cp "$work/page" "$page" && make --no-print-directory "BUILD=$build" all
}
if ok "compose, development: start" compose start; then
    answers "compose, development"
    is "$(get http://127.0.0.1:8080/ | grep -c 'A change of this test')" 0 "compose, development: the page is as it was"
    # Another test that builds images now would have the change in them.
    exec {images}>"$BUILD/image/lock"
    flock "$images"
    begin=${EPOCHREALTIME/./}
    sed -i 's|</body>|<p>A change of this test</p></body>|' "$page"
    told=$(compose reload 2>&1 {images}>&-) || diag "$told"
    changed() {
        get http://127.0.0.1:8080/ | grep -q 'A change of this test'
    }
    ok "compose, development: reload shows the change" wait_until "$patience" changed || diag "$told"
    diag "from the change to the new answer: $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
    ok "the page is as it was" change_back {images}>&-
    exec {images}>&-
    like "$told" 'datahub restarted' "compose, development: DataHub was restarted"
    is "$(grep -c 'kairos restarted' <<<"$told")" 0 "compose, development: Kairos was not"
fi
ok "compose, development: clean" compose clean
is "$("${podman[@]}" ps -aq --filter label=io.podman.compose.project=traderterminal-dev)" "" "compose, development: nothing is left"
done_testing
