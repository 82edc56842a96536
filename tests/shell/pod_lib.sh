# shellcheck shell=bash disable=SC2317,SC2154 # functions given to wait_until; names that the caller sets
# What the TraderTerminal pod must show, wherever it runs: in reeve's own namespaces (tests/shell/pod.sh) and in a
# locked container of podman (tests/image/locked.sh). Source tap.sh first; then start the pod in a way of your own, set
#
#   pod_launcher   pid of what was started; its exit status is the pod's
#   pod_pid1       pid of PID 1, as this PID namespace sees it
#   pod_keeps_bound  not empty: PID 1 was started as an ordinary user, who cannot give up the bounding set
#   pod_patience   optional: seconds that what was killed may take to come back
#   pod_log        file with all that the pod wrote to its standard output
#
# and call the checks. Nothing here looks into reeve: only /proc, HTTP, signals and the log are used.

pod_units=(redis datahub xvfb chromium kairos)
pod_helpers=(reeve-log reeve-health)
pod_url=http://127.0.0.1

# The ports of the pod must be ours alone.
pod_ports_free() {
    ! ss -Hltn '( sport = :8080 or sport = :8081 or sport = :8090 or sport = :6379 or sport = :9222 )' | grep -q .
}

# The pod has fixed ports. In a network namespace of its own, with nothing but loopback, nobody else can have them:
# own_network SCRIPT executes the script anew in there, once.
own_network() {
    if [[ -z ${OWN_NETWORK:-} ]] && unshare --net true 2>/dev/null; then
        export OWN_NETWORK=yes TAP_COUNT=$tap_count TAP_FAILED=$tap_failed
        exec env BUILD="$build" unshare --net -- "$@"
    fi
    [[ -z ${OWN_NETWORK:-} ]] || ip link set lo up
    if ! wait_until 60 pod_ports_free; then
        fail "nobody else has the ports of the pod"
        diag "$(ss -Hltn)"
        done_testing
    fi
}

get() {
    curl -sS -m 5 "$@"
}

pod_health() {
    get "$pod_url:8090/health"
}

pod_healthy() {
    [[ $(pod_health 2>/dev/null | jq -r .status) == healthy ]]
}

# wait_healthy SECONDS TEXT
wait_healthy() {
    if wait_until "$1" pod_healthy; then
        pass "$2"
    else
        fail "$2"
        diag "health: $(pod_health 2>&1 | jq -c . 2>&1 | head -c 3000)"
        diag "log: $(tail -n 40 "$pod_log")"
        return 1
    fi
}

# A zombie of ours still takes signals; its state tells.
launcher_done() {
    [[ ! -e /proc/$pod_launcher ]] || [[ $(awk '/^State:/ { print $2 }' "/proc/$pod_launcher/status") == Z ]]
}

# The status of every process, one after the other. Not awk's own files: mawk ends at one that has just gone.
all_status() {
    cat /proc/[0-9]*/status 2>/dev/null
}

# The reeve that is PID 1 of a namespace below the launcher.
find_pid1() {
    pod_pid1=$(all_status | awk -v root="$pod_launcher" '
        /^Name:/ { name = $2 } /^Pid:/ { pid = $2 } /^PPid:/ { parent[pid] = $2 }
        /^NSpid:/ && NF > 2 && $NF == 1 && name == "reeve" { first[pid] }
        END {
            for (pid in first) {
                for (up = pid; up in parent && up != root; up = parent[up])
                    ;
                if (up == root)
                    print pid
            }
        }' | sort -n | head -n 1)
    [[ -n $pod_pid1 ]]
}

# All processes below PID 1, itself included: children of children, whatever PID namespaces lie between.
pod_pids() {
    all_status | awk -v root="$pod_pid1" '
        /^Pid:/ { pid = $2 } /^PPid:/ { parent[pid] = $2 }
        END {
            for (pid in parent) {
                for (up = pid; up in parent && up != root; up = parent[up])
                    ;
                if (up == root)
                    print pid
            }
        }' | sort -n
}

# "uid CapEff CapBnd NoNewPrivs Seccomp" of a process, ids as seen inside the pod's user namespace.
# shellcheck disable=SC2016 # that is awk's $1
status_of() {
    local -a read_status=(awk '
        /^Uid:/ { uid = $2 } /^CapEff:/ { caps = $2 } /^CapBnd:/ { bound = $2 } /^NoNewPrivs:/ { privs = $2 }
        /^Seccomp:/ { filter = $2 } END { print uid, caps, bound, privs, filter }' "/proc/$1/status")
    nsenter --user --preserve-credentials -t "$pod_pid1" "${read_status[@]}" 2>/dev/null || "${read_status[@]}" 2>/dev/null
}

name_of() {
    cat "/proc/$1/comm" 2>/dev/null
}

declare -A pod_program=([redis]=redis-server [datahub]=datahub [xvfb]=Xvfb [chromium]=chromium [kairos]=kairos
    [reeve-log]=reeve-log [reeve-health]=reeve-health)

# main_pid UNIT: the child of PID 1 that runs the unit's program. Chromium's orphaned helpers are told by --type=.
main_pid() {
    local pid
    # shellcheck disable=SC2013 # words are wanted
    for pid in $(cat "/proc/$pod_pid1/task/$pod_pid1/children" 2>/dev/null); do
        if [[ $(name_of "$pid") == "${pod_program[$1]}" ]] && ! tr '\0' '\n' <"/proc/$pid/cmdline" | grep -q '^--type='; then
            echo "$pid"
            return 0
        fi
    done
    return 1
}

main_pids() {
    local unit
    for unit; do
        echo "$unit=$(main_pid "$unit")"
    done
}

check_all_running() {
    local unit
    for unit in "${pod_units[@]}" "${pod_helpers[@]}"; do
        ok "$unit runs below PID 1" main_pid "$unit"
    done
    is "$(pod_health | jq -r '[.units[] | select(.health != "healthy" and .health != "none")] | length')" 0 \
        "/health shows no unit that is not well"
}

# Identity, capabilities, no_new_privs and filter of every process. A service may have a user namespace for its mounts, in
# which it has no more rights than outside. Chromium makes others below its own, for its sandbox, and has capabilities
# there and nowhere else: such processes are counted apart.
check_privileges() {
    local pid name places unit uid caps bound privs filter wrong="" own=0 all=0
    places=" $(readlink "/proc/$pod_pid1/ns/user") "
    for unit in "${pod_units[@]}" "${pod_helpers[@]}"; do
        places+="$(readlink "/proc/$(main_pid "$unit")/ns/user") "
    done
    for pid in $(pod_pids); do
        name=$(name_of "$pid") || continue
        read -r uid caps bound privs filter < <(status_of "$pid")
        [[ -n $uid ]] || continue # gone meanwhile
        all=$((all + 1))
        [[ $pid != "$pod_pid1" || ! ${pod_keeps_bound:-} ]] || bound=0000000000000000
        [[ $uid == 1001 ]] || wrong+="$name($pid): uid $uid"$'\n'
        [[ $privs == 1 ]] || wrong+="$name($pid): NoNewPrivs $privs"$'\n'
        [[ $filter == 2 || $pid == "$pod_pid1" ]] || wrong+="$name($pid): Seccomp $filter"$'\n'
        if [[ $places != *" $(readlink "/proc/$pid/ns/user") "* ]]; then
            own=$((own + 1))
        elif [[ $caps != 0000000000000000 || $bound != 0000000000000000 ]]; then
            wrong+="$name($pid): CapEff $caps CapBnd $bound"$'\n'
        fi
    done
    diag "$all processes, $own of them in a user namespace of Chromium's own sandbox"
    is "$wrong" "" "every process: uid 1001, no capabilities, no_new_privs; every service and helper: seccomp filter"
    ok "more than ten processes were looked at" test "$all" -gt 10
}

# Kill -9 of a main process: another one comes, and the pod gets well again.
check_kill() {
    local unit=$1 old others
    old=$(main_pid "$unit") || { fail "$unit runs, so that it can be killed"; return; }
    others=$(main_pids "${pod_units[@]}")
    kill -9 "$old"
    new_main() {
        local now
        now=$(main_pid "$unit") && [[ $now != "$old" ]]
    }
    ok "$unit killed: runs again" wait_until "${pod_patience:-30}" new_main
    wait_healthy "${pod_patience:-60}" "$unit killed: the pod is healthy again"
    if [[ $unit == reeve-* ]]; then
        is "$(main_pids "${pod_units[@]}")" "$others" "$unit killed: no service was restarted"
    fi
}

# HealthOnFailure=restart: a process that is there and answers nobody is replaced.
check_hang() {
    local unit=$1 old
    old=$(main_pid "$unit") || { fail "$unit runs, so that it can hang"; return; }
    kill -STOP "$old"
    new_main() {
        local now
        now=$(main_pid "$unit") && [[ $now != "$old" ]]
    }
    ok "$unit hangs: it is started anew" wait_until "${pod_patience:-60}" new_main
    wait_healthy "${pod_patience:-60}" "$unit hangs: healthy again"
    ok "$unit hangs: its probe was the reason" grep -q "$unit.service: unhealthy" "$pod_log" || diag "$(tail -n 20 "$pod_log")"
}

# One client writes as fast as Redis answers. What was acknowledged a second before the kill is there afterwards.
check_redis_writes() {
    local acknowledged old
    acknowledged=$pod_work/writes
    : >"$acknowledged"
    (
        exec 3<>/dev/tcp/127.0.0.1/6379 || exit 1
        while printf 'INCR reeve:test:writes\r\n' >&3 && IFS=: read -r -t 5 _ number <&3; do
            read -r up _ </proc/uptime
            echo "${up/./} ${number%$'\r'}"
        done >"$acknowledged"
    ) 2>/dev/null &
    local writer=$!
    two_seconds_of_writes() {
        local first last
        read -r first _ <"$acknowledged" && last=$(tail -n 2 "$acknowledged" | head -n 1) && ((${last% *} - first > 250))
    }
    ok "a client writes to Redis" wait_until 20 two_seconds_of_writes
    old=$(main_pid redis)
    local up killed durable
    read -r up _ </proc/uptime
    killed=${up/./}
    kill -9 "$old"
    wait "$writer"
    durable=$(awk -v limit=$((killed - 100)) '$1 <= limit { n = $2 } END { print n + 0 }' "$acknowledged")
    redis_back() {
        [[ $(main_pid redis) != "$old" ]] && [[ $(redis-cli -h 127.0.0.1 ping 2>/dev/null) == PONG ]]
    }
    ok "Redis killed under writes: answers again" wait_until 30 redis_back
    local kept
    kept=$(redis-cli -h 127.0.0.1 get reeve:test:writes)
    diag "acknowledged one second before the kill: $durable; last: $(tail -n 1 "$acknowledged" | cut -d' ' -f2); kept: $kept"
    ok "Redis killed under writes: nothing older than a second is lost" test "${kept:-0}" -ge "$durable" -a "$durable" -gt 0
    redis-cli -h 127.0.0.1 del reeve:test:writes >/dev/null
    wait_healthy 60 "Redis killed under writes: the pod is healthy again"
}

# The picture that Kairos took must show candles: many pixels of their two colours, not only a file of some size.
check_screenshot() {
    local picture=$pod_work/screenshot.png id colours
    run_with_picture() {
        id=$(get "$pod_url:8081/runs" | jq -re '[.runs[] | select(.state == "succeeded" and .screenshot != null)][0].id')
    }
    ok "Kairos has run its job" wait_until 60 run_with_picture || return
    run_with_picture
    diag "run $id: $(get "$pod_url:8081/runs/$id" | jq -c '.result')"
    ok "the screenshot can be fetched" get -f -o "$picture" "$pod_url:8081/runs/$id/screenshot.png" || return
    colours=$(pngtopam "$picture" 2>/dev/null | ppmhist -noheader -nomap 2>/dev/null)
    diag "picture: $(pngtopam "$picture" 2>/dev/null | pamfile)"
    is "$(awk '
        $2 > $1 + 40 && $2 > 90 { up += $5 }
        $1 > $2 + 40 && $1 > 90 { down += $5 }
        { all += $5; if ($5 > most) most = $5 }
        END {
            printf "# pixels: %d, rising %d, falling %d, background %d\n", all, up, down, most >"/dev/stderr"
            print (up > 300 && down > 300 && most < all * 0.995) ? "candles" : "no candles"
        }' <<<"$colours" 2>&1 | tee "$pod_work/colours" | grep -v '^#')" candles "the screenshot shows rising and falling candles"
    grep '^#' "$pod_work/colours"
    ok "the last price was read from the page" jq -e '.result.price > 0' <(get "$pod_url:8081/runs/$id")
}

# stop_order LOG: units in the order in which they were stopped.
stop_order() {
    sed -nE 's/.*[ :](redis|datahub|xvfb|chromium|kairos)\.service: stopped.*/\1/p' "$1" | tr '\n' ' '
}

# check_stop COMMAND...: sends SIGTERM to PID 1 in the way of COMMAND.
check_stop() {
    local pids begin end status pid left="" stop_mark
    mapfile -t pids < <(pod_pids)
    stop_mark=$(wc -l <"$pod_log")
    read -r begin _ </proc/uptime
    "$@" >/dev/null
    ok "SIGTERM: PID 1 ends" wait_until 15 launcher_done
    read -r end _ </proc/uptime
    wait "$pod_launcher"
    status=$?
    is "$status" 0 "SIGTERM: exit status 0"
    ok "SIGTERM: took less than ten seconds ($(((${end/./} - ${begin/./}) * 10)) ms)" \
        test $((${end/./} - ${begin/./})) -lt 1000
    tail -n "+$((stop_mark + 1))" "$pod_log" >"$pod_work/stop.log"
    like "$(stop_order "$pod_work/stop.log")" '^kairos chromium (datahub xvfb|xvfb datahub) redis $' \
        "SIGTERM: order kairos, chromium, datahub and xvfb, redis" || diag "$(cat "$pod_work/stop.log")"
    for pid in "${pids[@]}"; do
        [[ ! -e /proc/$pid ]] || left+="$pid($(name_of "$pid")) "
    done
    is "$left" "" "SIGTERM: of ${#pids[@]} processes none is left"
}

# ---- writing where nothing may be written --------------------------------------------------------------------------
# try_units FROM TO STATE PLACE...: copies the units and makes each service run, in its own sandbox, a script that tries
# to write into each PLACE, into the state of its neighbours below STATE, and into its own.
try_units() {
    local from=$1 to=$2 unit
    shift 2
    mkdir -p "$to"
    cp -rL "$from/." "$to"
    cat >"$to/try.sh" <<'TRY'
# try.sh UNIT STATE PLACE...
unit=$1 state=$2
shift 2
own=${STATE_DIRECTORY:-none}
for place in "$@" "$state" "$state"/* "$state"/*/*; do
    [ -d "$place" ] && [ "$place" != "$own" ] || continue
    # What PrivateTmp= puts over it, and what is below that, is nobody else's.
    for top in /tmp /var/tmp; do
        case $place/ in
        "$top"/*)
            if grep -q "/reeve-private-[^ ]*/$unit.service/[^ ]* $top " /proc/self/mountinfo; then
                echo "TRY $unit refused $place"
                continue 2
            fi
            ;;
        esac
    done
    if (: >"$place/.reeve-try") 2>/dev/null; then
        rm -f "$place/.reeve-try"
        echo "TRY $unit wrote $place"
    else
        echo "TRY $unit refused $place"
    fi
done
if [ "$own" = none ]; then
    echo "TRY $unit has no state"
elif (: >"$own/.reeve-try") && rm "$own/.reeve-try"; then
    echo "TRY $unit own"
else
    echo "TRY $unit cannot write $own"
fi
echo "TRY $unit done"
TRY
    for unit in "${pod_units[@]}"; do
        mkdir -p "$to/$unit.service.d"
        cat >"$to/$unit.service.d/zz-try.conf" <<TRY
[Unit]
FailureAction=none
SuccessAction=none
[Service]
Type=oneshot
Restart=no
ExecStartPre=
ExecStartPost=
ExecStart=
ExecStart=/bin/sh ${TRY_PATH:-$to}/try.sh $unit $*
[X-Reeve]
HealthCmd=
HealthGate=no
TRY
    done
}

tried_all() {
    local unit
    for unit in "${pod_units[@]}"; do
        grep -q "TRY $unit done" "$pod_log" || return 1
    done
}

check_tries() {
    local unit
    ok "each service ran the script that tries to write" wait_until 30 tried_all || diag "$(tail -n 40 "$pod_log")"
    for unit in "${pod_units[@]}"; do
        is "$(grep -oE "TRY $unit (wrote .*|cannot write .*)" "$pod_log")" "" \
            "$unit: $(grep -c "TRY $unit refused" "$pod_log") writes outside its state were refused, its own was not"
        ok "$unit: at least eight places were tried" test "$(grep -c "TRY $unit refused" "$pod_log")" -ge 8
    done
}
