#!/bin/bash
# EnvironmentFile=: what a service gets from its files is what systemd 257 gives it.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
golden=tests/golden/environment
work=$(mktemp -d)
chmod 0755 "$work"
# A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
ctl=$work/bin/reevectl units=$work/units
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health}
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${ENVIRONMENT_PORT:-18824}
mkdir -p "$work/run" "$work/state" "$work/out" "$units"
chmod 0700 "$work/run"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$work/run" "$work/state" "$work/out"
pid=
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT
says() {
    grep -q -- "$1" "$work/log"
}

printf '[Service]\nExecStart=/bin/sleep 1000\n' >"$units/keep.service"
printf '[Unit]\nWants=keep.service\n' >"$units/default.target"
"$work/bin/reeve" --units "$units" >"$work/log" 2>&1 &
pid=$!
ok "the pod comes up" wait_until 20 says 'is up after'
bash $golden/commands.sh "$ctl" "$units" "$work/out" >"$work/got" 2>&1
sed 1d $golden/recorded.txt >"$work/wanted"
ok "$(grep -c '^[a-z]' "$work/wanted") services get what they get from $(sed -n 's/^# //p' $golden/recorded.txt)" \
    diff -u "$work/wanted" "$work/got"
ok "the log names the file that cannot be used" says "absent.service: cannot use the environment file '.*/absent.env': No such file"
ok "and why" says "nul.service: cannot use the environment file"
kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod ends well"
pid=
done_testing
