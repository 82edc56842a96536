#!/bin/bash
# Builds the images: all of TraderTerminal in one, or one image for each of its three parts.
#
#   images/build.sh [-b BASE] [-n NAME] [-t TAG] [all | datahub | redis | kairos]... [-- OPTION OF podman build...]
#
# Without a name all four are built: NAME (all in one), NAME-datahub, NAME-redis, NAME-kairos, each with TAG.
# BASE is a Debian; when it is not given, it is made by images/base.sh (root; once). The files in the images have
# the time of the last commit, so that two builds of one commit from the same packages have the same digest.
#
#   NAME, TAG           localhost/traderterminal, latest
#   SUITE               the release of a base that is made here: bookworm
#   SOURCE_DATE_EPOCH   another time than that of the last commit
#   PODMAN              the command, with options: "podman --root DIR"
set -euo pipefail
cd "$(dirname "$0")/.."
read -r -a podman <<<"${PODMAN:-podman}"
suite=${SUITE:-bookworm} base='' name=${NAME:-localhost/traderterminal} tag=${TAG:-latest}

usage() {
    sed -n '4p' "$0" | sed 's/^# */usage: /' >&2
    exit 2
}

while getopts b:n:t: option; do
    case $option in
    b) base=$OPTARG ;;
    n) name=$OPTARG ;;
    t) tag=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
images=()
while (($#)) && [[ $1 != -- ]]; do
    [[ $1 =~ ^(all|datahub|redis|kairos)$ ]] || usage
    images+=("$1")
    shift
done
(($# == 0)) || shift
((${#images[@]})) || images=(all datahub redis kairos)

if [[ -z $base ]]; then
    base=localhost/reeve-base:$suite
    images/base.sh -i "$base" "$suite" >/dev/null
fi
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date +%s)}
revision=$(git rev-parse HEAD 2>/dev/null || true)
version=$(sed -n 's/^VERSION *:= *//p' GNUmakefile)

# What differs in each build, and says nothing: the names of the containers that built it, and of the images between, which
# podman notes in the image's history. Without them two builds have one digest.
forget_chance() {
    local work config digest id
    work=$(mktemp -d "${TMPDIR:-/var/tmp}/reeve-image.XXXXXX")
    # shellcheck disable=SC2064 # the directory of now
    trap "rm -rf '$work'" EXIT
    "${podman[@]}" save -q --format docker-dir -o "$work/image" "$1"
    config=$(sed -nE 's/.*"config":\{[^}]*"digest":"sha256:([0-9a-f]{64})".*/\1/p' "$work/image/manifest.json")
    sed -E 's/,"comment":"FROM [0-9a-f]{12}"//g; s/"(container|parent)":"[^"]*",//g; s/"Hostname":"[0-9a-f]{12}"/"Hostname":""/g' \
        "$work/image/$config" >"$work/config"
    digest=$(sha256sum "$work/config" | cut -d' ' -f1)
    rm "$work/image/$config"
    sed -i -E "s/(\"config\":\{[^}]*\"size\":)[0-9]+,\"digest\":\"sha256:$config\"/\1$(wc -c <"$work/config"),\"digest\":\"sha256:$digest\"/" \
        "$work/image/manifest.json"
    mv "$work/config" "$work/image/$digest"
    id=$("${podman[@]}" pull -q "dir:$work/image")
    "${podman[@]}" tag "$id" "$1"
    rm -rf "$work"
    trap - EXIT
}

for image in "${images[@]}"; do
    file=images/Containerfile target=$name:$tag
    if [[ $image != all ]]; then
        file+=.$image target=$name-$image:$tag
    fi
    # Only Docker's format has a place for HEALTHCHECK.
    "${podman[@]}" build --format docker --timestamp "$epoch" --build-arg "SOURCE_DATE_EPOCH=$epoch" \
        --build-arg "BASE=$base" --build-arg "VERSION=$version" --build-arg "REVISION=$revision" \
        "$@" -t "$target" -f "$file" .
    forget_chance "$target"
    echo "$target $("${podman[@]}" image inspect --format '{{.Digest}} {{.Size}}' "$target")"
done
