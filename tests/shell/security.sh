#!/bin/bash
# reevectl security: what it says of unit files and of a running pod, beside what systemd-analyze 257 says of the same units.
# shellcheck disable=SC2016 # programs of awk and jq
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
recorded=$PWD/tests/security/recorded.txt
work=$(mktemp -d)
chmod 0755 "$work"
# A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
reeve=$work/bin/reeve ctl=$work/bin/reevectl units=$work/set/units log=$work/log
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health}
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${SECURITY_PORT:-18826}
mkdir -p "$work/run" "$work/state" "$units" "$work/recorded"
chmod 0700 "$work/run"
as_pod=()
if [[ $(id -u) == 0 ]]; then
    chown 1001:1001 "$work/run" "$work/state"
    as_pod=(setpriv --reuid 1001 --regid 1001 --clear-groups --no-new-privs --bounding-set=-all)
fi
pid=
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT
unit() {
    cat >"$units/$1"
}
security() {
    "${as_pod[@]}" "$ctl" security "$@"
}
# wants STATUS ARGUMENTS...
wants() {
    local wanted=$1 got
    shift
    security "$@"
    got=$?
    [[ $got == "$wanted" ]] || { echo "ended with $got, not with $wanted"; return 1; }
}

# ---- the units of recorded.txt: what is held counts as it does in systemd, and so comes to the same level ----
awk -v into="$work/recorded" '
    /^unit / { file = into "/" $2; sub(/@\.service$/, "@i.service", file) }
    /^\+/ { print substr($0, 2) >file }' "$recorded"
"$ctl" security --units="$work/recorded" --json >"$work/offline.json" 2>"$work/said"
jq -r '.units[] | "unit \(.unit)", "level \(.exposure * 10 | round)",
    (.items[] | "item \(.badness // "-") \(.name)\t\(.because // "")")' "$work/offline.json" >"$work/got"
# Prints what differs without a reason; then the number of units, and of those with the same level.
compare() {
    awk -v root="$(id -u)" '
        function badness(name) { return (name in exposed) ? exposed[name] : 0 }
        FNR == 1 { file++; unit = "" }
        file == 1 && /^unit / { unit = $2; sub(/@\.service$/, "@i.service", unit) }
        file == 1 && /^level / { level[unit] = $2 }
        file == 1 && /^exposed/ { recorded[unit] = $0; next }
        file == 1 { next }
        function flush() {
            if (unit == "") return
            units++
            if (!differs) { if (same == level[unit]) equal++; else print unit ": level " same ", in systemd " level[unit] }
        }
        /^unit / {
            flush()
            unit = $2; differs = 0
            split("", exposed)
            n = split(recorded[unit], words, " ")
            for (i = 2; i <= n; i++) {
                match(words[i], /:[^:]*$/)
                exposed[substr(words[i], 1, RSTART - 1)] = substr(words[i], RSTART + 1)
            }
        }
        /^level / { same = $2 }
        /^item / {
            got = $2; text = substr($0, 6 + length(got) + 1)
            split(text, parts, "\t")
            if (got == badness(parts[1])) next
            differs = 1
            if (parts[2] ~ /not held here|not supported/) next
            # What follows from the user that the pod runs as, and from other directives that are not held (so).
            if (root != 0 && parts[1] ~ /^(User=|SupplementaryGroups|RemoveIPC|AmbientCapabilities)/) next
            if (parts[1] ~ /MKNOD|RAWIO|^Delegate|^RemoveIPC/ || unit == "case-dynamic.service") next
            if (parts[1] == "PrivateMounts=" && got == 1) next
            print unit ": " parts[1] " is " got " (" parts[2] "), in systemd " badness(parts[1])
        }
        END { flush(); print units + 0 " units, " equal + 0 " levels" }' "$recorded" "$work/got"
}
compared=$(compare)
like "$compared" '^[0-9]+ units, [0-9]+ levels$' "every item of every unit is as bad as in systemd 257, unless it is not held"
diag "${compared##*$'\n'}; $(cat "$work/said")"
is "$(grep -c '^unit ' "$work/got")" "$(grep -c '^unit ' "$recorded")" "every recorded unit is judged"
if [[ $(id -u) == 0 ]]; then
    ok "so that most levels can be compared" awk '{ exit !($3 >= 80) }' <<<"${compared##*$'\n'}"
else
    skip "units without User= are of root there, and not here" "so that most levels can be compared"
fi

# ---- the pod's own units, on both scales ----
cp -rL units/pod "$work/pod"
services=(redis datahub xvfb kairos)
mounts=$(security --units="$work/pod" redis 2>/dev/null | grep '^PrivateMounts\|^PrivateTmp')
if [[ $mounts == *' full '*' mounts'* ]]; then
    ok "redis, datahub, xvfb and kairos are held so well that their exposure is at most 2.0" \
        wants 0 --units="$work/pod" --threshold=20 "${services[@]}"
    ok "chromium, which has a sandbox of its own to make, at most 2.9" wants 0 --units="$work/pod" --threshold=29 chromium
else
    skip "no mount namespace can be had here" "the exposure of the pod's services" 2
fi
if type -P systemd-analyze >/dev/null && systemd-analyze security --help | grep -q -e --offline; then
    for unit in "${services[@]}"; do
        ok "systemd-analyze says the same of the file of $unit" systemd-analyze security --offline=yes --threshold=20 \
            --no-pager "$work/pod/$unit.service"
    done
    diag "$(for unit in "${services[@]}" chromium; do
        systemd-analyze security --offline=yes --no-pager "$work/pod/$unit.service" 2>/dev/null | tail -n 1
    done)"
else
    skip "no systemd-analyze that reads files" "systemd-analyze says the same" "${#services[@]}"
fi
diag "$(security --units="$work/pod")"

# ---- one unit, in words ----
unit open.service <<'UNIT'
[Service]
ExecStart=/bin/sleep 1000
UNIT
unit closed.service <<'UNIT'
[Service]
ExecStart=/bin/sleep 1000
CapabilityBoundingSet=
LockPersonality=yes
RestrictNamespaces=yes
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM
LimitRTTIME=5
IPAddressDeny=any
[X-Reeve]
SandboxPolicy=degrade
UNIT
unit some.target <<'UNIT'
[Unit]
Wants=open.service
UNIT
security --offline --units="$units" closed >"$work/text"
like "$(head -n 2 "$work/text")" '^closed.service, as it would be held for this user in this place
DIRECTIVE +ASKED +STRENGTH +HELD BY$' "offline it says for whom and where"
like "$(cat "$work/text")" 'LockPersonality +yes +full +seccomp' "a directive, what is asked, how well it is held and by what"
like "$(cat "$work/text")" 'LimitRTTIME +set +none +nothing
    why not more: this limit is the seal' "what is not held says why"
like "$(cat "$work/text")" 'IPAddressDeny +set +none +nothing
    why not more: [^
]*
    would help: --network=none' "and what of the container would help"
like "$(cat "$work/text")" 'IPAddressDeny= +0.[0-9]  not held here' "the item says that it was asked for in vain"
like "$(cat "$work/text")" 'SystemCallFilter=~@resources +0.[0-9]  left open by the unit' "what the unit leaves open is its own choice"
like "$(cat "$work/text")" 'RestrictSUIDSGID= +0.[0-9]  not asked' "what it does not ask for is said"
like "$(tail -n 1 "$work/text")" '^-> Overall exposure level for closed.service: [0-9]+\.[0-9] [A-Z]+$' "and the level comes last"
ok "what nothing holds between services of a user is said" grep -q '^Not held by directives of this unit: .*OOM score' "$work/text"

# ---- all of them ----
security --units="$units" >"$work/list"
is "$(awk '{ print $1 }' "$work/list" | xargs)" "UNIT closed.service open.service" "without a unit, a line for each service"
is "$(security "$units" --no-pager)" "$(cat "$work/list")" "a directory is read without being asked to"
level=$(awk '$1 == "closed.service" { print $2 }' "$work/list")
level=$((10#${level/./}))

# ---- exit statuses ----
ok "the threshold is the highest level that will do" wants 0 --units="$units" --threshold=$level closed
ok "above it the status is 1" wants 1 --units="$units" --threshold=$((level - 1)) closed
ok "one of several is enough" wants 1 --units="$units" --threshold=$level --json
ok "a threshold is a number up to 100" wants 1 --threshold=101
ok "an unknown unit is named" wants 1 --units="$units" absent
like "$(security --units="$units" absent 2>&1)" "no unit 'absent.service' that can be loaded" "with its name"
like "$(wants 1 --units="$units" absent open 2>/dev/null)" 'Overall exposure level for open' "the others are told all the same"
like "$(security --units="$units" some.target 2>&1)" "some.target is not a service" "a target has no sandbox"
like "$(security --socket="$work/none" 2>&1)" "Cannot reach reeve" "no reeve runs"
like "$("$ctl" --json security 2>&1)" "come after it" "options come after the verb"

# ---- what a strict unit cannot have is told all the same ----
unit strict.service <<'UNIT'
[Service]
ExecStart=/bin/sleep 1000
PrivateBPF=yes
UNIT
like "$(security --units="$units" strict)" 'reeve does not start with this unit: SandboxPolicy=strict' \
    "a unit that reeve would refuse is judged, and said to be one"
is "$(security --units="$units" strict --json | jq '.units[0].refused')" true "for programs as well"
rm "$units/strict.service"

# ---- the same unit in two places: with user namespaces, and where a filter as Docker's forbids them ----
unit placed.service <<'UNIT'
[Service]
ExecStart=/bin/sleep 1000
PrivateMounts=yes
[X-Reeve]
SandboxPolicy=degrade
UNIT
read -r -a compiler <<<"${CC:-cc}"
if command -v "${compiler[0]}" >/dev/null && "${compiler[@]}" -O1 -o "$work/bin/refuse" tests/shell/refuse.c &&
    [[ $(security --units="$units" placed) == *'PrivateMounts'*' full '*' mounts'* ]]; then
    without() {
        "${as_pod[@]}" "$work/bin/refuse" userns "$ctl" security --units="$units" placed "$@"
    }
    like "$(without)" 'PrivateMounts +yes +none +nothing
    why not more: no mount namespace can be had here[^
]*
    would help: --security-opt=seccomp=PROFILE' "what a place cannot hold is said, and the option that would let it"
    is "$(without --json | jq -c '[.units[0].items[] | select(.name == "PrivateMounts=") | .badness, .because]')" '[1,"not held here"]' \
        "and counts as not set"
    is "$(security --units="$units" placed --json | jq '.units[0].items[] | select(.name == "PrivateMounts=").badness')" 0 \
        "where the same unit is held, it counts"
    echo PrivateTmp=yes >"$work/tmp"
    sed -i "/^ExecStart/r $work/tmp" "$units/placed.service"
    like "$(without)" 'PrivateTmp +yes +none +nothing' "PrivateTmp= is not held there with degrade: the service is to run"
    sed -i '/^SandboxPolicy/d' "$units/placed.service"
    like "$(without)" 'PrivateTmp +yes +partial +Landlock
    why not more: no mounts: it is .TMPDIR' "PrivateTmp= is held by Landlock there, and what is missing is said"
else
    skip "no compiler, or no mount namespace in any case" "one unit in two places"
fi
rm "$units/placed.service"

# ---- what takes a cgroup: only reeve finds out whether it may make any, and nobody is refused for what may be held ----
unit limited.service <<'UNIT'
[Service]
ExecStart=/bin/sleep 1000
MemoryMax=100M
UNIT
# with MOUNTING ARGUMENTS...: reevectl where /sys/fs/cgroup is something else
with() {
    local mounting=$1
    shift
    unshare --mount --map-root-user --cgroup sh -c "mount $mounting /sys/fs/cgroup && exec \"\$@\"" sh "$ctl" "$@"
}
if with "-t cgroup2 none" --version >/dev/null 2>&1; then
    limited=$(with "-t cgroup2 none" security "$units/limited.service")
    like "$limited" 'MemoryMax +set +none +nothing
    why not more: whether it may make cgroups is only found out by reeve' "where there is a tree that may be reeve's, reevectl says that it cannot know"
    not_ok "and not that reeve would refuse the unit" grep -q 'does not start with this unit' <<<"$limited"
    is "$(with "-t cgroup2 none" security "$units/limited.service" --json | jq '.units[0].refused')" false "nor to programs"
    like "$(with "-t cgroup2 none" verify "$units/limited.service" 2>&1)" 'inert: MemoryMax=set: whether it may.* 0 refused' "nor does reevectl verify"
    limited=$(with "-t cgroup2 -o ro none" security "$units/limited.service")
    like "$limited" 'why not more: the cgroup tree is mounted read-only.*reeve does not start with this unit' "in a tree that is read-only, nobody may"
else
    skip "no cgroup tree can be mounted here" "a tree of cgroups" 5
fi
if with "-t tmpfs none" --version >/dev/null 2>&1; then
    limited=$(with "-t tmpfs none" security "$units/limited.service")
    like "$limited" 'why not more: there is no tree of cgroup v2 here.*reeve does not start with this unit' "without a tree, nobody may either"
else
    skip "no mount namespace can be had here" "without a tree of cgroups"
fi
rm "$units/limited.service"

# ---- a running pod ----
"$reeve" --units "$units" >"$log" 2>&1 &
pid=$!
is_up() {
    [[ $("$ctl" is-active open closed 2>/dev/null) == $'active\nactive' ]]
}
ok "a pod comes up" wait_until 30 is_up
security --json | jq -S '.units' >"$work/online.json"
security --offline --units="$units" --json | jq -S '[.units[] | .refused = false]' >"$work/offline.json"
ok "PID 1 tells of its services what the files say, for the same user" diff -u "$work/offline.json" "$work/online.json"
is "$(security open closed | grep -c 'Overall exposure level')" 2 "several units, one after the other"
like "$(security closed.service | head -n 1)" '^closed.service$' "a running pod is as it is, not as it would be"
is "$("$ctl" show -P ReeveExposure closed)" "$level" "show has the level as well"
like "$("$ctl" show -p ReeveSandbox closed)" 'ReeveSandbox=\{ directive=NoNewPrivileges ; asked=yes ; held-by=kernel ; strength=full ; reason= \}' \
    "and the verdicts"
ok "an unknown unit" wants 1 absent
like "$(wants 1 absent open 2>&1)" 'absent.service could not be found.*Overall exposure level for open' "the others are told all the same"
ok "a target" wants 1 some.target
ok "a threshold in a running pod" wants 1 --threshold=$level open closed
sed -i '/^LockPersonality/d' "$units/closed.service"
"$ctl" daemon-reload
like "$(security closed)" 'LockPersonality= +0.[0-9]  not asked' "after a reload PID 1 tells of the new plan"
"$ctl" shutdown >/dev/null
wait "$pid"
is $? 0 "the pod ends well"
pid=

done_testing
