#!/bin/bash
# What sandbox.sh plays in a container with systemd, as root: attempts and starts below the system's manager and below that
# of an ordinary user. Environment: work, lines, asked (both with semicolons), rows (what lines asks for), rounds.
set -euo pipefail
cd /
: "${work:?}" "${lines:?}" "${asked:?}" "${rows:?}" "${rounds:?}"
read -ra rows <<<"$rows"
world=$work/world
groupadd -g 1001 bench
useradd -m -u 1001 -g 1001 bench
# A user's manager, with its bus: as dbus-user-session and pam_systemd would make it.
install -d -o 1001 -g 1001 -m 700 /run/user/1001
mkdir -p /etc/systemd/user/sockets.target.wants
printf '%s\n' '[Unit]' Requires=dbus.socket '[Service]' Type=notify NotifyAccess=main \
    'ExecStart=/usr/bin/dbus-daemon --session --address=systemd: --nofork --nopidfile --systemd-activation' >/etc/systemd/user/dbus.service
printf '%s\n' '[Socket]' ListenStream=%t/bus >/etc/systemd/user/dbus.socket
ln -s ../dbus.socket /etc/systemd/user/sockets.target.wants/
systemd-run -q --unit=bench-user -p Type=notify -p User=1001 -p Delegate=yes -E XDG_RUNTIME_DIR=/run/user/1001 /usr/lib/systemd/systemd --user
user=(setpriv --reuid 1001 --regid 1001 --clear-groups env XDG_RUNTIME_DIR=/run/user/1001)

# properties LINES: as words of systemd-run, in the array of that name
properties() {
    local line
    properties=()
    while IFS= read -r line; do
        [[ ! $line || $line == ExecStartPre=* ]] || properties+=(-p "$line")
    done < <(tr ';' '\n' <<<"$1")
}
touch {,/var}/tmp/escapeworld
chown 1001 {,/var}/tmp/escapeworld
"${user[@]}" "$world/bin/escape" control "$world" >"$work/systemd.control"
rm -f "$world"/sibling/{pid,credentials}
# shellcheck disable=SC2016 # for the inner shell
setsid "${user[@]}" sh -c '"$0" keeper "$1" & exec "$0" sibling "$1"' "$world/bin/escape" "$world" >/dev/null 2>&1 &
sibling=$!
exec {quiet}<> <(:)
for ((i = 0; i < 200; i++)); do
    [[ ! -s $world/sibling/pid || ! -s $world/sibling/credentials ]] || break
    read -r -t 0.05 -u "$quiet" _ || true
done
properties "$lines"
systemd-run -q --pipe --wait -p User=1001 "${properties[@]}" "$world/bin/escape" run "$world" "${rows[@]}" \
    >"$work/systemd.holds" 2>"$work/systemd.log" </dev/null || true
"${user[@]}" systemd-run --user -q --pipe --wait "${properties[@]}" "$world/bin/escape" run "$world" "${rows[@]}" \
    >"$work/systemd-user.holds" 2>"$work/systemd-user.log" </dev/null || true
kill -KILL -- "-$sibling" || true

# How much of it there is between a unit and its program, for size(1) outside.
mkdir -p "$work"/files/{own,others}
cp -L /usr/lib/systemd/{systemd,systemd-executor} /usr/lib/*/systemd/libsystemd-{core,shared}-*.so "$work/files/own"
ldd /usr/lib/systemd/{systemd,systemd-executor} | sed -n 's,.* => \(/[^ ]*\) .*,\1,p' | grep -v -e '/libc\.so' -e /libsystemd- | sort -u |
    xargs cp -L -t "$work/files/others"

# The words of a contender have no spaces in them.
properties "$asked"
for way in system user; do
    printf '#!/bin/bash\nexec systemd-run --%s -q --pipe --wait %s %s "$@" </dev/null\n' "$way" \
        "$([[ $way == user ]] || echo -p User=1001)" "$(printf '%q ' "${properties[@]}")" >"/run/start-$way"
    chmod 755 "/run/start-$way"
done
printf 'bare|command|\nsystemd|command|/run/start-system\n' | "$world/bin/starts" "$rounds" "$world/bin/stamp" >"$work/systemd.times" || true
echo 'systemd-user|command|/run/start-user' | "${user[@]}" "$world/bin/starts" "$rounds" "$world/bin/stamp" >>"$work/systemd.times" || true
