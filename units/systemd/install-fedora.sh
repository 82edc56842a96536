#!/bin/bash
# Installs TraderTerminal as a container that systemd runs (Quadlet), on Fedora, Debian or Ubuntu with podman.
#
#   install-fedora.sh [--user | --system] [--image IMAGE] [--secret NAME=FILE]... [--dry-run]
#   install-fedora.sh --uninstall [--purge] [--user | --system] [--dry-run]
#
#   --user, --system   whose systemd; the default is --system for root, else --user
#   --image IMAGE      a name that podman has or can pull, or a file that `podman save` wrote
#   --secret NAME=FILE the container sees the content of FILE as /run/secrets/NAME; may be given more than once
#   --uninstall        stops it and removes what was installed; the data stays, unless --purge is given as well
#   --dry-run          prints what would be done, and does nothing
#
# Doing it twice is doing it once: what is there already is left alone, and the pod is restarted only if a file changed.
# A file that was edited is kept beside the new one, as *.before; secrets that it names stay in it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
unit=traderterminal.service
files=(traderterminal.container traderterminal.volume traderterminal.network)
image=localhost/traderterminal:latest
mode='' dry='' uninstall='' purge=''
secrets=()
changed='' # something that the running pod does not have yet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

usage() {
    sed -n '4,5s/^# *//p' "$0" >&2
    exit 2
}

die() {
    echo "install-fedora.sh: $*" >&2
    exit 1
}

step() {
    echo "==> $*"
}

while (($#)); do
    case $1 in
    --user) mode=user ;;
    --system) mode=system ;;
    --image) [[ ${2:-} ]] || usage; image=$2; shift ;;
    --secret) [[ ${2:-} =~ ^[A-Za-z0-9_.-]+=.+$ ]] || usage; secrets+=("$2"); shift ;;
    --dry-run) dry=yes ;;
    --uninstall) uninstall=yes ;;
    --purge) purge=yes ;;
    *) usage ;;
    esac
    shift
done
[[ ! $purge || $uninstall ]] || usage
uid=$(id -u)
if [[ -z $mode ]]; then
    mode=user
    [[ $uid != 0 ]] || mode=system
fi
if [[ $mode == system ]]; then
    [[ $uid == 0 || $dry ]] || die "--system is for root: sudo $0"
    target=${TRADERTERMINAL_ROOT:-}/etc/containers/systemd # the tests have a root of their own
    systemctl=(systemctl) journal="journalctl -u $unit"
else
    target=${XDG_CONFIG_HOME:-$HOME/.config}/containers/systemd
    systemctl=(systemctl --user) journal="journalctl --user -u $unit"
fi

# run COMMAND...: the one door for all that changes something.
run() {
    if [[ $dry ]]; then
        printf '   '
        printf ' %q' "$@"
        echo
    else
        "$@"
    fi
}

as_root() {
    if [[ $uid == 0 ]]; then
        run "$@"
    else
        run sudo "$@"
    fi
}

install_podman() {
    ! command -v podman >/dev/null || return 0
    step "podman is missing"
    if command -v dnf >/dev/null; then
        as_root dnf -y install podman container-selinux
    elif command -v apt-get >/dev/null; then
        as_root apt-get -y install podman
    else
        die "neither dnf nor apt-get is here: install podman by your system's means"
    fi
}

# Quadlet came with podman 4.4, the last of the keys that we use but two with 4.7; Notify=healthy and StopTimeout= with 5.0.
# Before that, podman passes on what reeve itself says: the same moment, since reeve is ready when its units are.
notify=healthy
check_podman() {
    local version
    if ! command -v podman >/dev/null; then
        [[ $dry ]] || die "podman is still missing"
        return 0
    fi
    version=$(podman --version)
    version=${version##* }
    case $version in
    [0-3].* | 4.[0-6] | 4.[0-6].*) die "podman $version does not know these Quadlet files; it takes 4.7, better 5.0" ;;
    4.*)
        notify=true
        step "podman $version does not know Notify=healthy: Notify=true"
        ;;
    esac
}

get_image() {
    if [[ -f $image ]]; then
        step "image from the file $image"
        run podman load --input "$image"
        image=localhost/traderterminal:latest changed=yes
    elif command -v podman >/dev/null && podman image exists "$image"; then
        step "image $image is there"
    elif [[ $image == localhost/* ]]; then
        [[ $dry ]] || die "there is no image $image: build it by sudo images/build.sh all, or name one with --image; what root
built, a user gets by: sudo podman save $image | podman load"
        step "image $image is not there: sudo images/build.sh all builds it, for root"
    else
        step "image $image"
        run podman pull "$image"
    fi
}

put_secrets() {
    local secret
    # All of them first: what goes wrong now would leave a secret removed.
    for secret in ${secrets[@]+"${secrets[@]}"}; do
        [[ (-r ${secret#*=} && -s ${secret#*=}) || $dry ]] || die "${secret#*=} cannot be read, or is empty"
    done
    for secret in ${secrets[@]+"${secrets[@]}"}; do
        step "secret ${secret%%=*}"
        ! podman secret inspect "${secret%%=*}" >/dev/null 2>&1 || run podman secret rm "${secret%%=*}"
        run podman secret create "${secret%%=*}" "${secret#*=}"
        changed=yes
    done
}

# Those of now, and those that are in the file from before.
secret_lines() {
    local secret line
    for secret in ${secrets[@]+"${secrets[@]}"}; do
        echo "Secret=${secret%%=*},uid=1001,mode=0400"
    done
    [[ -e $target/traderterminal.container ]] || return 0
    while read -r line; do
        for secret in ${secrets[@]+"${secrets[@]}"}; do
            [[ ! $line =~ ^Secret="${secret%%=*}"(,|$) ]] || continue 2
        done
        echo "$line"
    done < <(grep '^Secret=' "$target/traderterminal.container")
}

# What is going to lie in $target: the files beside this script, with the image and what this podman understands.
prepare() {
    local secret
    cp "${files[@]/#/$here/single/}" "$work"
    sed -i "s|^Image=.*|Image=$image|; s|^Notify=.*|Notify=$notify|" "$work/traderterminal.container"
    if [[ $notify != healthy ]]; then
        sed -i '/^StopTimeout=/d' "$work/traderterminal.container"
    fi
    while read -r secret; do
        sed -i "s|^Tmpfs=|$secret\n&|" "$work/traderterminal.container"
    done < <(secret_lines)
}

put_files() {
    local file
    step "Quadlet files in $target"
    [[ -d $target ]] || run mkdir -p "$target"
    for file in "${files[@]}"; do
        if cmp -s "$work/$file" "$target/$file"; then
            continue
        fi
        if [[ -e $target/$file ]]; then
            echo "    $file is another now; the one from before is $file.before"
            run cp "$target/$file" "$target/$file.before"
        fi
        if [[ $dry ]]; then
            run install -m 0644 "$file" "$target/$file"
        else
            install -m 0644 "$work/$file" "$target/$file"
        fi
        changed=yes
    done
    [[ $changed ]] || echo "    nothing has changed"
    if command -v selinuxenabled >/dev/null && selinuxenabled; then
        step "SELinux labels"
        run restorecon -R "$target"
    fi
}

# A user's units end with the last session, and begin with the first one, unless they linger.
linger() {
    [[ $mode == user ]] || return 0
    if [[ $(loginctl show-user "$(id -un)" --property=Linger --value 2>/dev/null) != yes ]]; then
        step "the pod stays when you log out"
        run loginctl enable-linger "$(id -un)"
    fi
}

start() {
    if [[ ! $changed ]] && "${systemctl[@]}" is-active --quiet "$unit"; then
        step "$unit runs already"
        return 0
    fi
    step "start, until the pod is healthy"
    run "${systemctl[@]}" daemon-reload
    if ! run "${systemctl[@]}" restart "$unit"; then
        echo "install-fedora.sh: it did not start; what it said: $journal" >&2
        exit 1
    fi
    run podman exec traderterminal reevectl health
}

# Images that changed are taken at night, and taken back if they do not get healthy.
update_at_night() {
    run "${systemctl[@]}" enable --now podman-auto-update.timer
}

tell() {
    # Drop-ins came with podman 5, as Notify=healthy did.
    local where=$target/traderterminal.container
    [[ $notify != healthy ]] || where+=.d/ports.conf
    cat <<TEXT
==> installed
    DataHub   http://127.0.0.1:8080/       Kairos  http://127.0.0.1:8081/
    health    http://127.0.0.1:8090/health
    log       $journal
    units     podman exec traderterminal reevectl
    Only this machine can connect. To let others in: PublishPort=ADDRESS:8080:8080 below [Container] in
    $where
    then ${systemctl[*]} daemon-reload, and restart $unit;
    and, where firewalld runs: firewall-cmd --permanent --add-port=8080/tcp && firewall-cmd --reload
TEXT
}

remove() {
    local file secrets_of=''
    [[ ! -e $target/traderterminal.container ]] ||
        secrets_of=$(sed -n 's/^Secret=\([^,]*\).*/ \1/p' "$target/traderterminal.container")
    step "stop"
    run "${systemctl[@]}" stop "$unit" || true
    step "remove files from $target"
    for file in "${files[@]}"; do
        [[ ! -e $target/$file ]] || run rm "$target/$file"
        [[ ! $purge || ! -e $target/$file.before ]] || run rm "$target/$file.before"
    done
    run "${systemctl[@]}" daemon-reload
    if [[ $purge ]]; then
        step "remove the data"
        run podman volume rm --force traderterminal
        run podman network rm --force traderterminal
    else
        step "the data stays in the volume traderterminal: --purge removes it"
    fi
    [[ ! $secrets_of ]] || step "its secrets stay, since others may have them, too: podman secret rm${secrets_of//$'\n'/}"
}

if [[ $uninstall ]]; then
    remove
    exit
fi
install_podman
check_podman
get_image
put_secrets
prepare
put_files
linger
start
update_at_night
tell
