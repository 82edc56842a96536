# shellcheck shell=bash disable=SC2034,SC2154 # names for who sources this; podman and image_options of image_lib.sh
# The images of images/build.sh, for the tests of deployment. Source tap.sh and image_lib.sh first.
#
#   deploy_begin              skips the whole file where it cannot be done; sets podman, prefix, tag, suite, patience
#   deploy_images NAME...     builds those of all, datahub, redis, kairos that are not there as they would come out now, so that
#                             the first of several tests builds them and the others find them
#   deploy_forget NAME...     the next deploy_images builds these in any case
#   deploy_made NAME          builds an image from the Containerfile on standard input
#   deploy_base13             a base of Debian 13
#   engine_health CONTAINER   podman healthcheck run; asked again where the machine is too busy for the image's six seconds
#   check_stop_of TEXT CONTAINER   podman stop takes less than ten seconds and ends with 0; sets stop_ms
#
#   PODMAN         the command, with options; the default is podman with a store of its own below build/
#   IMAGE_PREFIX   the name of the images, default localhost/traderterminal; their tag is "test"
#   IMAGE_BUILD    full: compiles inside of the image, as a user would. The default, where this machine is of the same
#                  Debian release, is to put in what has just been built here.
#
# patience is how long a test waits for what should come soon: on a machine with other work that may be minutes.

deploy_begin() {
    suite=${SUITE:-bookworm} prefix=${IMAGE_PREFIX:-localhost/traderterminal} tag=test patience=300
    build=${BUILD:-build} engine=()
    mkdir -p "$build/image"
    BUILD=$(realpath "$build")
    [[ $EUID == 0 ]] || skip_all "only root can make a base image and look into containers (sudo make check-deploy)"
    command -v podman >/dev/null || skip_all "no podman"
    command -v debootstrap >/dev/null || skip_all "no debootstrap"
    if [[ ${PODMAN:-} ]]; then
        read -r -a podman <<<"$PODMAN"
        image_options=(-v /etc/ssl/certs/ca-certificates.crt:/etc/ssl/certs/ca-certificates.crt:ro)
    else
        image_podman "$BUILD/image"
    fi
    "${podman[@]}" info >/dev/null 2>&1 || skip_all "podman does not work here: $("${podman[@]}" info 2>&1 | tail -n 1)"
    engine=("${podman[@]}")
    # Building takes minutes, and ok keeps what its command prints: what is being built is told past it.
    exec {deploy_shown}>&1
}

image_name() {
    if [[ $1 == all ]]; then
        echo "$prefix:$tag"
    else
        echo "$prefix-$1:$tag"
    fi
}

# The build stage of the Containerfiles, made here: build/image/programs.
deploy_programs() {
    local programs=$BUILD/image/programs
    rm -rf "$programs"
    make --no-print-directory "BUILD=$build" "DESTDIR=$programs/out" PREFIX=/usr install || return
    images/packages.sh libraries "$programs"/out/usr/bin/* "$programs"/out/usr/libexec/reeve/* >"$programs/out/libraries"
}

# What an image is made from, and its id, in a word: a stamp with another word is of another image.
deploy_made_from() {
    {
        "${podman[@]}" image inspect --format '{{.Id}}' "$(image_name "$1")" || return
        git rev-parse HEAD
        find images units "$BUILD/image/programs" -type f -print0 | sort -z | xargs -0 sha256sum
        echo "$suite ${IMAGE_BUILD:-}"
    } 2>/dev/null | sha256sum
}
deploy_stamp() {
    echo "$BUILD/image/$(image_name "$1" | tr /: __).stamp"
}
deploy_forget() {
    local name
    for name; do
        rm -f "$(deploy_stamp "$name")"
    done
}

# One test at a time; who comes second finds them.
deploy_images() {
    local lock
    exec {lock}>"$BUILD/image/lock"
    flock "$lock"
    deploy_build "$@" {lock}>&-
    local status=$?
    exec {lock}>&-
    return "$status"
}
deploy_build() {
    local log=$BUILD/image/build.log name begin
    local -a options=(--network host "${image_options[@]}")
    rm -rf "$BUILD/image/programs"
    if [[ ${IMAGE_BUILD:-} != full && $(. /etc/os-release && echo "${VERSION_CODENAME:-}") == "$suite" ]]; then
        deploy_programs >"$log" 2>&1 || { tail -n 40 "$log"; return 1; }
        options+=(--build-context "build=$BUILD/image/programs")
    fi
    for name; do
        [[ ! -e $(deploy_stamp "$name") || $(deploy_made_from "$name") != $(<"$(deploy_stamp "$name")") ]] || continue
        begin=$SECONDS
        diag "$(image_name "$name") is built; log: $log" >&"$deploy_shown"
        BUILD=$BUILD SUITE=$suite PODMAN="${podman[*]}" images/build.sh -n "$prefix" -t "$tag" "$name" -- "${options[@]}" \
            >"$log" 2>&1 || { tail -n 40 "$log"; return 1; }
        deploy_made_from "$name" >"$(deploy_stamp "$name")"
        diag "$(image_name "$name"): $((SECONDS - begin)) s" >&"$deploy_shown"
    done
}

deploy_made() {
    "${podman[@]}" build --network host "${image_options[@]}" -t "$1" -f - images >"$BUILD/image/made.log" 2>&1 ||
        { tail -n 20 "$BUILD/image/made.log"; return 1; }
}
deploy_base13() {
    "${podman[@]}" image exists localhost/reeve-base:trixie ||
        PODMAN="${podman[*]}" BUILD=$BUILD images/base.sh -i localhost/reeve-base:trixie trixie
}

# The command is engine, an array: podman of root, or of somebody else.
engine_health() {
    wait_until "$patience" "${engine[@]}" healthcheck run "$1"
}

# No more processes want to run than there are processors, ten times in a row.
is_calm() {
    local number running
    for number in {1..10}; do
        read -r _ _ _ running _ </proc/loadavg
        ((${running%/*} <= $(nproc) + 1)) || return
        read -r -t 0.1 -u "$tap_quiet" _ || true
    done
}
# The pod has to be as quick as promised, which says something on a machine that has time for it. So this waits for one, and tries
# again; a pod that does not end by itself takes longer each time. Its exit code has to be 0 each time, however slow the machine.
check_stop_of() {
    local text=$1 container=$2 attempt begin end
    for attempt in 1 2 3; do
        wait_until 60 is_calm || diag "$text: this machine is busy: $(</proc/loadavg)"
        begin=$(uptime_now)
        ok "$text: podman stop" "${engine[@]}" stop --time 40 "$container"
        end=$(uptime_now)
        stop_ms=$(((${end/./} - ${begin/./}) * 10))
        diag "$text: it took $stop_ms ms"
        is "$("${engine[@]}" inspect --format '{{.State.ExitCode}}' "$container")" 0 "$text: exit code 0"
        ((stop_ms >= 10000 && attempt < 3)) || break
        ok "$text: once more" "${engine[@]}" start "$container"
        engine_health "$container"
    done
    ok "$text: it took less than 10 seconds" test "$stop_ms" -lt 10000
}
