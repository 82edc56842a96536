#!/bin/bash
# time limit: 3600
# A newcomer's machine: a fresh Debian root file system with git, make and gcc, a clean clone of HEAD, and then
#   Debian 12: `make run` reaches healthy; builds with gcc and clang, warnings being errors; unit tests pass
#   Debian 13: the same builds and unit tests
# FULL=1: `make check` in the Debian 12 one, too. Root, the network and the standard ports are needed.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/shell/pod_lib.sh
. tests/shell/pod_lib.sh
BUILD=$(realpath "${BUILD:-build}")

[[ $EUID == 0 ]] || skip_all "only root can make root file systems"
command -v debootstrap >/dev/null || skip_all "no debootstrap"
wait_until 60 pod_ports_free || skip_all "one of the ports 8080 8081 8090 6379 9222 is taken"

pod_work=$(mktemp -d /var/tmp/reeve-fresh.XXXXXX)
chmod 755 "$pod_work"
pod_log=$pod_work/log
pod_pid1=
clean_up() {
    [[ -z $pod_pid1 ]] || kill -9 "$pod_pid1" 2>/dev/null
    rm -rf --one-file-system "$pod_work"
}
trap clean_up EXIT

# root_make SUITE: a root file system with what reaches the network on this machine: resolver, certificates, npm's and
# apt's settings. They are copied at run time and belong to the machine, not to us.
root_make() {
    local root=$pod_work/$1 tar file
    tar=$(images/base.sh "$1") || return 1
    mkdir "$root" && tar -C "$root" -xf "$tar"
    for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt /root/.npmrc /etc/npmrc; do
        [[ ! -s $file ]] || { mkdir -p "$root$(dirname "$file")" && cp -L "$file" "$root$file"; }
    done
    apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-)' >"$root/etc/apt/apt.conf.d/99host" || true
    mkdir -p "$root/mnt/repository" "$root/mnt/old"
}

# inside SUITE COMMAND...: runs in that root file system as PID 1's child of new namespaces, with a real root (pivot_root)
# and the network of this machine.
# shellcheck disable=SC2016 # for the inner shell
inside() {
    local root=$pod_work/$1
    shift
    unshare --mount --pid --fork --kill-child --propagation private -- bash -c '
        set -e
        root=$1 repository=$2
        shift 2
        mount --bind "$root" "$root"
        mount --bind -o ro "$repository" "$root/mnt/repository"
        mount -t proc proc "$root/proc"
        mount --rbind /sys "$root/sys"
        mount --rbind /dev "$root/dev"
        cd "$root"
        pivot_root . mnt/old
        umount -l /mnt/old
        cd /root
        unset BUILD
        export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8
        "$@"' bash "$root" "$PWD" "$@"
}

logged() {
    "$@" >>"$pod_log" 2>&1 || { tail -n 40 "$pod_log"; return 1; }
}

prepare() {
    inside "$1" bash -c 'apt-get -q update && apt-get -q -y --no-install-recommends install git make gcc libc6-dev &&
        git clone -q file:///mnt/repository reeve && git -C reeve log --oneline -n 1'
}

for suite in bookworm trixie; do
    ok "$suite: a fresh root file system" logged root_make "$suite" || continue
    ok "$suite: git, make, gcc and a clean clone" logged prepare "$suite" || continue
    if [[ $suite == bookworm ]]; then
        like "$(inside "$suite" make -C reeve 2>&1)" "is missing: run 'make deps'" "$suite: make says what to do about missing libraries"
        inside "$suite" make --no-print-directory -C reeve run >"$pod_work/run.log" 2>&1 </dev/null &
        pod_launcher=$!
        pod_log=$pod_work/run.log wait_healthy 900 "$suite: make run reaches healthy" &&
            find_pid1 && ok "$suite: it is stopped by SIGTERM" kill -TERM "$pod_pid1"
        wait_until 30 launcher_done || kill -9 "$pod_launcher"
        wait "$pod_launcher"
        is "$?" 0 "$suite: exit status 0"
        pod_pid1=
    fi
    ok "$suite: packages to test" logged inside "$suite" reeve/images/packages.sh install build test
    ok "$suite: gcc builds without a warning" \
        logged inside "$suite" make -j2 -C reeve WERROR=1 BUILD=build/gcc all test-programs
    ok "$suite: clang builds without a warning" \
        logged inside "$suite" make -j2 -C reeve WERROR=1 CC=clang BUILD=build/clang all test-programs
    ok "$suite: the quick tests pass" logged inside "$suite" make -j2 -C reeve BUILD=build/gcc check-quick
    if [[ ${FULL:-} && $suite == bookworm ]]; then
        ok "$suite: make check" logged inside "$suite" make -C reeve check
    fi
done
done_testing
