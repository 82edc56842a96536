#!/bin/bash
# time limit: 7200
# The four images: what is in them and what is not, that two builds have the same digest, and that the one with everything
# runs locked with its ports published. Root and the network are needed. IMAGE_BUILD=full starts from a clean clone of HEAD
# and compiles inside of the images, twice: some half an hour. IMAGES="redis datahub" for these only.
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
names=(all redis datahub kairos)
[[ ${IMAGE_BUILD:-} != full ]] || names=(all)
[[ ! ${IMAGES:-} ]] || read -r -a names <<<"$IMAGES"

digest() {
    "${podman[@]}" image inspect --format '{{.Digest}}' "$(image_name "$1")"
}

if [[ -z ${OWN_NETWORK:-} ]]; then
    if [[ ${IMAGE_BUILD:-} == full ]]; then
        clone=$(mktemp -d /var/tmp/reeve-clone.XXXXXX)
        trap 'rm -rf "$clone"' EXIT
        git clone -q . "$clone"
        cd "$clone" || exit 1
    fi
    # A layer that podman has already would prove nothing; and one of an older commit has that commit's time.
    image_options+=(--no-cache)
    ok "images/build.sh: ${names[*]}" deploy_images "${names[@]}" || done_testing
    declare -A first=()
    for name in "${names[@]}"; do
        first[$name]=$(digest "$name")
        diag "$name: $("${podman[@]}" image inspect --format '{{.Size}}' "$(image_name "$name")") bytes"
    done
    again() {
        tag="again"
        deploy_images "$@"
    }
    ok "the same once more" again "${names[@]}" || done_testing
    for name in "${names[@]}"; do
        is "$(tag=again digest "$name")" "${first[$name]}" "$name: the second build has the digest of the first"
    done
    cd "$(dirname "$self")/../.." || exit 1
    [[ ! ${clone:-} ]] || rm -rf "$clone"
fi
tag="test"

# ---- what is in them --------------------------------------------------------------------------------------------------
# A compiler, a package cache, somebody else's programs to fetch things: nothing of that.
# shellcheck disable=SC2016 # for the shell in there
contents() {
    "${podman[@]}" run --rm --no-healthcheck --network none --entrypoint /bin/sh "$(image_name "$1")" -c '
        for program in cc gcc make ld npm node git curl wget python3; do
            command -v $program
        done
        find /var/lib/apt/lists /var/cache/apt /usr/src /usr/local/lib /tmp -type f
        test "$(id -u)" = 1001 || id'
}
units_of() {
    "${podman[@]}" run --rm --no-healthcheck --network none --entrypoint /bin/sh "$(image_name "$1")" -c \
        'cd /usr/lib/reeve/pod && echo *.service'
}
bill_of() {
    "${podman[@]}" run --rm --no-healthcheck --network none --entrypoint /bin/cat "$(image_name "$1")" \
        /usr/share/doc/reeve/sbom.cdx.json | jq -r '[.bomFormat, .components[].name, ""] | join(" ")'
}
declare -A units=([all]="chromium datahub kairos redis xvfb" [redis]="redis" [datahub]="datahub redis"
    [kairos]="chromium datahub kairos xvfb")
config() {
    "${podman[@]}" image inspect --format "$2" "$(image_name "$1")"
}
if [[ -z ${OWN_NETWORK:-} ]]; then
    for name in "${names[@]}"; do
        is "$(contents "$name")" "" "$name: no compiler, no cache, no other user"
        like "$(bill_of "$name")" '^CycloneDX .* (redis-server|libmicrohttpd12) ' "$name: a bill of what it is made of"
        is "$(units_of "$name" | sed 's/[.]service//g')" "${units[$name]}" "$name: its own units"
        is "$(config "$name" '{{.User}} {{.Config.StopSignal}} {{.Config.Entrypoint}}')" "1001 SIGTERM [/usr/bin/reeve]" \
            "$name: user, stop signal, entry point"
        like "$(config "$name" '{{json .HealthCheck}}')" 'reevectl.*health' "$name: health check by reevectl"
        is "$(config "$name" '{{index .Labels "org.opencontainers.image.version"}}')" \
            "$(sed -n 's/^VERSION *:= *//p' GNUmakefile)" "$name: its label says our version"
    done
fi
[[ " ${names[*]} " == *" all "* ]] || done_testing
own_network "$self"

# ---- running ----------------------------------------------------------------------------------------------------------
container=reeve-images-$$
trap '"${podman[@]}" rm -f -v -t 0 "$container" >/dev/null 2>&1' EXIT
ok "locked, with published ports" "${podman[@]}" run -d --name "$container" --user 1001 --read-only --cap-drop=all \
    --security-opt no-new-privileges --tmpfs /tmp -p 127.0.0.1:8080:8080 -p 127.0.0.1:8081:8081 -p 127.0.0.1:8090:8090 \
    "$(image_name all)"
if wait_until 90 pod_healthy; then
    pass "healthy, asked from outside"
else
    fail "healthy, asked from outside"
    diag "$("${podman[@]}" logs "$container" 2>&1 | tail -n 30)"
fi
for port in 8080 8081; do
    is "$(curl -s -o /dev/null -w '%{http_code}' -m 5 "http://127.0.0.1:$port/")" 200 "port $port answers"
done
ok "podman healthcheck run" "${podman[@]}" healthcheck run "$container"
diag "memory: $("${podman[@]}" stats --no-stream --format '{{.MemUsage}}' "$container" 2>&1)"
begin=$(uptime_now)
ok "podman stop" "${podman[@]}" stop --time 30 "$container"
end=$(uptime_now)
ok "it took less than 10 seconds ($begin to $end)" test $((${end%.*} - ${begin%.*})) -lt 10
is "$("${podman[@]}" inspect --format '{{.State.ExitCode}}' "$container")" 0 "exit code 0"
done_testing
