#!/bin/bash
# time limit: 3000
# The escape attempts of tests/escape in containers of each class, and on this machine as an ordinary user: what is possible there
# without reeve, then one directive at a time and all together in units of reeve. What reevectl says to hold must hold, and no
# class may be worse than sandbox/ENFORCED.md says; RECORD=yes writes that file anew. The root file system of the containers is made
# of this machine's libraries: no image, no network. CLASSES="locked docker" are those alone; KEEP=DIR keeps what was seen.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
# shellcheck source=tests/escape/escape_lib.sh
. tests/escape/escape_lib.sh
BUILD=$(realpath "${BUILD:-build}")
document=sandbox/ENFORCED.md
export ESCAPE_RACES=24
renice -n 0 -p $$ >/dev/null 2>&1 # whoever starts us: Nice= is tried against none
user=1500 # who runs rootless containers

[[ $EUID == 0 ]] || skip_all "only root runs these containers (sudo make escapes)"
command -v podman >/dev/null || skip_all "no podman"
[[ -x $BUILD/tests/escape ]] || skip_all "there is no $BUILD/tests/escape (it takes a static C library)"
image_podman "$BUILD/image"
"${podman[@]}" info >/dev/null 2>&1 || skip_all "podman does not work here: $("${podman[@]}" info 2>&1 | tail -n 1)"

work=$(mktemp -d /var/tmp/reeve-escapes.XXXXXX)
chmod 755 "$work"
seen=${KEEP:-$work/seen}
mkdir -p "$seen"
container=
clean_up() {
    [[ -z $container ]] || "${podman[@]}" rm -f "$container" >/dev/null 2>&1
    rm -rf "$work"
}
trap clean_up EXIT

# ---- a root file system of four programs and their libraries ----
programs=("$BUILD"/{reeve,reevectl,reeve-log,reeve-health,tests/escape})
make_root() {
    local file root=$work/root
    mkdir -p "$root"/{etc,proc,sys,dev,tmp,run,work,units,var/tmp,var/lib,home/somebody,root/something,usr/lib/modules/some}
    chmod 755 "$root/root"
    chmod 1777 "$root"/{tmp,var/tmp}
    printf '%s\n' 'root:x:0:0::/root:/bin/sh' 'reeve:x:1001:1001::/:/bin/sh' >"$root/etc/passwd"
    printf '%s\n' 'root:x:0:' 'reeve:x:1001:' >"$root/etc/group"
    for file in $(ldd "${programs[@]:0:4}" | sed -n 's/.*[ \t]\(\/[^ ]*\) (0x.*/\1/p' | sort -u); do
        install -D "$file" "$root$file"
    done
}
# new_world NAME: sets world and root; nobody finds what another has left
new_world() {
    world=$work/$1 root=$work/$1.root
    rm -rf "$world" "$root"
    cp -a "$work/root" "$root"
    chown -hR "$owner:$owner" "$root"
    mkdir -p "$world/bin"
    install -t "$world/bin" "${programs[@]}"
    install -m 4755 "$BUILD/tests/escape" "$world/bin/escape-set-id"
    chmod 777 "$world"
    chown 1001:1001 "$world"
    escape_world "$world" /work
}

# ---- one class ----
names=() owner=0
# container_run OPTION... -- COMMAND...: in the class that is being looked at, with $world as /work
container_run() {
    local -a more=()
    while [[ $1 != -- ]]; do
        more+=("$1")
        shift
    done
    shift
    "${engine[@]}" run --rm --network none --log-driver none -v "$world:/work" --tmpfs /var/tmp:mode=1777 --tmpfs /tmp:mode=1777 \
        "${options[@]}" "${more[@]}" --rootfs "$root" "$@" </dev/null
}
container_exec() {
    "${engine[@]}" exec "${as[@]}" "$container" "$@"
}
# What is possible in the class, for each of the users that a process there can be.
look_without_reeve() {
    local uid
    for uid in "$@"; do
        new_world "$name.control.$uid"
        # shellcheck disable=SC2046 # no word where the user is that of the container
        container_run -- /work/bin/escape control /work $([[ $uid == own ]] || echo "$uid") 2>&1
    done >"$out/control"
}
settled() {
    escape_done "$1" || ! kill -0 "$2" 2>/dev/null
}
# begin POLICY: a pod of the units in $work/$name.POLICY; sets pid
begin() {
    container=reeve-escapes-$$-$name-$1
    container_run --name "$container" -v "$work/$name.$1:/units:ro" -v "$work/$name.all:/all:ro" -e REEVE_STATE=/work/sibling -- \
        /work/bin/reeve "${arguments[@]}" --units /units >"$out/log.$1" 2>&1 &
    pid=$!
    wait_until 120 settled "$out/log.$1" "$pid"
}
end() {
    "${engine[@]}" stop --time 20 "$container" >/dev/null 2>&1
    wait "$pid"
    container=
}
# units POLICY [DIRECTORY]
units() {
    local directory=$work/$name.${2:-$1}
    rm -rf "$directory"
    mkdir "$directory"
    escape_policy=$1 escape_seen_at=/units escape_units "$directory" /work "${lines[@]}"
}
look_with_reeve() {
    local pid escape_left_out=''
    # What a unit asks and does not get here keeps the pod from starting: all such are named, and nothing has run.
    new_world "$name.pod"
    units strict all
    units strict
    begin strict
    escape_refused "$out/log.strict" >"$out/refused"
    if [[ -s $out/refused ]]; then
        wait "$pid"
        is $? 226 "$name: strict: the pod does not start with $(wc -l <"$out/refused") of the units"
        not_ok "$name: strict: nothing has run" grep -q ': escape ' "$out/log.strict"
        escape_left_out=$(paste -sd' ' "$out/refused")
        units strict
        begin strict
    fi
    ok "$name: strict: the others' units have ended" escape_done "$out/log.strict" || diag "$(tail -n 20 "$out/log.strict")"
    container_exec /work/bin/reevectl security --json >"$out/security.strict" 2>&1
    escape_verdicts <"$out/security.strict" >"$out/verdicts.strict"
    is "$(container_exec /work/bin/reevectl security --json /all/ 2>&1 | escape_said_refused)" "$(<"$out/refused")" \
        "$name: strict: these are the units that reevectl security calls refused"
    end
    new_world "$name.pod"
    escape_left_out=$(escape_vital "$out/refused")
    units degrade
    begin degrade
    ok "$name: degrade: the units have ended" escape_done "$out/log.degrade" || diag "$(tail -n 20 "$out/log.degrade")"
    container_exec /work/bin/reevectl security --json >"$out/security.degrade" 2>&1
    escape_verdicts <"$out/security.degrade" >"$out/verdicts.degrade"
    container_exec /work/bin/escape outside /work control >"$out/outside" 2>&1
    is "$(<"$out/outside")" "escape control ok" "$name: who belongs to no service may use the control socket"
    end
}
# class NAME OPTION...: with the variables uids, lines, arguments and as (whom reeve has become)
class() {
    name=$1
    shift
    [[ -z ${CLASSES:-} || " $CLASSES " == *" $name "* ]] || return
    options=("$@")
    out=$seen/$name
    mkdir -p "$out"
    "$BUILD/tests/escape" list >"$out/list"
    look_without_reeve "${uids[@]}"
    look_with_reeve
    escape_judge "$name" "$out"
    names+=("$name")
}

# It takes as long as all others together, and waits for nothing of theirs.
machine=
if [[ -z ${CLASSES:-} || " $CLASSES " == *" lsm "* ]] && command -v qemu-system-x86_64 >/dev/null && tests/machine/kernel >/dev/null; then
    mkdir -p "$seen/lsm"
    tests/machine/run --kernel lsm=lockdown,yama --time 1500 --share "$seen" -- \
        env BUILD="$BUILD" SEEN="$seen/lsm" ESCAPE_TIME=700 tests/shell/escapes.sh >"$work/lsm.log" 2>&1 &
    machine=$!
fi

# Another one, with cgroups: after the first, for each takes a processor.
limits=
if [[ -z ${CLASSES:-} || " $CLASSES " == *" cgroup "* ]] && command -v qemu-system-x86_64 >/dev/null && tests/machine/kernel >/dev/null; then
    {
        [[ -z $machine ]] || tail --pid="$machine" -f /dev/null
        SEEN=$seen BUILD=$BUILD tests/machine/limits.sh
    } >"$work/limits.log" 2>&1 &
    limits=$!
fi

make_root
engine=("${podman[@]}")
podman_profile=/usr/share/containers/seccomp.json
docker_profile=$PWD/tests/escape/docker-default-seccomp.json
locked=(--user 1001 --read-only --cap-drop=all --security-opt no-new-privileges)
without_landlock() {
    sed 's/"landlock_[a-z_]*"/"no_such_call"/' "$1" >"$work/$2.json"
}

# What only a whole machine has to try it on. No pod: it is the attempts that are tried out here.
if [[ -z ${CLASSES:-} || " $CLASSES " == *" privileged "* ]]; then
    name=privileged options=(--user 0 --privileged) out=$seen/privileged
    mkdir -p "$out"
    look_without_reeve own
fi
uids=(own 1001) lines=() arguments=() as=(--user 1001)
class default --user 0
lines=(User=1001) arguments=(--user 0) as=()
class sys-admin --user 0 --cap-add SYS_ADMIN
uids=(own) lines=() arguments=()
class locked "${locked[@]}"
class docker "${locked[@]}" --security-opt "seccomp=$docker_profile"
without_landlock "$podman_profile" podman
without_landlock "$docker_profile" docker
class no-landlock "${locked[@]}" --security-opt "seccomp=$work/podman.json"
class docker-no-landlock "${locked[@]}" --security-opt "seccomp=$work/docker.json"

# ---- rootless: podman of an ordinary user ----
if [[ -x /usr/bin/newuidmap ]]; then
    mkdir -p "$work/rootless"
    sed "s,^network_config_dir.*,network_config_dir = \"$work/rootless/net\"," "$CONTAINERS_CONF" >"$work/rootless/containers.conf"
    chown $user:$user "$work/rootless"
    # shellcheck disable=SC2016 # for the inner shell
    rootless_podman() {
        unshare --mount bash -c '
            mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/subid" /etc/subuid && mount --bind "$1/subid" /etc/subgid || exit
            cd / && shift && exec "$@"' bash "$work" setpriv --reuid "$user" --regid "$user" --clear-groups \
            env HOME="$work/rootless" XDG_RUNTIME_DIR="$work/rootless" CONTAINERS_CONF="$work/rootless/containers.conf" \
            podman --runtime runc --cgroup-manager cgroupfs --storage-driver vfs "$@"
    }
    cp /etc/passwd "$work/passwd"
    echo "reeve-rootless:x:$user:$user::$work/rootless:/bin/sh" >>"$work/passwd"
    echo "reeve-rootless:300000:65536" >"$work/subid"
    [[ -e /etc/subuid && -e /etc/subgid ]] || touch /etc/subuid /etc/subgid
    engine=(rootless_podman) owner=$user
    uids=(own 1001) as=(--user 1001)
    class rootless --user 0
    engine=("${podman[@]}") owner=0
else
    skip "no newuidmap (package uidmap)" "rootless"
fi

# ---- no container ----
if [[ -z ${CLASSES:-} || " $CLASSES " == *" host "* ]]; then
    ok "host: tests/shell/escapes.sh" env BUILD="$BUILD" SEEN="$seen/host" tests/shell/escapes.sh && names+=(host)
fi

# ---- no container, and Debian's kernel without Landlock: a machine of its own ----
if [[ $machine ]]; then
    wait "$machine"
    if is $? 0 "lsm: tests/shell/escapes.sh"; then names+=(lsm); else diag "$(<"$work/lsm.log")"; fi
elif [[ -z ${CLASSES:-} || " $CLASSES " == *" lsm "* ]]; then
    skip "no machine to boot (images/packages.sh install machine)" "lsm"
fi

# ---- and one with a cgroup that was handed over ----
if [[ $limits ]]; then
    wait "$limits"
    if is $? 0 "cgroup: tests/machine/limits.sh"; then names+=(cgroup cgroup-shared); else diag "$(<"$work/limits.log")"; fi
elif [[ -z ${CLASSES:-} || " $CLASSES " == *" cgroup "* ]]; then
    skip "no machine to boot (images/packages.sh install machine)" "cgroup"
fi

# ---- the document ----
cat "$seen"/*/control | awk '$3 == "ok" { ok[$2] } END { for (name in ok) print name }' | sort >"$seen/possible"
possible=$(wc -l <"$seen/possible")
all=$("$BUILD/tests/escape" list | wc -l)
ok "$possible of $all attempts get through somewhere without reeve" test "$possible" -ge 120
escape_document "$seen" "${names[@]}" >"$seen/document"
if [[ ${RECORD:-} == yes ]]; then
    cp "$seen/document" "$document"
else
    escape_compare "$document" "$seen/document"
fi
done_testing
