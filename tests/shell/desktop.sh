#!/bin/bash
# shellcheck disable=SC2317 # functions given to wait_until and ok
# chromium-run: its verdict on Chromium's own sandbox, and the real browser that it starts, on a real Xvfb.
# Ports: DevTools chooses its own; the display too.
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/shell/tap.sh
source "$here/tap.sh"
BUILD=$(realpath "${BUILD:-build}")

read -r -a compiler <<<"${CC:-cc}"
for program in Xvfb "$BUILD/chromium-run" curl "${compiler[0]}"; do
    command -v "$program" >/dev/null || skip_all "$program is not there"
done
[[ -x /usr/lib/chromium/chromium || -x /usr/bin/chromium ]] || skip_all "Chromium is not installed"

# The pod's user, as the pod would have it; whoever is not root stays who he is.
as_user=()
if ((EUID == 0)); then
    as_user=(setpriv --reuid 1001 --regid 1001 --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs)
fi

work=$(mktemp -d /tmp/desktop-test-XXXXXX)
started=()
clean_up() {
    local pid
    for pid in "${started[@]}"; do
        kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    # Chromium's processes end by themselves once their browser is gone.
    wait_until 10 no_process_of_ours
    rm -rf "$work"
}
trap clean_up EXIT

no_process_of_ours() {
    ! grep -qs "$work" /proc/[0-9]*/cmdline
}
mkdir "$work/state" "$work/bin"
cp "$BUILD/chromium-run" "$work/bin/"
"${compiler[@]}" -O1 -o "$work/bin/refuse" "$here/refuse.c" || exit 1
chmod 755 "$work" "$work/bin"
((EUID != 0)) || chown 1001:1001 "$work" "$work/state"
export PATH=$work/bin:$PATH HOME=$work/state

# --- the verdict alone

normal=$("${as_user[@]}" chromium-run --check 2>&1)
normal_code=$?
if ((normal_code == 0)); then
    is "$normal" "chromium-run: own sandbox: on" "the own sandbox is on where all calls are allowed"
else
    like "$normal" "own sandbox: off \([^:]+: E[A-Z]+, .*Remedy: " "a refusal here is named with call, errno, remedy"
fi

refused_chroot() {
    "${as_user[@]}" refuse chroot chromium-run --check 2>&1
}
refused_userns() {
    "${as_user[@]}" refuse userns chromium-run --check 2>&1
}
not_ok "chroot refused: the check fails" refused_chroot
if ((normal_code == 0)); then
    like "$(refused_chroot)" "off \(chroot: EPERM, Operation not permitted\); adding --no-sandbox.*--cap-add SYS_CHROOT" \
        "chroot refused: call, errno and the container flag are named"
else
    skip "user namespaces are refused here" "chroot refused: call, errno and the container flag are named"
fi
not_ok "user namespaces refused: the check fails" refused_userns
like "$(refused_userns)" "off \(clone\(NEWUSER\|NEWPID\|NEWNET\): EPERM, .*--security-opt seccomp=" \
    "user namespaces refused: call, errno and the container flag are named"
if ((EUID == 0)); then
    like "$(chromium-run --check 2>&1)" "own sandbox: off, as Chromium refuses to use it as root.*User=1001" \
        "root: off, and why"
else
    skip "not root" "root: off, and why"
fi

# --- what is wrong is said in one line

like "$(env -u STATE_DIRECTORY "${as_user[@]}" chromium-run 2>&1 | tail -n 1)" "no place for the profile. Remedy" \
    "no state directory: says what to do"
"${as_user[@]}" chromium-run --state "$work/state" --browser /nonexistent >"$work/log" 2>&1
is "$?" 203 "a browser that is not there: exit code 203"
like "$(tail -n 1 "$work/log")" "cannot execute '/nonexistent'.*Remedy: install" "and one line with the remedy"
if ((EUID == 0)); then
    mkdir -m 755 "$work/foreign"
    "${as_user[@]}" chromium-run --state "$work/foreign" >"$work/log" 2>&1
    is "$?" 238 "a state directory of another user: exit code 238"
    like "$(tail -n 1 "$work/log")" "Permission denied. Remedy: make '$work/foreign' writable for uid 1001" \
        "and one line with the remedy"
else
    skip "not root" "a state directory of another user: exit code 238"
    skip "not root" "and one line with the remedy"
fi

# --- the browser itself

exec {display_fd}<> <(:)
"${as_user[@]}" Xvfb -displayfd "$display_fd" -screen 0 1280x800x24 -nolisten tcp -nolisten local -noreset \
    >"$work/xvfb.log" 2>&1 &
started+=($!)
read -r -t 20 -u "$display_fd" display || { fail "Xvfb starts"; diag "$(<"$work/xvfb.log")"; done_testing; }
export DISPLAY=:$display

# start NAME WRAPPER...: Chromium below $work/state/NAME; sets `browser` and `log`
start() {
    local name=$1
    shift
    log=$work/$name.log
    "${as_user[@]}" mkdir -p "$work/state/$name"
    STATE_DIRECTORY=$work/state/$name "${as_user[@]}" "$@" chromium-run -- --remote-debugging-port=0 >"$log" 2>&1 &
    browser=$!
    started+=("$browser")
    port_file=$work/state/$name/profile/DevToolsActivePort
}
answers() {
    local port
    read -r port 2>/dev/null <"$port_file" || return 1
    curl -fsS -m 2 "http://127.0.0.1:$port/json/version"
}
gone() {
    ! grep -qs "$work/state/$1/profile" /proc/[0-9]*/cmdline
}
renderer_is_apart() {
    local file mine theirs
    mine=$(readlink "/proc/$browser/ns/user") || return 1
    while read -r file; do
        theirs=$(readlink "${file%cmdline}ns/user") || continue
        [[ -n $theirs && $theirs != "$mine" ]] && return 0
    done < <(grep -lsz -- "--type=renderer" /proc/[0-9]*/cmdline | xargs -r grep -ls "$work/state/normal/profile")
    return 1
}
stop() {
    kill -TERM "$browser"
    wait "$browser"
    is "$?" 0 "$1: SIGTERM to the main process ends it with code 0"
    ok "$1: and all its processes are gone within 5 s" wait_until 5 gone "$1"
}

start normal
ok "normal: DevTools answers" wait_until 40 answers || diag "$(<"$log")"
# shellcheck disable=SC2016 # that is tr's
arguments=$(tr '\0' ' ' <"/proc/$browser/cmdline")
if ((normal_code == 0)); then
    like "$arguments" "--user-data-dir=$work/state/normal/profile " "normal: the profile is below the state directory"
    not_ok "normal: no --no-sandbox" grep -q -- --no-sandbox <<<"$arguments"
    # A renderer of the own sandbox lives in a user namespace of its own.
    ok "normal: a renderer is in another user namespace than the browser" wait_until 10 renderer_is_apart
else
    for text in "the profile is below the state directory" "no --no-sandbox" "a renderer is in another user namespace"; do
        skip "the own sandbox cannot work here" "normal: $text"
    done
fi
is "$(grep -c . "$log")" 2 "normal: two lines of log, the verdict and DevTools' own" || diag "$(<"$log")"
like "$("${as_user[@]}" chromium-run --state "$work/state/normal" 2>&1 | tail -n 1)" \
    "is in use by the browser with pid $browser\. Remedy" "a second browser on the same profile is refused"

kill -KILL "$browser"
wait "$browser" 2>/dev/null
ok "killed: its processes end by themselves" wait_until 10 gone normal
ok "killed: it leaves a lock" test -L "$work/state/normal/profile/SingletonLock"
# As a container that comes back: another host name, a pid that somebody else has now.
ln -sfn "oldhost-$$" "$work/state/normal/profile/SingletonLock"
rm -f "$work/state/normal/profile/DevToolsActivePort"
start normal
ok "stale lock: DevTools answers" wait_until 40 answers || diag "$(<"$log")"
like "$(<"$log")" "removed the stale profile lock of 'oldhost-$$'" "stale lock: is reported"
stop normal

start refused refuse chroot
ok "chroot refused: DevTools answers all the same" wait_until 40 answers || diag "$(<"$log")"
ok "chroot refused: --no-sandbox is in /proc/PID/cmdline" grep -qz -- "^--no-sandbox$" "/proc/$browser/cmdline"
like "$(<"$log")" "own sandbox: off \(.*adding --no-sandbox" "chroot refused: and the report is in the log"
stop refused

start nouserns refuse userns
ok "user namespaces refused: DevTools answers all the same" wait_until 40 answers || diag "$(<"$log")"
ok "user namespaces refused: --no-sandbox is in /proc/PID/cmdline" grep -qz -- "^--no-sandbox$" "/proc/$browser/cmdline"
stop nouserns
done_testing
