#!/bin/bash
# What one round of all probes of the pod costs: the pod as `make run` starts it, but in a network namespace of its own and
# with HealthInterval=1s, so that PROBES (20) answers per unit come in half a minute. Prints a table.
# Needs root, and what `make run` needs.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${BUILD:-build}")
wanted=${PROBES:-20}
if [[ -z ${OWN_NETWORK:-} ]]; then
    OWN_NETWORK=yes BUILD=$build exec unshare --net -- "$0"
fi
ip link set lo up
work=$(mktemp -d -p /var/tmp)
chmod 0755 "$work"
pid=
end() {
    [[ -z $pid ]] || kill -TERM "$pid" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$work"
}
trap end EXIT
cp -r units/pod "$work/units"
sed -i 's/^HealthInterval=.*/HealthInterval=1s/' "$work/units"/*.service
mkdir -p "$work/state"
chown 1001:1001 "$work/state"
REEVE_STATE=$work/state "$build/reeve" --isolate --units "$work/units" >"$work/log" 2>&1 &
pid=$!
get() { curl -s -m 5 "http://127.0.0.1:8090$1"; }

deadline=$((SECONDS + 180))
until [[ $(get /health | jq -r .status 2>/dev/null) == healthy ]]; do
    ((SECONDS < deadline)) || { tail -n 30 "$work/log" >&2; exit 1; }
    read -r -t 0.2 <> <(:) || true
done
cpu() { get /metrics | awk '/^process_cpu_seconds_total/ { printf "%d\n", $2 * 1000 }'; } # in ms
cpu_before=$(cpu) begun=$SECONDS
declare -A seen=()
have() { cut -f1 "$work/answers" 2>/dev/null | sort | uniq -c | awk 'NR == 1 || $1 < least { least = $1 } END { print least + 0 }'; }
: >"$work/answers"
while (($(have) < wanted)); do
    ((SECONDS < deadline + 120)) || break
    while IFS=$'\t' read -r unit at latency; do
        [[ -z ${seen[$unit.$at]:-} ]] || continue
        seen[$unit.$at]=1
        printf '%s\t%s\n' "$unit" "$latency" >>"$work/answers"
    done < <(get /units | jq -r '.units[] | .name as $n | .probes[] | [$n, .at_realtime_us, .latency_us] | @tsv')
    read -r -t 0.3 <> <(:) || true
done
used=$(($(cpu) - cpu_before)) seconds=$((SECONDS - begun))

printf '%s, reeve %s, %s, load %s; %d answers\n\n' "$(date -u +%F)" "$(git describe --always)" "$(uname -sr)" \
    "$(cut -d' ' -f1-3 /proc/loadavg)" "$(wc -l <"$work/answers")"
echo '| probe of | least | median | 95 % | mean |'
echo '|---|---|---|---|---|'
sort -t$'\t' -k1,1 -k2,2n "$work/answers" | awk -F'\t' '
    function row() {
        if (!n) return
        sum = 0
        for (i = 1; i <= n; i++) sum += a[i]
        at = int(n * 0.95 + 0.5); at = at < 1 ? 1 : at
        printf "| %s | %.2f ms | %.2f ms | %.2f ms | %.2f ms |\n", unit, a[1] / 1e3, a[int((n + 1) / 2)] / 1e3, a[at] / 1e3, sum / n / 1e3
        l += a[1]; m += a[int((n + 1) / 2)]; p += a[at]; s += sum / n
    }
    $1 != unit { row(); unit = $1; n = 0 }
    { a[++n] = $2 }
    END { row(); printf "| **all together** | **%.2f ms** | **%.2f ms** | **%.2f ms** | **%.2f ms** |\n", l / 1e3, m / 1e3, p / 1e3, s / 1e3 }'
printf '\nreeve-health itself took %d ms of processor time in %d s, for probes and %s\n' "$used" "$seconds" \
    "the requests of this script."
