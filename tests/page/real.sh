#!/bin/bash
# The dashboard of a real reeve in a real Chromium: see real.js, which ends and starts what this script has started.
# time limit: 300
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/page/page_lib.sh
. tests/page/page_lib.sh
command -v redis-server >/dev/null || skip_all "redis-server is not installed"
port=18392
built=$(realpath "$BUILD")
work=$(mktemp -d)
chmod 0755 "$work"
# A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health}
mkdir -p "$work"/{run,state,units,store}
chmod 0700 "$work/run"
: >"$work/good"
[[ $EUID != 0 ]] || chown 1001:1001 "$work"/{run,state,store}
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:$port
pid=
clean_up() {
    [[ ! $pid ]] || kill -TERM "$pid" 2>/dev/null && wait "$pid"
    rm -rf "$work"
}
trap clean_up EXIT

unit() {
    cat >"$work/units/$1"
}
unit store.service <<UNIT
[Unit]
Description=Store: a real Redis
[Service]
Type=notify
ExecStart=/usr/bin/redis-server --port 0 --unixsocket $work/store/socket --supervised systemd --save "" --dir $work/store
[X-Reeve]
HealthCmd=unix:$work/store/socket
HealthInterval=1s
UNIT
unit api.service <<'UNIT'
[Unit]
Description=Speaks for ever
BindsTo=store.service
After=store.service
[Service]
ExecStart=/bin/sh -c 'n=0; while :; do n=$((n + 1)); echo "line $n"; sleep 1; done'
Restart=always
RestartSec=2s
StartLimitIntervalSec=0
UNIT
unit extra.service <<UNIT
[Unit]
Description=The pod can do without it
[Service]
ExecStart=/bin/sleep infinity
[X-Reeve]
HealthCmd=/usr/bin/test -e $work/good
HealthInterval=500ms
HealthRetries=1
HealthImpact=degrade
UNIT
unit hostile.service <<'UNIT'
[Unit]
Description=<img src=x onerror="window.owned=1">
[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/sh -c 'systemd-notify --ready --status="<img src=x onerror=window.owned=2>"; while :; do echo "<img src=x onerror=window.owned=3><script>window.owned=4</script>"; sleep 1; done'
UNIT
unit real.target <<'UNIT'
[Unit]
Description=What tests/page/real.sh starts
Requires=store.service api.service extra.service hostile.service
UNIT
"$work/bin/reeve" --units "$work/units" --target real.target >"$work/log" 2>&1 &
pid=$!
healthy() {
    curl -sf "http://127.0.0.1:$port/health" | jq -e '.status == "healthy"'
}
if ! wait_until 30 healthy >/dev/null; then
    fail "the pod gets healthy"
    diag "$(tail -n 30 "$work/log")"
    done_testing
fi
CTL=$work/bin/reevectl GOOD=$work/good node tests/page/real.js "http://127.0.0.1:$port/"
