#!/bin/bash
# time limit: 7200
# The four images: what is in them and what is not, and that two builds have the same digest. Root and the network are needed.
# IMAGE_BUILD=full starts from a clean clone of HEAD and compiles inside of the images, twice. IMAGES="redis datahub" for these only.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
# shellcheck source=tests/image/deploy_lib.sh
. tests/image/deploy_lib.sh
deploy_begin
names=(all redis datahub kairos)
# What the other two are made of is in these.
twice=(all redis)
[[ ${IMAGE_BUILD:-} != full ]] || names=(all) twice=(all)
[[ ! ${IMAGES:-} ]] || read -r -a names <<<"$IMAGES"
[[ ! ${IMAGES:-} ]] || twice=("${names[@]}")
here=$PWD

digest() {
    "${podman[@]}" image inspect --format '{{.Digest}}' "$(image_name "$1")"
}
# A layer that podman has already would prove nothing; and one of an older commit has that commit's time.
build_anew() {
    local -a image_options=("${image_options[@]}" --no-cache)
    deploy_forget "$@"
    deploy_images "$@"
}

if [[ ${IMAGE_BUILD:-} == full ]]; then
    clone=$(mktemp -d /var/tmp/reeve-clone.XXXXXX)
    trap 'rm -rf "$clone"' EXIT
    git clone -q . "$clone"
    cd "$clone" || exit 1
fi
ok "images/build.sh: ${twice[*]}" build_anew "${twice[@]}" || done_testing
declare -A first=()
for name in "${twice[@]}"; do
    first[$name]=$(digest "$name")
done
tag=again
ok "the same once more" build_anew "${twice[@]}" || done_testing
for name in "${twice[@]}"; do
    is "$(digest "$name")" "${first[$name]}" "$name: the second build has the digest of the first"
done
tag="test"
ok "images/build.sh: ${names[*]}" deploy_images "${names[@]}" || done_testing
for name in "${names[@]}"; do
    diag "$name: $("${podman[@]}" image inspect --format '{{.Size}}' "$(image_name "$name")") bytes"
done
cd "$here" || exit 1

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
done_testing
