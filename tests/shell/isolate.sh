#!/bin/bash
# reeve --isolate without reeve: the place that it makes and what is left of root's powers, seen from inside. Root.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")/tests/tool_isolate
[[ -x $built ]] || { fail "$built is there (make test-programs)"; done_testing; }
[[ $EUID == 0 ]] || skip_all "only root can play all the users that this takes"
unshare --mount --pid --fork true 2>/dev/null || skip_all "root may not make namespaces here"

# Not below /tmp, which is covered; one test is below it on purpose.
work=$(mktemp -d /var/tmp/reeve-isolate.XXXXXX)
temporary=$(mktemp -d /tmp/reeve-isolate.XXXXXX)
chmod 755 "$work" "$temporary"
mkdir "$work/bin"
tool=$work/bin/tool_isolate
cp "$built" "$tool"
runner=
clean_up() {
    [[ -z $runner ]] || kill -9 "$runner" 2>/dev/null
    rm -rf "$work" "$temporary"
}
trap clean_up EXIT

# inside SHELL-TEXT: as PID 1's child, with $state to write to.
state=$work/state
inside() {
    "$tool" "$state" 1001 1001 "$work" -- sh -c "$1"
}

ok "root: a place of its own" inside true
is "$(stat -c %u:%g "$state")" 1001:1001 "the new state directory belongs to the pod's user"
is "$(inside 'id -u; id -g; id -G' | tr '\n' ' ')" "1001 1001 1001 " "uid 1001, no other groups"
is "$(inside 'sed -n "s/^Cap[A-Z][a-z]*:\t//p" /proc/self/status' | sort -u)" 0000000000000000 "no capability in any set"
is "$(inside 'sed -n "s/^NoNewPrivs:\t//p" /proc/self/status')" 1 "no new privileges"
ok "the state directory is writable" inside "touch $state/file"
for directory in / /etc /usr /sys /proc/sys/kernel "$work"; do
    not_ok "$directory is not" inside "touch $directory/reeve-isolate"
done
like "$(inside 'touch /etc/reeve-isolate' 2>&1)" "Read-only file system" "not for lack of rights, but read-only"
for directory in /tmp /run /dev/shm; do
    ok "$directory is writable and new" inside "test -z \"\$(ls $directory)\" && touch $directory/file"
done
is "$(inside 'stat -c %a /tmp /dev/shm /run /tmp/.X11-unix' | tr '\n' ' ')" "1777 1777 755 1777 " "their modes"
ok "devices work" inside 'echo x >/dev/null && head -c 1 /dev/urandom >/dev/null'
ok "one's own entry of /proc is writable" inside 'echo 500 >/proc/self/oom_score_adj'
is "$(inside 'echo /proc/[0-9]*' | tr ' ' '\n' | grep -c .)" 2 "/proc shows the pod's two processes alone"
not_ok "PID 1's memory is closed to its child" inside 'cat /proc/1/environ'
ok "the child may make user namespaces (Chromium does)" inside 'unshare --user true'
is "$(inside hostname)" "$(hostname)" "the host's name stays"
is "$(inside pwd)" / "it stands in /"

# The end of the parent is the end of the pod.
mkfifo -m 666 "$work/fifo"
"$tool" "$state" 1001 1001 "$work" -- sh -c "echo up >$work/fifo; exec sleep infinity" &
runner=$!
ok "the pod is up" timeout 20 cat "$work/fifo"
pod=$(cat "/proc/$runner/task/$runner/children" 2>/dev/null)
like "$pod" "^[0-9]+ $" "and has a PID 1"
kill -9 "$runner"
wait "$runner" 2>/dev/null
runner=
ok "its parent killed, the pod is gone" wait_until 10 test ! -e "/proc/${pod% }"

# An ordinary user: the same, by a user namespace.
mkdir "$work/user" && chown 1500:1500 "$work/user"
as_user() {
    setpriv --reuid 1500 --regid 1500 --clear-groups "$@"
}
if as_user unshare --user --map-root-user true 2>/dev/null; then
    user=("$tool" "$work/user/state" 1001 1001 "$work" --)
    is "$(as_user "${user[@]}" id -u)" 1001 "user: shows as 1001"
    ok "user: the state directory is writable" as_user "${user[@]}" touch "$work/user/state/file"
    is "$(stat -c %u "$work/user/state/file")" 1500 "user: and the file is the user's"
    like "$(as_user "${user[@]}" touch "$work/user/file" 2>&1)" "Read-only file system" "user: what is beside it is read-only"
    is "$(as_user "${user[@]}" sed -n 's/^CapEff:\t//p' /proc/self/status)" 0000000000000000 "user: no capability"
    is "$(as_user "${user[@]}" sed -n 's/^CapBnd:\t//p' /proc/self/status)" 0000000000000000 "user: nor can one come back"
else
    skip "user namespaces are not allowed here" "user: all of it"
fi

# A clone below a closed directory, as in /root.
mkdir -p "$work/closed/clone/units" && chmod 700 "$work/closed"
echo hidden >"$work/closed/secret"
echo shown >"$work/closed/clone/units/file"
below=("$tool" "$work/closed/clone/var" 1001 1001 "$work/closed/clone" "$work/bin" --)
is "$("${below[@]}" cat "$work/closed/clone/units/file")" shown "below a closed directory: reachable at its path"
ok "below a closed directory: the state is writable" "${below[@]}" touch "$work/closed/clone/var/file"
not_ok "below a closed directory: the clone is not" "${below[@]}" touch "$work/closed/clone/file"
is "$("${below[@]}" ls -A "$work/closed")" clone "below a closed directory: nothing else is shown"
not_ok "below a closed directory: nor writable" "${below[@]}" touch "$work/closed/file"
is "$(stat -c %a "$work/closed")" 700 "below a closed directory: which stays closed outside"
is "$("$tool" "$temporary/var" 1001 1001 "$temporary" "$work/bin" -- ls -A "$temporary")" var "below /tmp: the same"

# Root of a chroot that is no mount: a tree of links and mounts, in a mount namespace that ends with the test.
# shellcheck disable=SC2016 # expanded by the inner shell
in_chroot() {
    unshare --mount bash -e -c '
        root=$1
        mkdir -p "$root"/{proc,dev,tmp,run,etc,opt,sys,usr}
        for name in bin sbin lib lib64; do
            [[ ! -L /$name ]] || ln -sfn "$(readlink "/$name")" "$root/$name"
        done
        mount --bind /usr "$root/usr"
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        cp "$2" "$root/opt/tool"
        exec chroot "$root" /opt/tool /opt/state 1001 1001 /opt -- sh -c "$3"
    ' in_chroot "$work/root" "$built" "$1"
}
if [[ -L /lib && -L /bin ]]; then
    ok "in a chroot: a place of its own" in_chroot 'touch /opt/state/file /tmp/file'
    like "$(in_chroot 'touch /etc/file' 2>&1)" "Read-only file system" "in a chroot: read-only"
    is "$(in_chroot 'cut -d" " -f5 /proc/self/mountinfo | grep -c /var/')" 0 "in a chroot: the host's other mounts are gone"
    ok "in a chroot: user namespaces work again" in_chroot 'unshare --user true'
else
    skip "/usr is not merged here" "in a chroot: all of it"
fi

# What cannot work says so, in one sentence, with the exit status of systemd.
mkdir "$work/full" && touch "$work/full/file"
output=$("$tool" "$work/full" 1001 1001 "$work" -- true 2>&1)
is $? 238 "somebody else's state directory: 238 (STATE_DIRECTORY)"
like "$output" "$work/full.*uid 1001.*chown" "and the remedy"
is "$(stat -c %u "$work/full")" 0 "and it was not given away"
mkdir "$work/empty"
ok "an empty one is taken" "$tool" "$work/empty" 1001 1001 "$work" -- touch "$work/empty/file"
output=$(container=engine setpriv --bounding-set -sys_admin "$tool" "$state" 1001 1001 "$work" -- true 2>&1)
is $? 226 "root without CAP_SYS_ADMIN, as in a container: 226 (NAMESPACE)"
like "$output" "namespaces.*run without --isolate: the container already isolates" "and what to do"
output=$(setpriv --bounding-set -setuid "$tool" "$state" 1001 1001 "$work" -- true 2>&1)
is $? 217 "root without CAP_SETUID: 217 (USER)"
like "$output" "cannot become uid 1001.*--user 1001:1001" "and what to do"

done_testing
