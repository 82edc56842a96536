#!/bin/bash
# time limit: 900
# lock: pod
# The image of images/Containerfile under podman with everything locked that can be locked:
#   --user 1001 --read-only --cap-drop=all --security-opt no-new-privileges --tmpfs /tmp
# The same checks as in tests/shell/pod.sh. Root, and the network (for debootstrap) are needed.
#
# PLACES="default docker" runs the pod in these containers besides (minutes, not part of `make check`): podman's own options;
# locked with the seccomp profile of DOCKER_PROFILE (a JSON file of moby/profiles), where nobody can mount. In each, the
# exposure levels that `reevectl security` has there are printed.
#
# IMAGE_BUILD=full compiles inside of the image, as a user would. The default, where this machine is of the same Debian
# release as the image, is to put in what has just been built here: the same files, some minutes earlier.
self=$(realpath "$0")
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/shell/pod_lib.sh
. tests/shell/pod_lib.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
build=${BUILD:-build} # as make knows it: another word for it would mean other flags, and compiling anew
BUILD=$(realpath "$build")
suite=${SUITE:-bookworm}

[[ $EUID == 0 ]] || skip_all "only root can make a root file system and look into the container (sudo make check)"
command -v podman >/dev/null || skip_all "no podman"
command -v debootstrap >/dev/null || skip_all "no debootstrap"

image_podman "$BUILD/image"
"${podman[@]}" info >/dev/null 2>&1 || skip_all "podman does not work here: $("${podman[@]}" info 2>&1 | tail -n 1)"

# ---- the image --------------------------------------------------------------------------------------------------------
make_base() {
    PODMAN="${podman[*]}" BUILD=$BUILD images/base.sh -i "localhost/reeve-base:$suite" "$suite"
}

make_image() {
    local programs=$BUILD/image/programs
    local -a options=()
    if [[ ${IMAGE_BUILD:-} != full && $(. /etc/os-release && echo "${VERSION_CODENAME:-}") == "$suite" ]]; then
        rm -rf "$programs"
        make --no-print-directory "BUILD=$build" "DESTDIR=$programs/out" PREFIX=/usr install || return
        images/packages.sh libraries "$programs"/out/usr/bin/* "$programs"/out/usr/libexec/reeve/* \
            >"$programs/out/libraries" || return
        options=(--build-context "build=$programs")
    fi
    "${podman[@]}" build --network host "${image_options[@]}" "${options[@]}" \
        --build-arg "BASE=localhost/reeve-base:$suite" -t "localhost/traderterminal:$suite" -f images/Containerfile .
}

logged() {
    "$@" >"$BUILD/image/build.log" 2>&1 || { tail -n 40 "$BUILD/image/build.log"; return 1; }
}

if [[ -z ${OWN_NETWORK:-} ]]; then
    ok "a base image from debootstrap ($suite)" logged make_base || done_testing
    ok "podman builds images/Containerfile" logged make_image || done_testing
fi
own_network "$self"

pod_work=$(mktemp -d /var/tmp/reeve-image.XXXXXX)
chmod 755 "$pod_work"
container=reeve-test-$$
clean_up() {
    "${podman[@]}" rm -f -v "$container" "$container-try" >/dev/null 2>&1
    "${podman[@]}" volume rm -f "$container" >/dev/null 2>&1
    rm -rf "$pod_work"
}
trap clean_up EXIT

# ---- the locked container -----------------------------------------------------------------------------------------------
locked=(--user 1001 --read-only --cap-drop=all --security-opt no-new-privileges)
# run NAME OPTION... -- ARGUMENT...
run() {
    local name=$1
    local -a run_options=()
    shift
    while [[ $1 != -- ]]; do
        run_options+=("$1")
        shift
    done
    shift
    pod_log=$pod_work/$name.log
    "${podman[@]}" run --name "$name" --network host --tmpfs /tmp --log-driver none -v "$container:/var/lib/reeve" \
        "${run_options[@]}" "localhost/traderterminal:$suite" "$@" >"$pod_log" 2>&1 </dev/null &
    pod_launcher=$!
    container_pid1() {
        pod_pid1=$("${podman[@]}" inspect --format '{{.State.Pid}}' "$name" 2>/dev/null) && [[ $pod_pid1 -gt 0 ]]
    }
    wait_until 30 container_pid1
}

# In the place that it is, with the verdicts of PID 1.
check_exposure() {
    local units
    units=$("${podman[@]}" exec "$1" reevectl security)
    diag "$units"
    is "$(awk '$1 ~ /^(redis|datahub|xvfb|kairos)\./ && $2 <= 2.0 { n++ } END { print n + 0 }' <<<"$units")" 4 \
        "redis, datahub, xvfb and kairos have an exposure of at most 2.0 here"
}

run "$container" "${locked[@]}" --
if wait_healthy 90 "the locked container is healthy"; then
    like "$(status_of "$pod_pid1")" '^1001 0+ 0+ 1 ' "PID 1 was given no capability and nothing to gain one"
    check_all_running
    check_privileges
    check_exposure "$container"
    check_screenshot
    for unit in "${pod_units[@]}" "${pod_helpers[@]}"; do
        check_kill "$unit"
    done
    check_redis_writes
    check_stop "${podman[@]}" stop --time 10 "$container"
    is "$("${podman[@]}" inspect --format '{{.State.ExitCode}}' "$container")" 0 "podman stop: exit code 0"
else
    "${podman[@]}" rm -f "$container" >/dev/null 2>&1
    wait "$pod_launcher"
fi

# ---- writing outside one's state, in the same place ---------------------------------------------------------------------
TRY_PATH=/try try_units units/pod "$pod_work/try" /var/lib/reeve / /usr /etc /var /var/tmp /home /opt /run /usr/lib/reeve
run "$container-try" "${locked[@]}" -v "$pod_work/try:/try:ro" -- --units /try
check_tries
"${podman[@]}" stop --time 10 "$container-try" >/dev/null 2>&1
wait "$pod_launcher"

# ---- in other places ----------------------------------------------------------------------------------------------------
for place in ${PLACES:-}; do
    options=()
    pod_keeps_bound=yes
    [[ $place != docker ]] || options=("${locked[@]}" --security-opt "seccomp=${DOCKER_PROFILE:?}")
    "${podman[@]}" rm -f "$container" >/dev/null 2>&1
    run "$container" "${options[@]}" --
    if wait_healthy 90 "$place: the pod is healthy"; then
        check_all_running
        check_privileges
        check_exposure "$container"
        check_screenshot
        cp "$pod_work/screenshot.png" "$BUILD/image/screenshot-$place.png"
        check_stop "${podman[@]}" stop --time 10 "$container"
    else
        "${podman[@]}" rm -f "$container" >/dev/null 2>&1
        wait "$pod_launcher"
    fi
done
done_testing
