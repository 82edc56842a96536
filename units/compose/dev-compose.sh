#!/bin/bash
# TraderTerminal by compose, for who develops it: finds the compose that is here, and waits for health where it starts
# something.
#
#   dev-compose.sh [-f dev | -f prod] COMMAND
#
#   build             the three images, from this checkout, by podman as root
#   start, stop       all of it; start waits until each part is healthy
#   restart [PART]    redis, datahub, kairos, or all of them
#   reload            development: builds the programs anew and waits until those that have changed run
#   status            containers, and the units in each
#   logs [PART]       what has been said so far
#   exec PART COMMAND... and shell PART
#   clean             stop, and remove containers, networks and all data
#
# dev is the project traderterminal-dev of compose, prod is traderterminal: neither sees containers and data of the other.
# They publish the same ports, so only one of them runs at a time.
#
#   COMPOSE           the command, with options; the default is the first of podman-compose, docker compose, docker-compose
#   PODMAN            the engine that podman-compose calls, a path; for the others, what `exec` is asked of
#   COMPOSE_PROFILES  monitoring: with Prometheus and Grafana (prod)
#   TIMEOUT           seconds that start waits for health, default 120
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
which=dev

usage() {
    sed -n '5,17s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

die() {
    echo "dev-compose.sh: $*" >&2
    exit 1
}

while getopts f: option; do
    case $option in
    f) which=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[[ $which == dev || $which == prod ]] || usage
(($#)) || usage
command=$1
shift
project=traderterminal
[[ $which == prod ]] || project=traderterminal-dev

find_compose() {
    if [[ ${COMPOSE:-} ]]; then
        read -r -a compose <<<"$COMPOSE"
    elif command -v podman-compose >/dev/null; then
        compose=(podman-compose)
        [[ ! ${PODMAN:-} ]] || compose+=(--podman-path "$PODMAN")
    elif docker compose version >/dev/null 2>&1; then
        compose=(docker compose)
    elif command -v docker-compose >/dev/null; then
        compose=(docker-compose)
    else
        die "there is neither podman-compose nor docker compose"
    fi
    engine=${PODMAN:-podman}
    [[ ${compose[0]} == podman-compose ]] || command -v podman >/dev/null || engine=docker
    parts=()
    # podman-compose 1.0 knows no profiles, and would start all.
    if [[ $which == prod && ${compose[0]} == podman-compose ]]; then
        if [[ ! ,${COMPOSE_PROFILES:-}, == *,monitoring,* ]]; then
            parts=(redis datahub kairos)
        elif podman-compose --help | grep -q -e --profile; then
            compose+=(--profile monitoring)
        fi
    fi
    compose+=(-p "$project" -f "$here/compose.$which.yaml")
}

# Two spellings of a container's name are in use: traderterminal_redis_1 and traderterminal-redis-1.
container() {
    local name
    for name in "${project}_$1_1" "$project-$1-1"; do
        if "$engine" inspect "$name" >/dev/null 2>&1; then
            echo "$name"
            return 0
        fi
    done
    return 1
}

part() {
    [[ ${1:-} =~ ^(redis|datahub|kairos)$ ]] || die "which part: redis, datahub or kairos?"
}

inside() {
    local name
    name=$(container "$1") || die "$1 does not run"
    shift
    "$engine" exec "$name" "$@"
}

healthy() {
    local name
    name=$(container "$1") && "$engine" exec "$name" reevectl --timeout=2 health >/dev/null 2>&1
}

# Nothing tells compose when a container is well, so that it has to be asked; reading from nobody is the pause between.
wait_for_health() {
    local part end=$((SECONDS + ${TIMEOUT:-120}))
    exec 9<> <(:)
    for part in redis datahub kairos; do
        until healthy "$part"; do
            if ((SECONDS >= end)); then
                "${compose[@]}" logs "$part" 2>&1 | tail -n 20 >&2 || true
                die "$part is not healthy after ${TIMEOUT:-120} s"
            fi
            read -r -t 0.2 -u 9 _ || true
        done
        echo "$part is healthy"
    done
}

# main_pid PART, is_stale PART: does its service run another file than the one that was built?
main_pid() {
    inside "$1" reevectl show -P MainPID "$1" </dev/null
}
is_stale() {
    # shellcheck disable=SC2016 # for the shell in there
    ! inside "$1" /bin/sh -c 'cmp -s "/proc/$(reevectl show -P MainPID "$1")/exe" "/opt/reeve/$1"' sh "$1" </dev/null
}

# Builds the programs; the path units of dev/ start the services anew whose program is another one then. A `make` by hand,
# or of an editor, does the same.
reload() {
    local part begin=${EPOCHREALTIME/./} end=$((SECONDS + ${TIMEOUT:-120}))
    local -A before
    [[ $which == dev ]] || die "reload is for development: the images of prod have no sources"
    for part in datahub kairos; do before[$part]=$(main_pid "$part"); done
    make --no-print-directory -C "$top" all
    exec 9<> <(:)
    for part in datahub kairos; do
        while is_stale "$part"; do
            ((SECONDS < end)) || die "$part is not what was built after ${TIMEOUT:-120} s"
            read -r -t 0.1 -u 9 _ || true
        done
        [[ $(main_pid "$part") == "${before[$part]}" ]] || echo "$part restarted"
    done
    echo "$(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
}

# What is stopped and removed is all of it, however it was started.
[[ $command != stop && $command != clean ]] || export COMPOSE_PROFILES=monitoring
find_compose
case $command in
build)
    [[ ${engine##*/} != docker ]] || die "images/build.sh takes podman and root; then: sudo podman save NAME | docker load, for each of the three"
    PODMAN=$engine "$top/images/build.sh" redis datahub kairos
    ;;
start)
    "${compose[@]}" up -d ${parts[@]+"${parts[@]}"}
    wait_for_health
    ;;
stop) "${compose[@]}" stop "$@" ;;
restart)
    "${compose[@]}" restart "$@"
    wait_for_health
    ;;
reload) reload ;;
status)
    "${compose[@]}" ps
    for one in redis datahub kairos; do
        echo
        echo "$one:"
        inside "$one" reevectl || true
    done
    ;;
logs) "${compose[@]}" logs "$@" ;;
exec)
    part "$@"
    (($# > 1)) || usage
    inside "$@"
    ;;
shell)
    part "$@"
    name=$(container "$1") || die "$1 does not run"
    "$engine" exec -it "$name" /bin/sh
    ;;
clean)
    "${compose[@]}" down -v
    # podman-compose 1.0 leaves them, and docker-compose refuses those of another.
    for one in dev store web; do
        ! "$engine" network inspect "${project}_$one" >/dev/null 2>&1 || "$engine" network rm "${project}_$one" >/dev/null
    done
    ;;
*) usage ;;
esac
