#!/bin/bash
# Hot reload as units/compose/dev has it: DataHub runs from a directory that is mounted into its container, its program
# is replaced by one with another page, as a build does it, and the new page is what is answered. Prints the time it took.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
chmod 0755 "$work"
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health}
mkdir -p "$work"/{opt,run,state,units}
install "$built/datahub" "$work/opt/datahub"
chmod 0700 "$work/run"
[[ $EUID != 0 ]] || chown 1001:1001 "$work/run" "$work/state"
port=${HOT_PORT:-18760}
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:$((port + 1)) DATAHUB_REDIS=127.0.0.1:$((port + 2))
pid=
end() {
    [[ -z $pid ]] || { kill -TERM "$pid" && wait "$pid"; }
    rm -rf "$work"
}
trap end EXIT

# What the container has in its two directories, at other places and another port. A container that is not here tells its
# services all that they need; the sandbox of this unit has tests of its own.
cp -r units/compose/dev/datahub/. units/image/datahub/redis.service "$work/units"
cp units/pod/datahub.service "$work/units"
find "$work/units" -type f -exec sed -i "s#/opt/reeve/#$work/opt/#; s#8080#$port#" {} +
# The directory is one of /tmp; and there is no Redis, which DataHub waits for before it calls itself ready.
printf '[Service]\nPrivateTmp=no\nType=exec\n' >"$work/units/datahub.service.d/zzz-test.conf"
chmod -R go+rX "$work/units"
"$work/bin/reeve" --units "$work/units" >"$work/log" 2>&1 &
pid=$!
ctl() {
    timeout 10 "$work/bin/reevectl" "$@"
}
page() {
    curl -sm 2 "http://127.0.0.1:$port/"
}
is_up() {
    page | grep -q '</html>' && [[ $(ctl is-active datahub-reload.path) == active ]]
}
ok "DataHub answers" wait_until 30 is_up || { diag "$(tail -n 20 "$work/log")"; done_testing; }
is "$(ctl show -P SubState datahub-reload.path)" waiting "its program is watched"
is "$(ctl show -P ActiveState datahub-reload.service)" inactive "what restarts it waits for its path unit, though all units are started"
first=$(ctl show -P MainPID datahub.service)

# change OLD NEW: a program with another page (of the same length), complete before it has its name
change() {
    sed "s#<title>$1#<title>$2#" "$work/opt/datahub" >"$work/opt/datahub.new"
    chmod 0755 "$work/opt/datahub.new"
    mv "$work/opt/datahub.new" "$work/opt/datahub"
}
says() {
    page | grep -q "<title>$1"
}
waits() {
    [[ $(ctl show -P SubState datahub-reload.path) == waiting ]]
}
old=$(page | sed -n 's/.*<title>\(....\).*/\1/p' | head -n 1)
for new in new1 new2; do
    begin=${EPOCHREALTIME/./}
    change "$old" $new
    ok "a new program, and its page is answered ($new)" wait_until 30 says $new || diag "$(tail -n 20 "$work/log")"
    diag "from the new program to its answer: $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
    old=$new
    ok "and the path unit waits for the next one" wait_until 30 waits
done
not_ok "it is another process" test "$(ctl show -P MainPID datahub.service)" = "$first"
is "$(ctl show -P NRestarts datahub.service)" 0 "which did not crash"
kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod stops well"
pid=
done_testing
