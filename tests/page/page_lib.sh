# shellcheck shell=bash
# What the tests in this folder need: a browser (need_browser), and a pod of a real reeve (start_pod).
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
export BUILD=${BUILD:-build}

# node, a Chromium in $CHROMIUM, and what package-lock.json names below $BUILD.
need_browser() {
    CHROMIUM=$(command -v chromium chromium-browser google-chrome-stable | head -n 1)
    export CHROMIUM
    command -v node >/dev/null || skip_all "node is not installed"
    [[ $CHROMIUM ]] || skip_all "Chromium is not installed"
    [[ -d $BUILD/web/page/node_modules/axe-core ]] || skip_all "axe-core is not there: make check-page installs it"
}

clean_up() {
    local pid
    for pid in "${started[@]}"; do
        kill -TERM "$pid" 2>/dev/null && wait "$pid"
    done
    rm -rf "$work"
}

unit() {
    cat >"$work/units/$1"
}

# While $work/good exists, extra.service is healthy.
write_units() {
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
ExecStart=/bin/bash -c 'exec 3<> <(:); n=0; while :; do n=$((n + 1)); echo "line $n"; read -rt 1 -u 3; done'
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
ExecStart=/bin/bash -c 'systemd-notify --ready --status="<img src=x onerror=window.owned=2>"; exec 3<> <(:); while :; do echo "<img src=x onerror=window.owned=3><script>window.owned=4</script>"; read -rt 1 -u 3; done'
UNIT
unit real.target <<'UNIT'
[Unit]
Description=What tests/page/real.sh starts
Requires=store.service api.service extra.service hostile.service
UNIT
}

pod_healthy() {
    curl -sf "$pod_url/health" | jq -e '.status == "healthy"'
}

# start_pod PORT: reeve with these units and its health port there ($pod_url), healthy; programs are in $work/bin, the pids
# of all that ends with the test in `started`.
start_pod() {
    command -v redis-server >/dev/null || skip_all "redis-server is not installed"
    local built
    built=$(realpath "$BUILD")
    work=$(mktemp -d)
    started=()
    trap clean_up EXIT
    chmod 0755 "$work"
    # A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
    install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health}
    mkdir -p "$work"/{run,state,units,store}
    chmod 0700 "$work/run"
    : >"$work/good"
    [[ $EUID != 0 ]] || chown 1001:1001 "$work"/{run,state,store}
    export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:$1
    pod_url=http://127.0.0.1:$1
    write_units
    "$work/bin/reeve" --units "$work/units" --target real.target >"$work/log" 2>&1 &
    started+=("$!")
    if ! wait_until 30 pod_healthy >/dev/null; then
        fail "the pod gets healthy"
        diag "$(tail -n 30 "$work/log")"
        done_testing
    fi
}
