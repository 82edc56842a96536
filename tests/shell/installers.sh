#!/bin/bash
# The installers for Fedora (Debian, Ubuntu) and macOS, with stand-ins for all that they call (tests/installers/fake.sh):
# what they print and what they call in each situation is what tests/installers/*.txt says. UPDATE=1 writes those anew.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
here=$PWD/tests/installers
WORK=$(mktemp -d)
export WORK
trap 'rm -rf "$WORK"' EXIT
tools=(bash cat cmp cp date dirname grep id install ln mkdir mktemp readlink rm sed)
mkdir "$WORK/tools"
for tool in "${tools[@]}"; do
    ln -s "$(type -P "$tool")" "$WORK/tools/$tool"
done
rm "$WORK/tools/id"

# machine NAME UID PROGRAM...: a new machine that has these programs besides the usual ones.
machine() {
    export FAKE=$WORK/$1 HOME=$WORK/$1/home
    mkdir -p "$FAKE/bin" "$HOME"
    echo "$2" >"$FAKE/uid"
    echo 5.4.2 >"$FAKE/version"
    : >"$FAKE/calls"
    shift 2
    for tool in id "$@"; do
        ln -s "$here/fake.sh" "$FAKE/bin/$tool"
    done
}

# Which lines of the installers are run is noted, so that a branch that no situation here comes to is told.
cat >"$WORK/trace.sh" <<TRACE
case \$0 in
*install-*.sh) exec 19>>"$WORK/trace.\${0##*/}" && BASH_XTRACEFD=19 PS4='@ \${LINENO} ' && set -x ;;
esac
TRACE
# all_was_run FILE: each line that has a command was. Without one are words of the shell alone, patterns of case, the start of a
# function, and what cat reads.
all_was_run() {
    is "$(awk '
        FNR == NR { if ($1 ~ /^@+$/) run[$2]; next }
        is_text { is_text = $0 != "TEXT"; next }
        /<<TEXT$/ { is_text = 1 }
        /^ *(#.*)?$/ || /^ *(fi|done|esac|[{}]|else|then|;;|do)( .*)?$/ || /^ *[^ ()]+\(\) \{$/ || /^ *[^()]+\)$/ { next }
        !(FNR in run) { print FNR ": " $0 }
    ' "$WORK/trace.${1##*/}" "$1")" "" "$1: each of its branches was run"
}

# try TEXT ARGUMENT...: one call of the installer, told in $told; what differs between machines of ours is taken out.
try() {
    local text=$1 status=0 output
    shift
    : >"$FAKE/calls"
    output=$(env -u XDG_CONFIG_HOME BASH_ENV="$WORK/trace.sh" PATH="$FAKE/bin:$WORK/tools" TRADERTERMINAL_ROOT="$FAKE" bash "$installer" "$@" 2>&1 </dev/null) ||
        status=$?
    {
        printf '\n#### %s: %s\n' "$text" "${installer##*/}${*:+ $*}"
        printf '%s\n' "$output"
        [[ ! -s $FAKE/calls ]] || sed 's/^/call: /' "$FAKE/calls"
        echo "status: $status"
    } | sed "s|$FAKE|MACHINE|g; s|$WORK|WORK|g; s|WORK/tmp[^/ ]*|TMP|g; s|$PWD/||g" >>"$told"
}

# compare NAME
compare() {
    [[ ! ${UPDATE:-} ]] || cp "$told" "$here/$1.txt"
    ok "$1: each situation goes as tests/installers/$1.txt says" diff -u "$here/$1.txt" "$told"
}

linux=(loginctl systemctl sudo)

# ---- Fedora, Debian, Ubuntu -------------------------------------------------------------------------------------------
installer=units/systemd/install-fedora.sh told=$WORK/fedora.txt
: >"$told"
echo secret >"$WORK/password"
machine fedora 1000 "${linux[@]}" dnf
try "nothing is there, and nothing is done" --dry-run
is "$(find "$HOME" "$FAKE" -name '*.container')" "" "fedora: --dry-run writes no file"
: >"$FAKE/image"
try "a user, podman is missing" --user
installed=$(find "$FAKE" -name traderterminal.container)
ok "fedora: the files are the repository's" diff "$installed" units/systemd/single/traderterminal.container
try "the same once more"
try "another image" --image localhost/other:1
like "$(grep ^Image= "$installed")" '^Image=localhost/other:1$' "fedora: --image is in the Quadlet file"
sed -i 's/^PidsLimit=.*/PidsLimit=77/' "$installed"
try "a file that was edited" --image localhost/other:1
is "$(grep ^PidsLimit= "$installed.before")" PidsLimit=77 "fedora: what was edited is kept"
try "uninstalling, only said" --uninstall --dry-run
ok "fedora: --uninstall --dry-run removes nothing" test -e "$installed"
try "uninstalling" --uninstall
ok "fedora: --uninstall removes the files" test ! -e "$installed"
try "uninstalling what is not there, with the data" --uninstall --purge

machine selinux 0 "${linux[@]}" podman selinuxenabled restorecon
: >"$WORK/image.tar"
try "root, SELinux, an image from a file, a secret" --image "$WORK/image.tar" --secret "redis=$WORK/password"
installed=$FAKE/etc/containers/systemd/traderterminal.container
like "$(cat "$installed")" 'Secret=redis,uid=1001,mode=0400' "fedora: the secret is in the Quadlet file"
try "the secret anew" --secret "redis=$WORK/password"
try "a secret that cannot be read" --secret "redis=$WORK/nothing"
: >"$WORK/no-bytes"
try "one of two secrets is empty" --secret "redis=$WORK/password" --secret "other=$WORK/no-bytes"
ok "fedora: then the secret of before is still there" test -s "$FAKE/secret-redis"
try "another secret" --secret "other=$WORK/password"
try "no secret named, another image" --image localhost/other:3
is "$(grep ^Secret= "$installed" | sort | tr '\n' ' ')" "Secret=other,uid=1001,mode=0400 Secret=redis,uid=1001,mode=0400 " \
    "fedora: secrets stay in the file, each once"
echo "reevectl health" >"$FAKE/broken"
try "it is not healthy after the start" --image localhost/other:4
rm "$FAKE/broken"
try "once more: the timer is enabled all the same" --image localhost/other:4
like "$(cat "$FAKE/calls")" 'enable --now podman-auto-update.timer' "fedora: the timer is enabled after a start that was not healthy"
echo "restart traderterminal" >"$FAKE/broken"
try "it does not start" --image localhost/other:2
rm "$FAKE/broken"
try "uninstalling with secrets" --uninstall --purge

machine debian 0 "${linux[@]}" apt-get
: >"$FAKE/image"
echo 4.9.3 >"$FAKE/version"
try "Ubuntu: podman 4.9" --system
installed=$FAKE/etc/containers/systemd/traderterminal.container
is "$(grep -cE '^(Notify=true|StopTimeout=.*)$' "$installed")" 1 "fedora: podman 4.9 gets what it knows"
machine old 0 "${linux[@]}" podman
echo 4.3.1 >"$FAKE/version"
try "Debian 12: podman 4.3"
machine bare 1000 "${linux[@]}"
try "no package manager"
try "not root" --system
machine empty 1000 "${linux[@]}" podman
try "no such image"
try "an image of a registry" --image registry.example/traderterminal:1
for arguments in --nonsense --image "--secret x" --purge; do
    # shellcheck disable=SC2086 # words are wanted
    try "wrong usage" $arguments
done
compare fedora
all_was_run "$installer"

# ---- macOS ------------------------------------------------------------------------------------------------------------
installer=units/launchd/install-macos.sh told=$WORK/macos.txt
: >"$told"
machine mac 501 uname launchctl brew
echo Darwin >"$FAKE/uname"
try "nothing is there, and nothing is done" --dry-run
is "$(find "$HOME" -type f)" "" "macos: --dry-run writes no file"
: >"$FAKE/image"
try "all of it" --memory 6144 --disk 60
ok "macos: the files in the machine are the repository's" \
    diff "$FAKE/vm/.config/containers/systemd/traderterminal.container" units/systemd/single/traderterminal.container
agent=$HOME/Library/LaunchAgents/com.traderterminal.podman-machine.plist
is "$(grep -c @ "$agent")" 0 "macos: nothing is left to fill in"
if command -v plistutil >/dev/null; then
    ok "macos: the agent is a property list" plistutil -i "$agent" -o /dev/null
else
    skip "no plistutil" "macos: the agent is a property list"
fi
try "the same once more"
echo stopped >"$FAKE/machine"
try "the machine is stopped, the image another" --image "$WORK/image.tar"
rm "$FAKE/agent"
try "launchd has forgotten the agent"
try "uninstalling, only said" --uninstall --dry-run
echo stopped >"$FAKE/machine"
try "uninstalling, the machine is stopped" --uninstall --dry-run
echo running >"$FAKE/machine"
try "uninstalling" --uninstall
is "$(find "$HOME" -type f)" "" "macos: --uninstall removes all files"
echo "systemctl --user stop" >"$FAKE/broken"
try "uninstalling, and the machine; the unit is away already" --uninstall --purge
rm "$FAKE/broken"
try "uninstalling what is not there" --uninstall --purge

machine homeless 501 uname launchctl
echo Darwin >"$FAKE/uname"
try "no Homebrew"
machine linux 501 uname launchctl
echo Linux >"$FAKE/uname"
try "not macOS"
machine bad 501 uname launchctl podman
echo Darwin >"$FAKE/uname"
try "no such image"
try "an image of a registry" --image registry.example/traderterminal:1
echo "machine start" >"$FAKE/broken"
echo stopped >"$FAKE/machine"
try "the machine does not start"
for arguments in --nonsense --image --purge "--cpus two" "--machine a/b"; do
    # shellcheck disable=SC2086 # words are wanted
    try "wrong usage" $arguments
done

# What launchd calls each minute.
installer=units/launchd/keep-machine.sh
machine keep 501 date podman
try "no machine" traderterminal
echo running >"$FAKE/machine"
try "it runs" traderterminal
echo stopped >"$FAKE/machine"
try "it was stopped" traderterminal
compare macos
all_was_run units/launchd/install-macos.sh
done_testing
