# shellcheck shell=bash
# Escape attempts against a pod of one unit per row of directives.txt. Source after tap.sh.
#
#   escape_units DIRECTORY WORLD [LINE...]   writes the units; LINE goes into [Service] of each. Variables: escape_policy (degrade
#                                            or strict), escape_seen_at (where services see DIRECTORY, if not there),
#                                            escape_left_out (rows without a unit, and not part of the unit that asks for all)
#                                            escape_only (those rows alone)
#   escape_world DIRECTORY WORLD             in a world that is seen there as WORLD: what must be there when units are loaded
#   escape_vital REFUSED                     of the rows in that file those that degrade refuses as well, for escape_left_out
#   escape_refused LOG                       the rows whose units reeve did not start with
#   escape_said_refused <JSON                those of which `reevectl security --json` says so, or, where there are cgroups, that only reeve finds out
#   escape_done LOG                          the last unit has ended
#   escape_verdicts <JSON                    of `reevectl security --json`: "UNIT DIRECTIVE STRENGTH" lines
#   escape_document DIRECTORY CLASS...       the tables of sandbox/ENFORCED.md, of the classes seen in DIRECTORY/CLASS (cgroup…: those of limits.awk)
#   escape_compare OLD NEW                   tests that no class of NEW is worse than in OLD
#   escape_judge CLASS DIRECTORY             DIRECTORY has list, control, outside, and of both policies log.POLICY, verdicts.POLICY,
#                                            and refused; writes attempts and directives there, and tests that what is said to hold
#                                            does, that what is said not to hold does not, and that strict lets no more through
escape_rows() {
    grep -v '^#' tests/escape/directives.txt | awk -F'|' -v "only=${escape_only:-}" 'only == "" || index(" " only " ", " " $1 " ")'
}
escape_world() {
    mkdir -p "$1/sibling" "$1/root$2"/{bin,sibling} "$1/root"/{proc,sys,dev,run}
    chmod 777 "$1/sibling" "$1/root$2/sibling"
    install "$1/bin/escape" "$1/root$2/bin/escape"
}
escape_vital() {
    escape_rows | awk -F'|' 'NR == FNR { refused[$1]; next } $4 ~ /vital/ && $1 in refused { print $1 }' "$1" - | paste -sd' '
}

escape_unit() {
    local directory=$1 name=$2 lines=$3
    shift 3
    [[ " ${escape_left_out:-} " != *" $name "* ]] || return
    {
        # One after the other: each may kill and trace whom it finds.
        printf '[Unit]\nAfter=%s\n[Service]\nType=oneshot\nRemainAfterExit=yes\nTimeoutStartSec=120\n' "${escape_before:-sibling.service}"
        printf '%s\n' "$@"
        tr ';' '\n' <<<"$lines"
        printf '[X-Reeve]\nSandboxPolicy=%s\n' "$escape_policy"
    } >"$directory/$name.service"
    escape_before=$name.service
}

escape_units() {
    local directory=$1 world=$2 name lines note all='' always='' together=() run i seen_at
    local escape_policy=${escape_policy:-degrade}
    shift 2
    seen_at=${escape_seen_at:-$directory}
    printf '%s\n' '[Service]' Type=exec "ExecStartPre=$world/bin/escape prepare $world" "ExecStart=$world/bin/escape sibling $world" "$@" >"$directory/sibling.service"
    # Who may read the source reads it there; the unit of all directives may not.
    echo secret >"$directory/key"
    printf '%s\n' '[Unit]' After=sibling.service '[Service]' Type=exec "LoadCredential=file:$seen_at/key" "Environment=ESCAPE_SOURCE=$seen_at/key" \
        "ExecStart=$world/bin/escape keeper $world" "$@" '[X-Reeve]' SandboxPolicy=degrade >"$directory/keeper.service"
    escape_before='sibling.service keeper.service'
    while IFS='|' read -r name _ lines note; do
        lines=${lines//@W@/$world} lines=${lines//@U@/$seen_at}
        if [[ -z $lines ]]; then
            always+=" $name"
            continue
        fi
        run=("ExecStart=$world/bin/escape run $world $name")
        if [[ $name == BindRace ]]; then
            run=() # each program of the unit gets its mounts anew
            printf '%s\n' '[Unit]' "After=$escape_before" '[Service]' Type=exec "ExecStart=$world/bin/escape race $world" "$@" >"$directory/racer.service"
            escape_before=racer.service
            for ((i = 0; i < ${ESCAPE_RACES:-6}; i++)); do
                run+=("ExecStart=-$world/bin/escape run $world $name")
            done
            run+=("ExecStart=-$world/bin/escape race-end $world")
        fi
        # A world in /var/tmp is to stay in sight.
        [[ ! $name =~ ^(PrivateTmp|DynamicUser)$ || $world != /var/tmp/* ]] || lines+=";BindReadOnlyPaths=$world"
        escape_unit "$directory" "$name" "$lines" "${run[@]}" "$@"
        if [[ $note != alone* && " ${escape_left_out:-} " != *" $name "* ]]; then
            all+="$lines;"
            together+=("$name")
        fi
    done < <(escape_rows)
    escape_unit "$directory" bare '' "ExecStart=$world/bin/escape run $world$always" "$@"
    [[ $all != *"BindReadOnlyPaths=$world;"* ]] || all+="BindPaths=$world/open"
    escape_unit "$directory" hardened "$all" "ExecStart=$world/bin/escape run $world ${together[*]}$always" "$@"
    printf '[Unit]\nWants=sibling.service hardened.service\nAfter=hardened.service\n' >"$directory/default.target"
    for name in "$directory"/*.service; do
        name=${name##*/}
        [[ $name == sibling.service || $name == hardened.service ]] || echo "Wants=$name" >>"$directory/default.target"
    done
}

escape_refused() {
    sed -n 's,.*/\([A-Za-z]*\)\.service\(:[0-9:]*\)\?: error: .*,\1,p' "$1" | grep -v '^hardened$' | sort -u
}
escape_said_refused() {
    awk -F'"' '
        /"unit":/ { unit = $4; sub(/\.service$/, "", unit) }
        /"refused":true/ || /only found out by reeve itself/ { print unit }' | grep -v '^hardened$' | sort -u
}

escape_done() {
    grep -q 'is up after' "$1"
}

escape_verdicts() {
    local first second unit=
    sed -n -e 's/.*"unit":"\([^"]*\)\.service".*/unit \1/p' \
        -e 's/^{"directive":"\([^"]*\)".*"strength":"\([^"]*\)".*/\1 \2/p' |
        while read -r first second; do
            if [[ $first == unit ]]; then unit=$second; else echo "$unit $first $second"; fi
        done
}

# The worst verdict of a directive counts: part of a list may be out of reach.
# What reeve says of a unit: "POLICY: UNIT: …" DIRECTORY
escape_life_of() {
    local policy=${1%%: *} unit=${1#*: }
    grep -E "(reeve: |^[^ ]* )${unit%%: *}(\.service)?: " "$2/log.$policy"
}
escape_judge() {
    local class=$1 directory=$2 problem policy
    for policy in degrade strict; do
        sed "s/^[^ ]* \\([A-Za-z]*\\): escape /$policy \\1 /;t;d" "$directory/log.$policy"
    done >"$directory/inside"
    sed 's/^/degrade /' "$directory/verdicts.degrade" >"$directory/verdicts"
    sed 's/^/strict /' "$directory/verdicts.strict" >>"$directory/verdicts"
    awk -v "out=$directory" -f tests/escape/judge.awk "$directory/list" <(escape_rows) "$directory/control" \
        "$directory/outside" "$directory/inside" "$directory/verdicts" "$directory/refused" >"$directory/problems"
    while IFS= read -r problem; do
        fail "$class: $problem"
        [[ $problem != *'has not run' ]] || diag "$(escape_life_of "$problem" "$directory")"
    done <"$directory/problems"
    ok "$class: reevectl says what holds" test -s "$directory/verdicts"
    [[ -s $directory/problems ]] || pass "$class: what is said to hold was attempted, and does"
}

escape_document() {
    local directory=$1 files=() class limits=()
    shift
    for class in "$@"; do
        if [[ $class == cgroup* ]]; then
            limits+=("$directory/$class/directives" "$directory/$class/attempts")
        else
            files+=("$directory/$class/directives" "$directory/$class/attempts")
        fi
    done
    : >"$directory/limits"
    [[ ! ${limits[*]} ]] ||
        awk -f tests/escape/document_read.awk -f tests/escape/limits.awk "${limits[@]}" >"$directory/limits"
    awk -v "date=$(date -u +%F)" -v "kernel=$(uname -r | sed 's/[^0-9.].*//')" -v "possible=$directory/possible" \
        -v "topics=tests/escape/topics.txt" -v "load=$(cut -d' ' -f1-3 /proc/loadavg)" \
        -v "limits=$directory/limits" -f tests/escape/document_read.awk -f tests/escape/document.awk "${files[@]}"
}

# Of each row and class "NAME/CLASS RANK", where less is worse.
escape_ranks() {
    awk -F ' *[|] *' '
        /^[|] (directive|attempt) / { for (i = 3; i < NF; i++) class[i] = $i; next }
        /^[|] (race-|processor-time|disk-|memory-in-time)/ { next } # once in a while; where it must not get through, the judge says so
        /^[|] [A-Za-z0-9_-]+/ { sub(/ °$/, "", $2); for (i = 3; i < NF; i++) print $2 "/" class[i],
            $i ~ /^degraded/ ? 3 : $i ~ /^(refused|not held)/ ? 2 : $i == "ok" ? 1 : 4 }' "$1"
}

escape_compare() {
    local worse
    worse=$(awk 'NR == FNR { rank[$1] = $2; next } $2 < rank[$1] { print $1 }' <(escape_ranks "$1") <(escape_ranks "$2"))
    is "$worse" "" "no class is worse than $1 says"
}
