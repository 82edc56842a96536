#!/bin/bash
# What can be said of images and deployment files without an engine: the unit files of each image, the Containerfiles beside
# each other, the native unit, the Quadlet files where this machine's podman has the generator. `make check-deploy` builds
# and runs all of it.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ---- Containerfiles ---------------------------------------------------------------------------------------------------
# stage FILE: its first stage, which all have in common, so that podman makes it once.
stage() {
    sed -n '/^# ---- build/,/^# ---- what/p' "$1" | sed '$d'
}
ok "the first stage is there" grep -q '^RUN make' <(stage images/Containerfile)
for file in images/Containerfile.*; do
    is "$(stage "$file")" "$(stage images/Containerfile)" "$file: the first stage is that of images/Containerfile"
done
for file in images/Containerfile*; do
    for line in '^USER 1001$' '^STOPSIGNAL SIGTERM$' '^HEALTHCHECK .*"/usr/bin/reevectl", "health"' '^VOLUME /var/lib/reeve$' \
        '^RUN .*reevectl("?,)? "?verify' '^ENTRYPOINT \["/usr/bin/reeve"\]$' 'org.opencontainers.image.revision='; do
        ok "$file: $line" grep -qE "$line" "$file"
    done
    is "$(sed -n 's/^ARG VERSION=//p' "$file")" "$(sed -n 's/^VERSION *:= *//p' GNUmakefile)" "$file: our version"
done

# ---- the units of each image, put together as its Containerfile does -------------------------------------------------------
# units_of FILE DIRECTORY
units_of() {
    local -a words
    mkdir -p "$2"
    while read -r -a words; do
        # The last word is where to.
        for word in "${words[@]:1:${#words[@]}-2}"; do
            case $word in
            units/*/) cp -r "$word." "$2" ;;
            units/*) cp "$word" "$2" ;;
            esac
        done
    done < <(grep '^COPY units/.* /usr/lib/reeve/pod/$' "$1")
    [[ $1 != images/Containerfile ]] || cp -n units/pod/* "$2"
}
for file in images/Containerfile*; do
    name=${file#images/Containerfile}
    units=$work/units${name:-.all}
    units_of "$file" "$units"
    ok "$file: reeve can run its units" "$built/reevectl" verify --files-only "--units=$units"
done
is "$(cd "$work/units.datahub" && echo ./*)" "./datahub.service ./datahub.service.d ./redis.service" \
    "the image of DataHub has its unit and a stand-in for Redis"
# The image of all as one of its parts: what stands in for a neighbour is not what the image makes of that neighbour.
for part in redis datahub kairos; do
    like "$(grep "^COPY .*/reeve/part/$part/" images/Containerfile)" "units/image/$part/ " "image of all: has the part $part"
    ok "image of all, as $part: reeve can run its units" \
        "$built/reevectl" verify --files-only "--units=units/image/$part" "--units=$work/units.all"
    for unit in units/image/"$part"/*.service; do
        [[ -e $unit ]] || continue
        is "$(cd "$work/units.all" && ls -d "${unit##*/}".d/* 2>/dev/null)" \
            "$(cd "units/image/$part" && ls -d "${unit##*/}".d/* 2>/dev/null)" "image of all, as $part: no drop-in changes its ${unit##*/}"
    done
done
# What an image changes of a unit is where it listens, and nothing else of its command.
commands() {
    sed -n 's/^ExecStart=\(.\)/\1/p' "$@" | sed 's/ --bind [^ ]*//'
}
for unit in datahub kairos; do
    is "$(commands "units/image/all/$unit.service.d/image.conf")" "$(commands "units/pod/$unit.service")" \
        "image of all: $unit has the command of its unit, and listens outside"
done

# ---- systemd ----------------------------------------------------------------------------------------------------------
if command -v systemd-analyze >/dev/null; then
    # Verified are also the programs, and ours are not installed here.
    sed "s|^ExecStart=reeve|ExecStart=$built/reeve|; s|^User=.*|User=1001|; /^Group=/d" \
        units/systemd/native/reeve.service >"$work/reeve.service"
    is "$(systemd-analyze verify --man=no "$work/reeve.service" 2>&1 | grep -F "$work")" "" \
        "systemd-analyze verify units/systemd/native/reeve.service"
else
    skip "no systemd-analyze" "systemd-analyze verify units/systemd/native/reeve.service"
fi
generator=/usr/libexec/podman/quadlet
for directory in single pod kube; do
    if [[ -x $generator ]]; then
        ok "Quadlet: $directory/" env "QUADLET_UNIT_DIRS=$PWD/units/systemd/$directory" "$generator" -dryrun
    else
        skip "this podman has no Quadlet" "Quadlet: $directory/"
    fi
done

# ---- the same in three notations --------------------------------------------------------------------------------------------
# Whoever changes how a part is locked in one notation has to think of the others.
for part in redis datahub kairos; do
    container=units/systemd/pod/traderterminal-$part.container
    ok "Quadlet: $part runs as 1001, read-only, without capabilities" \
        test "$(grep -cxE 'User=1001|ReadOnly=true|DropCapability=all|NoNewPrivileges=true' "$container")" = 4
done
pod=units/kube/traderterminal-pod.yaml
is "$(grep -cE '^ +image: localhost/traderterminal-(redis|datahub|kairos):latest$' "$pod")" 3 "kube: three containers"
is "$(grep -cE '^ +securityContext: (&|\*)locked' "$pod")" 3 "kube: all are locked"
for file in units/compose/compose.*.yaml; do
    is "$(grep -cF '<<: *locked' "$file")" "$(grep -cE '^    image: ' "$file")" "$file: all are locked"
    # Whoever asks for more than this machine has to say so.
    is "$(grep -E '^ +ports:' "$file" | grep -oE '"[^"]*"' | grep -vc '"127.0.0.1:')" 0 "$file: ports on loopback only"
done
done_testing
