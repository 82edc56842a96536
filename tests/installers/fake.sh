#!/bin/bash
# Stands in for the programs that the installers call: each is a link to this file. It notes the call in $FAKE/calls, and
# answers from, and changes, the files of $FAKE, as the real program would the machine:
#
#   image machine linger active agent    there, or with the state as content
#   version                              what podman says
#   vm/                                  the home directory inside the Podman machine
#   broken                               a word: calls that have it fail
name=${0##*/}
line="$name $*"
say() {
    cat "$FAKE/$1" 2>/dev/null
}
if [[ $name == id ]]; then # too often to be noted
    case $1 in
    -un) echo trader ;;
    *) say uid ;;
    esac
    exit
fi
[[ $name == uname ]] && say uname && exit
printf '%s\n' "$line" | sed "s|$WORK|WORK|g" >>"$FAKE/calls"
if [[ -s $FAKE/broken && $line == *"$(say broken)"* ]]; then
    echo "$name: failed, as the test wants it" >&2
    exit 1
fi
case $line in
"sudo "*) exec "$@" ;;
"dnf -y install podman"* | "apt-get -y install podman" | "brew install podman")
    ln -s "$(readlink -f "$0")" "$FAKE/bin/podman"
    ;;
"podman --version") echo "podman version $(say version)" ;;
"podman image exists "* | "podman --connection "*" image exists "*) [[ -e $FAKE/image ]] ;;
"podman load "* | "podman pull "* | "podman --connection "*" load "* | "podman --connection "*" pull "*) : >"$FAKE/image" ;;
"podman secret inspect "*) [[ -e $FAKE/secret-$3 ]] ;;
"podman secret create "*) cp "$4" "$FAKE/secret-$3" ;;
"podman secret rm "*) rm "$FAKE/secret-$3" ;;
"podman machine inspect "*) say machine ;;
"podman machine init "*) echo stopped >"$FAKE/machine" ;;
"podman machine start "*) echo running >"$FAKE/machine" ;;
"podman machine rm "*) rm -r "$FAKE/machine" "$FAKE/vm" ;;
"podman machine ssh "*)
    mkdir -p "$FAKE/vm"
    cd "$FAKE/vm" || exit
    case $4 in
    "cat "* | "mkdir "* | "rm "*) bash -c "$4" ;;
    esac
    ;;
"systemctl "*"is-active "*) [[ -e $FAKE/active ]] ;;
"systemctl "*"restart "*) : >"$FAKE/active" ;;
"systemctl "*"stop "*) rm -f "$FAKE/active" ;;
"loginctl show-user "*) say linger ;;
"loginctl enable-linger "*) echo yes >"$FAKE/linger" ;;
"launchctl print "*) [[ -e $FAKE/agent ]] ;;
"launchctl bootstrap "*) : >"$FAKE/agent" ;;
"launchctl bootout "*) rm "$FAKE/agent" ;;
esac
