#!/bin/bash
# The pod's units are systemd units: systemd's own verifier has nothing to say against an installed copy of them.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
command -v systemd-analyze >/dev/null || skip_all "systemd-analyze is not installed"
for program in redis-server Xvfb chromium; do
    command -v "$program" >/dev/null || skip_all "$program is not installed"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

ok "make install into a directory" make --no-print-directory BUILD="${BUILD:-build}" DESTDIR="$root" PREFIX=/usr install
# --root looks for programs below the root, too: those of Debian are made to be there.
for program in /usr/bin/redis-server /usr/bin/Xvfb /usr/bin/rm /usr/bin/mkdir; do
    [[ -e $root$program ]] || install -D -m 0755 /bin/true "$root$program"
done
ln -sfn usr/bin "$root/bin"
mkdir -p "$root/etc/systemd/system" "$root/usr/lib/systemd/system"
cp "$root"/usr/lib/reeve/pod/*.service "$root"/usr/lib/reeve/pod/*.target "$root/etc/systemd/system/"
# The targets that every unit depends on by default are systemd's own.
cp -L /lib/systemd/system/{sysinit,basic,shutdown,multi-user}.target "$root/usr/lib/systemd/system/" 2>/dev/null

for unit in units/pod/*.service units/pod/*.target; do
    unit=${unit##*/}
    # man:…(…) of what is not installed below the root, and units that only a whole system has, are not the matter.
    output=$(systemd-analyze verify --man=no --recursive-errors=no --root="$root" "/etc/systemd/system/$unit" 2>&1)
    is "$?:$output" "0:" "$unit passes systemd-analyze verify"
done
# The test can fail: a unit with a mistake does not pass.
printf '[Service]\nExecStart=/usr/bin/absent\n' >"$root/etc/systemd/system/bad.service"
not_ok "a unit with a missing program does not" systemd-analyze verify --man=no --recursive-errors=no --root="$root" /etc/systemd/system/bad.service
is "$(readlink "$root/usr/lib/reeve/pod/redis.conf")" "" "the installed redis.conf is a file, not a link out of the tree"
ok "and is the one of services/redis" cmp -s services/redis/redis.conf "$root/usr/lib/reeve/pod/redis.conf"
done_testing
