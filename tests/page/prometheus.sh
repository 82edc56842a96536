#!/bin/bash
# A real Prometheus with units/monitoring scrapes a real reeve-health, and each query of the Grafana dashboard gives a
# series. Debian's package is unpacked, not installed: no service is started.
# time limit: 180
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/page/page_lib.sh
. tests/page/page_lib.sh
port=18835
bin=$BUILD/prometheus/usr/bin
[[ -x $bin/prometheus ]] || images/packages.sh unpack "$BUILD/prometheus" metrics >/dev/null 2>&1 ||
    skip_all "Debian's package prometheus cannot be had"

ok "promtool check config, with the rules" "$bin/promtool" check config units/monitoring/prometheus.yml
is "$(jq -r '[.panels[] | .id] | length == (unique | length)' units/monitoring/grafana.json)" true "the dashboard is JSON, no id comes twice"
is "$(jq '[.panels[] | select(.type != "row" and (.targets | length) == 0)] | length' units/monitoring/grafana.json)" 0 \
    "each panel of it asks something"

start_pod 18393
sed -e "s/127.0.0.1:8090/127.0.0.1:18393/" -e 's/_interval: .*/_interval: 1s/' units/monitoring/prometheus.yml >"$work/prometheus.yml"
cp units/monitoring/rules.yml "$work/"
"$bin/prometheus" --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/tsdb" \
    --web.listen-address="127.0.0.1:$port" >"$work/prometheus.log" 2>&1 &
started+=("$!")

# query EXPRESSION: prints the result, a JSON array
query() {
    curl -sf -m 10 --data-urlencode "query=$1" "http://127.0.0.1:$port/api/v1/query" | jq -c .data.result
}
gives() {
    [[ $(query "$1" | jq length) -gt 0 ]]
}
ok "Prometheus scrapes the health port" wait_until 60 gives 'up{job="reeve"} == 1' || diag "$(tail -n 20 "$work/prometheus.log")"
ok "... again and again" wait_until 60 gives 'count_over_time(up{job="reeve"}[1m]) >= 8'
is "$(query 'min_over_time(up{job="reeve"}[1m])' | jq -r '.[0].value[1]')" 1 "... without a failure"
scraped=$(query 'scrape_samples_scraped{job="reeve"}' | jq -r '.[0].value[1]')
ok "... $scraped samples" test "$scraped" -gt 50

# What a container's cgroup tells is there only where it tells.
curl -sf "$pod_url/metrics" | sed -n 's/^# TYPE \([a-z_]*\) .*/\1/p' | sort >"$work/names"
not_here() {
    grep -oE 'reeve_container_[a-z_]+' <<<"$1" | sort -u | comm -23 - "$work/names" | grep -q .
}

count=0
while IFS=$'\t' read -r title expression; do
    count=$((count + 1))
    if not_here "$expression"; then
        skip "this machine's cgroup does not tell" "Grafana, '$title': $expression"
        continue
    fi
    asked=${expression//\$instance/127.0.0.1:18393}
    asked=${asked//\$job/reeve}
    asked=${asked//\$__rate_interval/30s}
    asked=${asked//\$__range/1m}
    ok "Grafana, '$title': $expression" gives "$asked" || diag "$(query "$asked")"
done < <(jq -r '.panels[] | .title as $title | .targets[]? | [$title, .expr] | @tsv' units/monitoring/grafana.json | sed 's/\\\\/\\/g')
ok "that were $count queries" test "$count" -ge 20
while read -r name; do
    if not_here "$name"; then
        skip "this machine's cgroup does not tell" "rules: $name exists"
    else
        ok "rules: $name exists" gives "$name"
    fi
done < <(sed -n 's/.*expr: //p' units/monitoring/rules.yml | grep -oE '(reeve|systemd)_[a-z_]+' | sort -u)

# A unit that fails for good is an alarm; who needs it is none.
store=$(curl -sf "$pod_url/units/store.service" | jq .main_pid)
kill -KILL "$store"
ok "a killed store: Prometheus has the pod unhealthy" wait_until 30 gives 'reeve_pod_status{status="unhealthy"} == 1'
ok "... the alert of the pod begins" wait_until 30 gives 'ALERTS{alertname="ReevePodUnhealthy"}'
ok "... that of the unit too" wait_until 30 gives 'ALERTS{alertname="ReeveUnitFailed", name="store.service"}'
ok "... who needs it is blocked" wait_until 30 gives 'reeve_unit_blocked{name="api.service", by="store.service"} == 1'
not_ok "... and no alarm" gives 'ALERTS{name="api.service"}'
done_testing
