# shellcheck shell=bash disable=SC2034,SC2154 # names for who sources this; podman and image_options of image_lib.sh
# The images of images/build.sh, for the tests of deployment. Source tap.sh and image_lib.sh first.
#
#   deploy_begin              skips the whole file where it cannot be done; sets podman, prefix, tag, suite
#   deploy_images NAME...     builds these of all, datahub, redis, kairos
#
#   PODMAN         the command, with options; the default is podman with a store of its own below build/
#   IMAGE_PREFIX   the name of the images, default localhost/traderterminal; their tag is "test"
#   IMAGE_BUILD    full: compiles inside of the image, as a user would. The default, where this machine is of the same
#                  Debian release, is to put in what has just been built here.

deploy_begin() {
    suite=${SUITE:-bookworm} prefix=${IMAGE_PREFIX:-localhost/traderterminal} tag=test
    build=${BUILD:-build}
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

deploy_images() {
    local log=$BUILD/image/build.log
    local -a options=(--network host "${image_options[@]}")
    if [[ ${IMAGE_BUILD:-} != full && $(. /etc/os-release && echo "${VERSION_CODENAME:-}") == "$suite" ]]; then
        deploy_programs >"$log" 2>&1 || { tail -n 40 "$log"; return 1; }
        options+=(--build-context "build=$BUILD/image/programs")
    fi
    BUILD=$BUILD SUITE=$suite PODMAN="${podman[*]}" images/build.sh -n "$prefix" -t "$tag" "$@" -- "${options[@]}" \
        >"$log" 2>&1 || { tail -n 40 "$log"; return 1; }
}
