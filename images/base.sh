#!/bin/bash
# Makes the base image: a minimal Debian from debootstrap, so that no image of anybody else is needed.
#
#   images/base.sh [-i NAME] [SUITE]      as root; SUITE is bookworm (Debian 12, the default) or another
#
# The root file system goes to build/image/base-SUITE.tar, which is made once; delete it to make it anew. With -i it
# is imported as image NAME. Prints the path of the tar.
#
#   MIRROR, SECURITY_MIRROR   where Debian comes from; the default is Debian's own network
#   http_proxy                as usual; if unset, what the host's apt uses (Acquire::http::Proxy)
#   PODMAN                    the command, with options: "podman --root DIR"
#   SOURCE_DATE_EPOCH         time stamps of the files in the tar
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
MIRROR=${MIRROR:-http://deb.debian.org/debian}
SECURITY_MIRROR=${SECURITY_MIRROR:-http://deb.debian.org/debian-security}
BUILD=${BUILD:-build}
read -r -a podman <<<"${PODMAN:-podman}"

image=
while getopts i: option; do
    case $option in
    i) image=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
suite=${1:-bookworm}
tar=$BUILD/image/base-$suite.tar

[[ $EUID == 0 ]] || { echo "base.sh: debootstrap needs root" >&2; exit 1; }
if [[ -z ${http_proxy:-} ]]; then
    # Fedora has no apt-config.
    http_proxy=$({ apt-config shell p Acquire::http::Proxy 2>/dev/null || true; } | sed -n "s/^p='\(http.*\)'$/\1/p")
    [[ -z $http_proxy ]] || export http_proxy
fi

make_tar() {
    local root
    command -v debootstrap >/dev/null || { echo "base.sh: there is no debootstrap: install it by this machine's packages" >&2; exit 1; }
    root=$(mktemp -d "$BUILD/image/root.XXXXXX")
    # shellcheck disable=SC2064 # the directory of now
    trap "rm -rf '$root'" EXIT
    chmod 755 "$root"
    debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" "$MIRROR" >&2
    rm -f "$root/etc/apt/sources.list"
    cat >"$root/etc/apt/sources.list.d/debian.sources" <<SOURCES
Types: deb
URIs: $MIRROR
Suites: $suite $suite-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: $SECURITY_MIRROR
Suites: $suite-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
    # No manual pages and no logs of a machine that never was.
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/var/log/*.log \
        "$root"/usr/share/man/* "$root"/usr/share/doc/*/changelog*
    rm -f "$root/etc/hostname" "$root/etc/resolv.conf" "$root/etc/machine-id"
    tar -C "$root" --numeric-owner --one-file-system --sort=name \
        ${SOURCE_DATE_EPOCH:+--mtime="@$SOURCE_DATE_EPOCH" --clamp-mtime} -cf "$tar.new" .
    mv "$tar.new" "$tar"
    rm -rf "$root"
    trap - EXIT
}

mkdir -p "$BUILD/image"
made=
if [[ ! -s $tar ]]; then
    make_tar
    made=yes
fi
# Importing the same tar anew would give another image, and podman would build all that is based on it anew.
if [[ $image && ($made || ! $("${podman[@]}" images -q "$image")) ]]; then
    "${podman[@]}" import --quiet --change 'CMD ["/bin/bash"]' "$tar" "$image" >&2
fi
echo "$tar"
