#!/bin/bash
# time limit: 900
# The test bed itself: what is promised of tests/machine/run to those who use it.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
command -v qemu-system-x86_64 >/dev/null || skip_all "no qemu-system-x86_64 (images/packages.sh install machine)"
tests/machine/kernel >/dev/null || skip_all "no kernel to boot"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# shellcheck disable=SC2016 # for the shell over there
tests/machine/run --kernel lsm=lockdown,yama --share "$work" -- bash -c '
    uname -v; pwd; mount -t securityfs none /sys/kernel/security; cat /sys/kernel/security/lsm /sys/fs/cgroup/cgroup.controllers
    touch /usr/only-here "$1/kept"; exit 7' command "$work" \
    >"$work/out" 2>&1
is "$?" 7 "the exit status of the command comes back"
like "$(<"$work/out")" "Debian" "the kernel is Debian's"
not_ok "a kernel without Landlock when lsm= says so" grep -qw landlock "$work/out"
like "$(<"$work/out")" "(^| )cpu .*memory .*pids" "all controllers are in the one hierarchy"
ok "in the directory of the caller" grep -qx "$PWD" "$work/out"
not_ok "what is written is gone afterwards" test -e /usr/only-here
ok "but not in a shared directory" test -e "$work/kept"

tests/machine/run --init -- bash -c '[[ $$ == 1 ]] && exit 9'
is "$?" 9 "the exit status of a PID 1 comes back"
done_testing
