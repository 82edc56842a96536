#!/bin/bash
# reevectl simulate: what it prints, what it writes, what it ends with. Nothing runs, nobody is asked.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
ctl=$(realpath "${BUILD:-build}/reevectl")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir units
cat >units/redis.service <<'UNIT'
[Service]
ExecStart=/usr/bin/redis-server --port 6379
Restart=on-failure
RestartSec=500ms
UNIT
cat >units/kairos.service <<'UNIT'
[Unit]
Wants=redis.service
After=redis.service
[Service]
Type=notify
ExecStart=/usr/bin/kairos
Restart=always
UNIT
cat >crash.scenario <<'TEXT'
# Redis fails once, later it is killed.
t=3s redis exits 1
t=6s redis dies KILL
kairos ready after 800ms
t=20s shutdown
TEXT
simulate() {
    "$ctl" simulate --units units "$@"
}
# wants STATUS ARGUMENTS...
wants() {
    local wanted=$1 got
    shift
    simulate "$@"
    got=$?
    [[ $got == "$wanted" ]] || { echo "ended with $got"; return 1; }
}

out=$(simulate --scenario crash.scenario)
is $? 0 "a scenario plays to its end"
like "$out" '3\.000000  redis\.service   main process exited, code=exited, status=1/FAILURE' "an exit is told as in reeve's log"
like "$out" '0\.000000  redis\.service   runs ExecStart=/usr/bin/redis-server --port 6379' "and which command runs"
like "$out" '0\.800000  kairos\.service  started' "with exact times"
like "$out" '\[dead -> condition -> start-pre -> start\]' "each state that a unit passes is shown"
like "$out" 'redis\.service +inactive \(dead\) +success +3 +2 ' "the summary counts starts and restarts"
like "$out" 'The pod ends at 20s with exit status 0\.' "and says how it ends"
is "$(simulate --scenario crash.scenario -q | grep -c starting)" 0 "-q leaves out the trace"
is "$(simulate --scenario crash.scenario)" "$out" "twice the same is the same"
is "$(simulate --scenario - <crash.scenario)" "$out" "a scenario can come from standard input"

ok "assertions that hold" wants 0 --scenario crash.scenario --assert "redis restarts <= 5" --assert "pod exit == 0" \
    --assert "kairos active at 10s" --assert "redis downtime < 2s" --assert "kairos not active at 500ms"
ok "one that does not hold ends with 1" wants 1 --scenario crash.scenario --assert "redis restarts == 0"
like "$(simulate -q --scenario crash.scenario --assert "redis restarts == 0")" 'FAILS: redis restarts == 0 \(it is: 2\)' \
    "and says what it is instead"

like "$(simulate --until 5s -q kairos)" 'The pod runs at 5s' "without a scenario all goes well"
like "$(simulate redis 2>&1 | tail -1)" 'nothing more would happen' "and ends when nothing more would happen"
ok "the picture is written" wants 0 --scenario crash.scenario --svg out.svg
like "$(<out.svg)" '<rect [^>]*class="waiting"><title>auto-restart' "it shows the waits for restarts"
like "$(<out.svg)" 'prefers-color-scheme:dark' "in light and dark"
if command -v xmllint >/dev/null; then
    ok "it is well-formed" xmllint --noout out.svg
else
    skip "no xmllint" "it is well-formed"
fi
simulate --scenario crash.scenario --json --assert "redis restarts == 0" >out.json
if command -v node >/dev/null; then
    is "$(node -e '
        const all = JSON.parse(require("fs").readFileSync("out.json"));
        const redis = all.units.find(unit => unit.unit === "redis.service");
        console.log(redis.restarts, redis.downtime_us, all.pod.exit, all.pod.end_us, all.assertions[0].holds,
            all.trace.filter(event => event.event === "spawn").length)')" \
        "2 1000000 0 20000000 false 4" "JSON holds the same"
else
    skip "no node" "JSON holds the same"
fi

# --- mistakes ---
printf 't=3s redis exits 1\n  rediss exits 2\n' >bad.scenario
ok "a wrong scenario ends with 1" wants 1 --scenario bad.scenario
like "$(simulate --scenario bad.scenario 2>&1)" \
    'bad\.scenario:2:3: error: The name of a unit is expected here.*did you mean .redis\.service' \
    "and is shown with file, line, column and hint"
like "$(simulate --assert 'redis sings' 2>&1)" "'redis sings': Cannot be understood" "likewise an assertion"
like "$(simulate kairoz 2>&1)" "no unit 'kairoz'.*Did you mean 'kairos.service'" "and a unit"
like "$(simulate --scenario none 2>&1)" "Cannot read the scenario 'none': No such file" "and a file that is not there"
like "$("$ctl" simulate --units none 2>&1)" 'none: error: ' "and a directory"
like "$(simulate --until soon 2>&1)" "'soon' is not a time" "and a time"
like "$("$ctl" simulate --help)" 'Usage: reevectl simulate' "there is help"

# --- a million restarts ---
mkdir many
printf '[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/x\nRestart=always\nRestartSec=100ms\n' >many/x.service
out=$("$ctl" simulate -q --units many --until 100001s --scenario - --assert 'x restarts == 1000010' <<<'x exits 1')
like "$out" 'holds: x restarts == 1000010' "a million restarts"
done_testing
