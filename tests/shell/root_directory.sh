#!/bin/bash
# RootDirectory= in a running pod: the service finds its program, its directories and nothing of outside in there, and
# reeve still hears it. Recorded from systemd 257 by hand: a path of ReadOnlyPaths= and its like is one of outside
# unless it has a "+"; names of programs are looked for in there; MountAPIVFS= is on by default.
# shellcheck disable=SC2016 # what the services run is for their own shell
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d /var/tmp/reeve-root.XXXXXX)
chmod 0755 "$work"
reeve=$work/bin/reeve ctl=$work/bin/reevectl sandbox=$work/bin/reeve-sandbox
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health,reeve-sandbox} "$built"/tests/tool_notify
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${ROOT_PORT:-18726}
out=$work/out units=$work/units log=$work/log root=$work/root
mkdir -p "$REEVE_RUNTIME_DIR" "$work/state" "$out" "$units"
chmod 0700 "$REEVE_RUNTIME_DIR"
# ---- a root with a shell, and what it needs ----
mkdir -p "$root"/{bin,etc,srv/data,open,proc,dev,sys,run,tmp,var/lib}
programs=(/bin/sh /bin/ls /bin/cat /bin/touch /bin/sleep "$built/tests/tool_notify")
for program in "${programs[@]}"; do
    cp -L "$program" "$root/bin/"
    ldd "$program" 2>/dev/null | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$root${library%/*}"
        cp -L "$library" "$root$library"
    done
done
echo inside >"$root/etc/name"
ln -s /srv/data "$root/link"
chmod -R a+rX "$root"
chmod 0777 "$root/open" "$root/srv/data"
as_user=(env)
if ((EUID == 0)); then
    as_user=(setpriv --reuid 1001 --regid 1001 --clear-groups --inh-caps=-all --bounding-set=-all)
    chown -R 1001:1001 "$REEVE_RUNTIME_DIR" "$work/state" "$out" "$root"
fi
pid=
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT
said=$("${as_user[@]}" "$sandbox" --dry-run -p "RootDirectory=$root" 2>/dev/null | grep ^RootDirectory)
like "$("${as_user[@]}" "$sandbox" --dry-run -p RootDirectory=/absent 2>&1)" "RootDirectory=.*(does not exist|mount namespace)" "without the directory it is refused"
[[ $said == *": full"* ]] || skip_all "no mounts can be had here: $said"
inside() {
    "${as_user[@]}" "$sandbox" -q -p "RootDirectory=$root" "$@" 2>&1
}

# ---- what is seen ----
is "$(inside -- sh -c 'cat /etc/name; cd /; pwd; ls -d /home "$1" 2>/dev/null' sh "$work")" "inside
/" "the directory is /, and nothing else is there"
is "$(inside -- ls /proc/self/root/ | tr '\n' ' ')" "$(cd "$root" && echo * | tr '\n' ' ')" "whichever way"
is "$(inside -- sh -c 'cd /; cd ../../..; cat etc/name')" inside "nor is there a way up"
is "$(inside -- sh -c 'echo x >/dev/null && cat /proc/self/comm && ls -d /sys/kernel')" "cat
/sys/kernel" "MountAPIVFS=yes is the default"
like "$(inside -- cat /run/host/os-release)" '^(PRETTY_)?NAME=' "os-release of outside is in /run/host"
is "$(inside -p MountAPIVFS=no -- ls /proc /dev /sys /run | tr '\n' ' ')" "/dev:  /proc:  /run:  /sys: " "without it there is nothing"
is "$(inside -p PrivateDevices=yes -- ls /dev/null /dev/zero | tr '\n' ' ')" "/dev/null /dev/zero " "with devices of its own"
refuses() {
    local line=$1
    shift
    not_ok "$line holds in there: $*" inside -p "$line" -- "$@"
}
ok "what is writable is" inside -- touch /open/x /srv/data/x
refuses ProtectSystem=strict touch /open/y
refuses ReadOnlyPaths=+/open touch /open/y
refuses "ReadOnlyPaths=$root/open" touch /open/y
refuses ReadOnlyPaths=+/link touch /srv/data/y
refuses InaccessiblePaths=+/etc cat /etc/name
ok "a path of outside means nothing in there" inside -p ReadOnlyPaths=/open -- touch /open/y
like "$("${as_user[@]}" "$sandbox" -p "RootDirectory=$root" -p ReadOnlyPaths=/open -- true 2>&1; "$ctl" verify --help >/dev/null)" "" "and is passed over"
ok "but for what is written to" inside -p ProtectSystem=strict -p ReadWritePaths=+/open -- touch /open/z
is "$(inside -p "BindReadOnlyPaths=$work/bin:/srv/bin" -- ls /srv/bin/reeve)" /srv/bin/reeve "a bind comes from outside"
like "$("${as_user[@]}" "$sandbox" -p "RootDirectory=$root" -p SandboxPolicy=degrade -p RootDirectory=/absent -- /bin/sh -c 'echo out' 2>&1; echo $?)" \
    "RootDirectory= is not held here.*Not without it.*226" "nor with degrade"
refuse=$work/bin/refuse
if "${CC:-cc}" -o "$refuse" tests/shell/refuse.c 2>/dev/null; then
    is "$("${as_user[@]}" "$refuse" pivot "$sandbox" -q -p "RootDirectory=$root" -- sh -c 'cd /; cd ../..; cat etc/name')" inside \
        "where pivot_root(2) is forbidden, it is mounted over the old one"
else
    skip "no compiler" "where pivot_root(2) is forbidden"
fi

# ---- in a pod ----
cat >"$root/bin/main" <<'SH'
#!/bin/sh
pwd >"$STATE_DIRECTORY/cwd"
cat /etc/name >"$STATE_DIRECTORY/name"
tool_notify READY=1 "STATUS=from in there"
exec sleep infinity
SH
chmod 0755 "$root/bin/main"
cat >"$units/main.service" <<UNIT
[Service]
Type=notify
NotifyAccess=all
RootDirectory=$root
WorkingDirectory=/srv
StateDirectory=rooted
Environment=PATH=/bin
ExecStartPre=/bin/sh -c 'echo pre >/open/pre'
ExecStart=main
ExecStartPost=+/bin/sh -c 'ls -d $work >$out/plus'
TimeoutStartSec=20
UNIT
printf '[Unit]\nWants=main.service\n' >"$units/default.target"
says() {
    grep -q -- "$1" "$log"
}
"${as_user[@]}" "$reeve" --units "$units" >"$log" 2>&1 &
pid=$!
ok "the pod comes up: who is in there is heard" wait_until 30 says 'is up after' || diag "$(<"$log")"
is "$("$ctl" show main.service -p StatusText)" "StatusText=from in there" "what it says of itself"
is "$(cat "$work"/state/*/rooted/{cwd,name} 2>/dev/null || cat "$work"/state/rooted/{cwd,name})" "/srv
inside" "its state directory is that of outside, its working directory one of in there"
is "$(<"$root/open/pre")" pre "ExecStartPre= runs in there as well"
is "$(<"$out/plus")" "$work" "with + it is outside"
kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod stops" || diag "$(<"$log")"
pid=
sed -i 's/^ExecStart=main/ExecStart=nobody/' "$units/main.service"
like "$("${as_user[@]}" "$reeve" --units "$units" 2>&1)" "the program 'nobody' does not exist" "a program that is not in there is told before anything starts"
sed -i 's/^ExecStart=nobody/ExecStart=main/; s/^RootDirectory=.*/RootDirectory=\/absent/; $a [X-Reeve]\nSandboxPolicy=degrade' "$units/main.service"
like "$("${as_user[@]}" "$reeve" --units "$units" 2>&1)" "RootDirectory=/absent: it does not exist" "a root that is not there is refused, whatever the policy"
done_testing
