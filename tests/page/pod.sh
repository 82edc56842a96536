#!/bin/bash
# The dashboard of TraderTerminal, started as `make run` does, in a real Chromium: see pod.js. Root; the standard ports are
# those of a network namespace of its own.
# time limit: 300
# lock: pod
self=$(realpath "$0")
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/page/page_lib.sh
. tests/page/page_lib.sh
# shellcheck source=tests/shell/pod_lib.sh
. tests/shell/pod_lib.sh
need_browser
[[ $EUID == 0 ]] || skip_all "only root can look into the pod's processes (sudo make check-page)"
build=$BUILD # as make knows it: another word for it would mean compiling anew
own_network "$self"

# Not below /tmp: reeve puts a fresh one over it.
pod_work=$(mktemp -d /var/tmp/reeve-page.XXXXXX)
chmod 755 "$pod_work"
pod_log=$pod_work/log
clean_up_pod() {
    [[ -z ${pod_pid1:-} ]] || kill -TERM "$pod_pid1" 2>/dev/null
    wait_until 15 launcher_done || kill -9 "$pod_pid1"
    rm -rf "$pod_work"
}
trap clean_up_pod EXIT
REEVE_STATE=$pod_work/state make --no-print-directory BUILD="$build" CC="${CC:-gcc}" run >"$pod_log" 2>&1 </dev/null &
pod_launcher=$!
is_begun() {
    find_pid1 || launcher_done
}
wait_until 60 is_begun
wait_healthy 90 "make run: the pod is healthy" || done_testing
REDIS_PID=$(main_pid redis) TAP_COUNT=$tap_count node tests/page/pod.js "$pod_url:8090/"
