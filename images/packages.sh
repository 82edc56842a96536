#!/bin/bash
# Which packages reeve and its pod need, under Debian's and Fedora's names: the one list, for `make deps`, the
# images and the tests.
#
#   images/packages.sh install KIND...   installs what is missing (apt or dnf, sudo when not root)
#   images/packages.sh missing KIND...   prints what is missing, a line each; exit status 1 when there is any
#   images/packages.sh list KIND...      prints all package names of this machine's package manager
#   images/packages.sh unpack DIR KIND.. unpacks the packages below DIR (Debian only), nothing is installed
#   images/packages.sh libraries FILE... prints the Debian packages that hold the libraries of these programs
#
# KIND is build, run (of that, redis or desktop alone, for images of one part), test, machine (for tests/machine), arm64
# (for tests/arm64), deploy (what check-deploy takes besides), bench, or what must not be installed, since that would start
# daemons at every boot: peers, which tests/bench measures beside reeve, and metrics, which judges /metrics. Nothing is
# asked of the network unless something is missing.
set -euo pipefail
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL=C

# kind | how to see that it is there | Debian | Fedora
# The second column: command:A,B (one of them is on the PATH), library:X (pkg-config knows it), package (ask the
# package manager). A thing that somebody installed in another way counts as there.
table() {
    cat <<'TABLE'
build | command:gcc,clang      | gcc                   | gcc
build | command:make           | make                  | make
build | command:pkg-config     | pkg-config            | pkgconf-pkg-config
build | header:stdio.h         | libc6-dev             | glibc-devel
build | library:libsystemd     | libsystemd-dev        | systemd-devel
build | library:libcap         | libcap-dev            | libcap-devel
build | library:libseccomp     | libseccomp-dev        | libseccomp-devel
build | library:libmicrohttpd  | libmicrohttpd-dev     | libmicrohttpd-devel
build | library:hiredis        | libhiredis-dev        | hiredis-devel
build | library:jansson        | libjansson-dev        | jansson-devel
build | library:libwebsockets  | libwebsockets-dev     | libwebsockets-devel
build | library:gnutls         | libgnutls28-dev       | gnutls-devel
build | library:zlib           | zlib1g-dev            | zlib-devel
build | library:libzstd        | libzstd-dev           | libzstd-devel
build | command:npm            | npm                   | nodejs-npm
build | file:/etc/ssl/certs    | ca-certificates       | ca-certificates
run,redis   | command:redis-server | redis-server      | redis
run,desktop | command:Xvfb         | xvfb              | xorg-x11-server-Xvfb
run,desktop | command:chromium,chromium-browser,google-chrome-stable | chromium | chromium
run,desktop | package              | fonts-dejavu-core | dejavu-sans-fonts
test  | library:cmocka         | libcmocka-dev         | libcmocka-devel
test  | command:clang          | clang                 | clang
test  | command:clang-tidy     | clang-tidy            | clang-tools-extra
test  | command:clang-format   | clang-format          | clang-tools-extra
test  | command:shellcheck     | shellcheck            | ShellCheck
test  | command:mandoc         | mandoc                | mandoc
test  | command:systemd-analyze | systemd              | systemd
test  | command:git            | git                   | git
test  | command:curl           | curl                  | curl
test  | command:jq             | jq                    | jq
test  | command:redis-cli      | redis-tools           | redis
test  | command:ppmhist        | netpbm                | netpbm-progs
test  | command:ss             | iproute2              | iproute
test  | command:strace         | strace                | strace
test  | command:script         | bsdutils              | util-linux
test  | command:zsh            | zsh                   | zsh
test  | command:fish           | fish                  | fish
test  | command:podman         | podman                | podman
test  | command:runc,crun      | runc                  | runc
test  | package                | netavark              | netavark
test  | command:debootstrap    | debootstrap           | debootstrap
machine | command:qemu-system-x86_64 | qemu-system-x86 | qemu-system-x86-core
machine | command:busybox      | busybox-static        | busybox
arm64 | command:qemu-aarch64-static | qemu-user-static  | qemu-user-static
arm64 | command:aarch64-linux-gnu-gcc | gcc-aarch64-linux-gnu | gcc-aarch64-linux-gnu
arm64 | command:mmdebstrap     | mmdebstrap            | mmdebstrap
arm64 | command:file           | file                  | file
deploy | command:podman-compose | podman-compose      | podman-compose
deploy | command:docker-compose | docker-compose       | docker-compose
deploy | package               | aardvark-dns          | aardvark-dns
deploy | package               | catatonit             | catatonit
deploy | command:newuidmap     | uidmap                | shadow-utils
deploy | command:plistutil     | libplist-utils        | libplist
bench | command:s6-svscan      | s6                    | s6
bench | command:python3        | python3               | python3
bench | package                | python3-pkg-resources | python3-setuptools
peers | package                | runit                 | runit
peers | package                | supervisor            | supervisor
metrics | command:promtool     | prometheus            | golang-github-prometheus
TABLE
}

manager() {
    if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
        echo apt
    elif command -v dnf >/dev/null && command -v rpm >/dev/null; then
        echo dnf
    else
        echo none
    fi
}

package_installed() {
    case $manager in
    apt) [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]] ;;
    dnf) rpm -q --quiet --whatprovides "$1" ;;
    none) true ;; # nobody to ask: believe that it is there
    esac
}

# present PROBE PACKAGE
present() {
    local word
    case $1 in
    command:*)
        for word in $(tr ',' ' ' <<<"${1#*:}"); do
            command -v "$word" >/dev/null && return 0
        done
        return 1
        ;;
    library:*) command -v pkg-config >/dev/null && pkg-config --exists "${1#*:}" ;;
    header:*) [[ -e /usr/include/${1#*:} ]] ;;
    file:*) [[ -n $(ls -A "${1#*:}" 2>/dev/null) ]] ;;
    package) package_installed "$2" ;;
    esac
}

# rows KIND...: "probe package" of this machine, one per line.
rows() {
    local kind probe debian fedora
    while IFS='|' read -r kind probe debian fedora; do
        kind=${kind// /} probe=${probe// /} debian=${debian// /} fedora=${fedora// /}
        [[ " $* " =~ \ (${kind//,/|})\  ]] || continue
        if [[ $manager == dnf ]]; then
            echo "$probe $fedora"
        else
            echo "$probe $debian"
        fi
    done < <(table)
}

missing() {
    local probe package
    while read -r probe package; do
        present "$probe" "$package" || echo "$package"
    done < <(rows "$@") | sort -u
}

as_root() {
    if [[ $EUID == 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "make deps: only root can install packages, and there is no sudo. As root: $*" >&2
        return 1
    fi
}

# Debian starts a daemon as soon as its package is installed. A redis-server on port 6379 is the last thing that
# our pod needs, so for the time of the installation we are the policy that says no (invoke-rc.d(8)).
policy=/usr/sbin/policy-rc.d
policy_is_ours=
forbid_daemons() {
    if [[ ! -e $policy ]]; then
        trap allow_daemons EXIT
        policy_is_ours=yes
        printf '#!/bin/sh\nexit 101\n' | as_root sh -c "cat > $policy && chmod 755 $policy"
    fi
}

allow_daemons() {
    if [[ $policy_is_ours ]]; then
        as_root rm -f "$policy"
        policy_is_ours=
    fi
}

install() {
    local -a packages
    mapfile -t packages < <(missing "$@")
    ((${#packages[@]})) || return 0
    case $manager in
    apt)
        echo "make deps: to $purpose, apt-get installs: ${packages[*]}"
        forbid_daemons
        as_root apt-get -q update
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "${packages[@]}"
        allow_daemons
        ;;
    dnf)
        echo "make deps: to $purpose, dnf installs: ${packages[*]}"
        as_root dnf -y --setopt=install_weak_deps=False install "${packages[@]}"
        ;;
    none)
        echo "make deps: neither apt-get nor dnf is here. Please install by your system's means:" >&2
        printf '  %s\n' "${packages[@]}" >&2
        return 1
        ;;
    esac
    mapfile -t packages < <(missing "$@")
    if ((${#packages[@]})); then
        echo "make deps: still missing after the installation: ${packages[*]}" >&2
        return 1
    fi
}

# unpack DIR KIND...
unpack() {
    local dir=$1 package downloads
    shift
    [[ $manager == apt ]] || { echo "packages.sh: packages can be unpacked on Debian only" >&2; return 1; }
    downloads=$(mktemp -d)
    chmod 755 "$downloads"
    mkdir -p "$dir"
    for package in $(rows "$@" | cut -d' ' -f2); do
        (cd "$downloads" && apt-get -q -o APT::Sandbox::User=root download "$package")
        dpkg-deb -x "$downloads/$package"_*.deb "$dir"
    done
    rm -rf "$downloads"
}

# The package of a library, whatever its number is in this release; /lib may be a link to /usr/lib.
libraries() {
    ldd "$@" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' | sort -u | while read -r file; do
        dpkg-query -S "$file" 2>/dev/null || dpkg-query -S "/usr$file" 2>/dev/null || dpkg-query -S "${file#/usr}"
    done | cut -d: -f1 | sort -u
}

usage() {
    sed -n '5,11s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

(($# >= 2)) || usage
verb=$1
shift
if [[ $verb == libraries ]]; then
    libraries "$@"
    exit
fi
dir=
if [[ $verb == unpack ]]; then
    dir=$1
    shift
fi
for kind; do
    [[ $kind =~ ^(build|run|redis|desktop|test|machine|deploy|bench|peers|metrics)$ ]] || usage
done
manager=$(manager)
purpose=$(printf "%s and " "$@") purpose=${purpose% and }
case $verb in
install) install "$@" ;;
missing)
    list=$(missing "$@")
    [[ -z $list ]] || { echo "$list"; exit 1; }
    ;;
unpack) unpack "$dir" "$@" ;;
list) rows "$@" | cut -d' ' -f2 | sort -u ;;
*) usage ;;
esac
