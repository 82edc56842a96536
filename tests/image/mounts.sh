#!/bin/bash
# time limit: 900
# Directive by directive what mounts hold in containers of each class, attempted from inside a service: tests/shell/mounts.sh
# in podman's default container, in a locked one, in one with Docker's profile, in one with CAP_SYS_ADMIN. At the end the table.
# The image is that of locked.sh; DOCKER_PROFILE names Docker's default seccomp profile (a JSON file of moby/profiles).
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
BUILD=$(realpath "${BUILD:-build}")
suite=${SUITE:-bookworm}
image=localhost/traderterminal:$suite
profile=${DOCKER_PROFILE:-}

[[ $EUID == 0 ]] || skip_all "only root runs these containers (sudo make check)"
command -v podman >/dev/null || skip_all "no podman"
image_podman "$BUILD/image"
"${podman[@]}" info >/dev/null 2>&1 || skip_all "podman does not work here: $("${podman[@]}" info 2>&1 | tail -n 1)"
"${podman[@]}" image exists "$image" || skip_all "no image $image (tests/image/locked.sh makes it)"
work=$(mktemp -d /var/tmp/reeve-classes.XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/tests" "$work/build"
cp -r tests/shell "$work/tests/"
mkdir "$work/build/tests"
cp "$BUILD/tests/tool_sandbox" "$work/build/tests/"

# in_container NAME OPTION...: mounts.sh there; its output is kept
in_container() {
    local name=$1
    shift
    "${podman[@]}" run --rm --network none -v "$work:/src:ro" --tmpfs /var/tmp:mode=1777,exec --tmpfs /tmp:mode=1777 \
        --entrypoint '["/bin/bash", "/src/tests/shell/mounts.sh"]' "$@" "$image" >"$work/$name" 2>&1
}
names=()
# class NAME WANTED OPTION...: the first class that mounts.sh must find there
class() {
    local name=$1 wanted=$2
    shift 2
    names+=("$name")
    ok "$name: nothing is held that is not said, nor said that is not held" in_container "$name" "$@" ||
        diag "$(grep -a -A 3 '^not ok' "$work/$name")"
    is "$(sed -n 's/^# directive *\([^ ]*\).*/\1/p' "$work/$name")" "$wanted" "$name: the first rung is $wanted"
}
locked=(--user 1001 --read-only --cap-drop=all --security-opt no-new-privileges)
class sys-admin root --user 0 --cap-add SYS_ADMIN
class default root --user 0
class default-user user --user 1001
class locked user "${locked[@]}"
if [[ -s $profile ]]; then
    class docker landlock "${locked[@]}" --security-opt "seccomp=$profile"
    class docker-root landlock --user 0 --security-opt "seccomp=$profile"
else
    skip "DOCKER_PROFILE is not set" "Docker's default profile"
fi

# ---- the table: of each container its first rung ----
printf '# %-58s' directive
printf ' %-22s' "${names[@]}"
echo
grep -a '^# [A-Z][A-Za-z]*=' "$work/${names[0]}" | cut -c 3-60 | sed 's/ *$//' | while IFS= read -r row; do
    printf '# %-58s' "$row"
    for name in "${names[@]}"; do
        printf ' %-22s' "$(grep -aF -m 1 "# $row " "$work/$name" | cut -c 62-83 | sed 's/ *$//')"
    done
    echo
done
done_testing
