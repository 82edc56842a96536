#!/bin/bash
# The values that the loader reads from generated units are those that systemd 257 read from them: time spans, sizes,
# command lines, environment, signals, exit statuses … as `systemctl show` printed them, recorded by
# tests/conformance/record_values.sh.
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
# shellcheck source=tests/conformance/values_lib.sh
. tests/conformance/values_lib.sh
build=${BUILD:-build}
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/units"
values_generate "$scratch/units" "$build/tests/tool_generate" || exit 1
is "$(sed -n 's/^# sha256 of the units: //p' "$values_file")" "$(cat "$scratch"/units/g*.service | sha256sum | cut -d' ' -f1)" \
    "the units are those that were recorded (else: record_values.sh)"
mapfile -t units < <(grep -vE '^#| ' "$values_file")
"$build/tests/tool_values" "$scratch/units/plain.service" "${units[@]/#/$scratch/units/}" >"$scratch/read"
# What systemd takes and we refuse has no values; tests/shell/generated.sh sees to it that this is no mistake of ours.
cut -d' ' -f1 "$scratch/read" | sort -u >"$scratch/taken"
# Limits and policies that nobody sets are not printed by us; systemd prints those of its own process.
printf 'plain.service %s\n' LimitAS=infinity LimitASSoft=infinity LimitCPU=infinity LimitCPUSoft=infinity \
    LimitNOFILESoft=1024 LimitRTTIME=infinity LimitRTTIMESoft=infinity LimitNICE=0 LimitNICESoft=0 \
    CPUSchedulingPolicy=0 CPUSchedulingPriority=0 CPUSchedulingResetOnFork=no >>"$scratch/read"
sort -s -t' ' -k1,1r "$scratch/read" | values_normalise >"$scratch/ours"
awk 'NR == FNR { taken[$1] = 1; next } !/^#/ && / / && $1 in taken' "$scratch/taken" "$values_file" | LC_ALL=C sort >"$scratch/theirs"
ok "all values are systemd's" diff "$scratch/theirs" "$scratch/ours"
count=$(wc -l <"$scratch/taken") values=$(wc -l <"$scratch/ours")
ok "of $count units, $values values that are no defaults" test "$count" -gt 300 -a "$values" -gt 600
done_testing
