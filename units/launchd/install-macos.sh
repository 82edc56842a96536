#!/bin/bash
# Installs TraderTerminal on macOS: a Podman machine that launchd keeps running, and in it the pod, which the machine's
# systemd keeps running (Quadlet).
#
#   install-macos.sh [--image IMAGE] [--machine NAME] [--cpus N] [--memory MIB] [--disk GIB] [--dry-run]
#   install-macos.sh --uninstall [--purge] [--machine NAME] [--dry-run]
#
#   --image IMAGE   a name that podman can pull, or a file that `podman save` wrote
#   --machine NAME  default traderterminal; made if it is not there, with 2 CPUs, 4096 MiB, 40 GiB
#   --uninstall     stops the pod and removes what was installed; the machine and its data stay, unless --purge is given
#   --dry-run       prints what would be done, and does nothing
#
# Doing it twice is doing it once. Works with the bash 3.2 of macOS.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
quadlets=$here/../systemd/single
files="traderterminal.container traderterminal.volume traderterminal.network"
label=com.traderterminal.podman-machine
image=localhost/traderterminal:latest
machine=traderterminal cpus=2 memory=4096 disk=40
dry='' uninstall='' purge=''
changed='' # something that the running pod does not have yet

usage() {
    sed -n '5,6s/^# *//p' "$0" >&2
    exit 2
}

die() {
    echo "install-macos.sh: $*" >&2
    exit 1
}

step() {
    echo "==> $*"
}

number() {
    case $1 in
    '' | *[!0-9]*) usage ;;
    esac
    echo "$1"
}

while [ $# -gt 0 ]; do
    case $1 in
    --image) [ "${2:-}" ] || usage; image=$2; shift ;;
    --machine) [ "${2:-}" ] || usage; machine=$2; shift ;;
    --cpus) cpus=$(number "${2:-}") || exit 2; shift ;;
    --memory) memory=$(number "${2:-}") || exit 2; shift ;;
    --disk) disk=$(number "${2:-}") || exit 2; shift ;;
    --dry-run) dry=yes ;;
    --uninstall) uninstall=yes ;;
    --purge) purge=yes ;;
    *) usage ;;
    esac
    shift
done
[ ! "$purge" ] || [ "$uninstall" ] || usage
[ "$(uname -s)" = Darwin ] || die "this is for macOS; on Linux it is install-fedora.sh"
case $machine in
*[!A-Za-z0-9_-]*) die "a machine's name is made of letters, digits, - and _" ;;
esac

agents=$HOME/Library/LaunchAgents
support="$HOME/Library/Application Support/TraderTerminal"
logs=$HOME/Library/Logs/TraderTerminal
plist=$agents/$label.plist
domain=gui/$(id -u)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# run COMMAND...: the one door for all that changes something.
run() {
    if [ "$dry" ]; then
        printf '   '
        printf ' %q' "$@"
        echo
    else
        "$@"
    fi
}

# inside COMMAND: in the machine, as its user.
inside() {
    run podman machine ssh "$machine" "$1"
}

install_podman() {
    if ! command -v podman >/dev/null; then
        step "podman is missing"
        command -v brew >/dev/null || die "there is neither podman nor Homebrew: install one of them first"
        run brew install podman
    fi
}

machine_state() {
    podman machine inspect --format '{{.State}}' "$machine" 2>/dev/null || echo none
}

start_machine() {
    case $(machine_state) in
    none)
        step "machine $machine: $cpus CPUs, $memory MiB, $disk GiB"
        run podman machine init --cpus "$cpus" --memory "$memory" --disk-size "$disk" "$machine"
        run podman machine start "$machine"
        ;;
    running) step "machine $machine runs" ;;
    *)
        step "machine $machine is stopped"
        run podman machine start "$machine"
        ;;
    esac
}

get_image() {
    if [ -f "$image" ]; then
        step "image from the file $image"
        run podman --connection "$machine" load --input "$image"
        image=localhost/traderterminal:latest changed=yes
    elif podman --connection "$machine" image exists "$image" 2>/dev/null; then
        step "image $image is there"
    else
        case $image in
        localhost/*)
            [ "$dry" ] || die "the machine has no image $image: name one with --image, or a file of podman save"
            step "image $image is not in the machine: --image names another, or a file"
            ;;
        *)
            step "image $image"
            run podman --connection "$machine" pull "$image"
            ;;
        esac
    fi
}

# put FILE PATH: into the machine, unless it is there just so.
put() {
    if [ ! "$dry" ] && podman machine ssh "$machine" "cat $2 2>/dev/null" </dev/null | cmp -s - "$1"; then
        return 0
    fi
    changed=yes
    if [ "$dry" ]; then
        inside "cat >$2"
    else
        podman machine ssh "$machine" "cat >$2" <"$1"
    fi
}

put_quadlets() {
    step "Quadlet files in the machine"
    inside "mkdir -p .config/containers/systemd"
    for file in $files; do
        sed "s|^Image=.*|Image=$image|" "$quadlets/$file" >"$work/$file"
        put "$work/$file" ".config/containers/systemd/$file"
    done
    [ "$changed" ] || echo "    nothing has changed"
    # The machine's user has no session: without this its units would end with our ssh.
    inside "loginctl enable-linger"
    inside "systemctl --user daemon-reload"
    if [ "$changed" ]; then
        inside "systemctl --user restart traderterminal.service"
    else
        inside "systemctl --user start traderterminal.service"
    fi
}

put_agent() {
    step "launchd agent $label"
    sed "s|@SUPPORT@|$support|; s|@MACHINE@|$machine|; s|@LOGS@|$logs|" "$here/$label.plist" >"$work/$label.plist"
    if cmp -s "$work/$label.plist" "$plist" && cmp -s "$here/keep-machine.sh" "$support/keep-machine.sh" &&
        launchctl print "$domain/$label" >/dev/null 2>&1; then
        echo "    is there"
        return 0
    fi
    run mkdir -p "$agents" "$support" "$logs"
    run install -m 0755 "$here/keep-machine.sh" "$support/keep-machine.sh"
    if [ "$dry" ]; then
        run install -m 0644 "$label.plist" "$plist"
    else
        install -m 0644 "$work/$label.plist" "$plist"
    fi
    # An agent that is loaded keeps what it was loaded with.
    ! launchctl print "$domain/$label" >/dev/null 2>&1 || run launchctl bootout "$domain/$label"
    run launchctl bootstrap "$domain" "$plist"
}

wait_for_health() {
    step "health"
    inside "podman exec traderterminal reevectl health"
}

tell() {
    cat <<TEXT
==> installed
    DataHub   http://127.0.0.1:8080/       Kairos  http://127.0.0.1:8081/
    health    http://127.0.0.1:8090/health
    logs      $logs/podman-machine.log
              podman machine ssh $machine journalctl --user -u traderterminal.service
TEXT
}

remove() {
    step "launchd agent"
    ! launchctl print "$domain/$label" >/dev/null 2>&1 || run launchctl bootout "$domain/$label"
    [ ! -e "$plist" ] || run rm "$plist"
    [ ! -e "$support" ] || run rm -r "$support"
    if [ "$(machine_state)" = running ]; then
        step "pod in the machine $machine"
        # Who removes it twice has no such unit any more.
        inside "systemctl --user stop traderterminal.service" || true
        for file in $files; do
            inside "rm -f .config/containers/systemd/$file"
        done
        inside "systemctl --user daemon-reload"
    elif [ ! "$purge" ] && [ "$(machine_state)" != none ]; then
        step "the machine $machine does not run, and keeps the pod's files: once it runs, --uninstall again removes them"
    fi
    if [ "$purge" ]; then
        step "the machine and all data in it"
        [ "$(machine_state)" = none ] || run podman machine rm --force "$machine"
    else
        step "the machine $machine and its data stay: --purge removes them"
    fi
}

if [ "$uninstall" ]; then
    remove
    exit
fi
install_podman
start_machine
get_image
put_quadlets
put_agent
wait_for_health
tell
