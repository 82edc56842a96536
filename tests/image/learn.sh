#!/bin/bash
# time limit: 300
# reevectl learn where reeve works: in locked containers, with podman's and with Docker's seccomp profile. Redis is learned
# there, runs under reeve with what was proposed, and what it did not do is refused. The image is that of locked.sh (or
# $IMAGE, with $PODMAN); DOCKER_PROFILE names Docker's default seccomp profile (a JSON file of moby/profiles).
# shellcheck disable=SC2016 # the script for inside
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
BUILD=$(realpath "${BUILD:-build}")
image=${IMAGE:-localhost/traderterminal:${SUITE:-bookworm}}
profile=${DOCKER_PROFILE:-}

[[ $EUID == 0 ]] || skip_all "only root runs these containers (sudo make check)"
command -v podman >/dev/null || skip_all "no podman"
image_podman "$BUILD/image"
[[ -z ${PODMAN:-} ]] || read -ra podman <<<"$PODMAN"
"${podman[@]}" info >/dev/null 2>&1 || skip_all "podman does not work here: $("${podman[@]}" info 2>&1 | tail -n 1)"
"${podman[@]}" image exists "$image" || skip_all "no image $image (tests/image/locked.sh makes it)"
work=$(mktemp -d /var/tmp/reeve-learn.XXXXXX)
trap 'rm -rf "$work"' EXIT
chmod 755 "$work"
install -D -t "$work/bin" "$BUILD"/reeve{,ctl,-log,-health,-sandbox}
install -D -m 0644 -t "$work/units" units/pod/redis.{service,conf}
cp tests/shell/tap.sh "$work"

# Runs inside, and prints NAME: VALUE of each thing that was tried.
cat >"$work/inside.sh" <<'INSIDE'
. /work/tap.sh
export PATH=/work/bin:$PATH
unset REEVE_STATE # reeve-sandbox goes by the standard places
cp /work/units/* /units
pong() { [[ $(redis-cli ping 2>/dev/null) == PONG ]]; }
tell() { printf '%s: %s\n' "$1" "$2"; }
within() { (cd / && reeve-sandbox -q "$@" >/dev/null 2>&1; echo $?); }
tell rights "$(awk '/^Cap(Prm|Bnd)|^NoNewPrivs/ { print $2 }' /proc/self/status | paste -sd ' ')"
reevectl learn --units=/units --place redis >/tmp/learn.log 2>&1 &
learning=$!
wait_until 30 pong || cat /tmp/learn.log
redis-cli set key value >/dev/null
redis-cli save >/dev/null
redis-cli get key >/dev/null
kill -INT "$learning"
wait "$learning"
tell learned $?
sed 's/^/# /' /units/redis.service.d/50-learned.conf
reeve --units /units >/tmp/reeve.log 2>&1 &
reeve=$!
wait_until 30 pong
tell set "$(redis-cli set key other)"
tell save "$(redis-cli save)"
tell get "$(redis-cli get key)"
tell state "$(reevectl is-active redis)"
# What it may write to is not enough where the call is none of its own, and the other way round.
tell fifo-before "$(within -p LockPersonality=yes -- mkfifo /var/lib/traderterminal/redis/before)"
tell fifo "$(within --units=/units -p SandboxPolicy=degrade redis -- mkfifo /var/lib/traderterminal/redis/fifo)"
tell write-before "$(within -p LockPersonality=yes -- sh -c 'echo >/elsewhere/before')"
tell write "$(within --units=/units -p SandboxPolicy=degrade redis -- sh -c 'echo >/elsewhere/file')"
tell write-own "$(within --units=/units -p SandboxPolicy=degrade redis -- sh -c 'echo >/var/lib/traderterminal/redis/file')"
reevectl shutdown >/dev/null
wait "$reeve"
INSIDE

trees=(--tmpfs /units:mode=1777 --tmpfs /elsewhere:mode=1777 --tmpfs /var/lib/traderterminal:mode=1777)
# class NAME OPTION...
class() {
    local name=$1 wanted
    shift
    timeout 120 "${podman[@]}" run --rm --network none -v "$work:/work:ro" --tmpfs /tmp:mode=1777 "${trees[@]}" \
        --user 1001 --read-only --cap-drop=all --security-opt no-new-privileges --no-healthcheck \
        --entrypoint '["/bin/bash", "/work/inside.sh"]' "$@" "$image" >"$work/$name" 2>&1
    for wanted in "rights: 0000000000000000 0000000000000000 1" "learned: 0" "set: OK" "save: OK" "get: other" "state: active" \
        "fifo-before: 0" "fifo: 1" "write-before: 0" "write: 2" "write-own: 0"; do
        ok "$name: $wanted" grep -qx "$wanted" "$work/$name" || diag "$(grep -v '^#' "$work/$name")"
    done
}
class podman
if [[ -s $profile ]]; then
    class docker --security-opt "seccomp=$profile"
else
    skip "DOCKER_PROFILE is not set" "Docker's default profile"
fi
done_testing
