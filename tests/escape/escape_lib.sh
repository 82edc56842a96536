# shellcheck shell=bash
# Escape attempts against a pod of one unit per row of directives.txt. Source after tap.sh.
#
#   escape_units DIRECTORY WORLD [LINE...]   writes the units; LINE goes into [Service] of each
#   escape_done LOG                          the last unit has ended
#   escape_verdicts <JSON                    of `reevectl security --json`: "UNIT DIRECTIVE STRENGTH" lines
#   escape_document DIRECTORY CLASS...       the tables of sandbox/ENFORCED.md, of the classes seen in DIRECTORY/CLASS
#   escape_compare OLD NEW                   tests that no class of NEW is worse than in OLD
#   escape_judge CLASS DIRECTORY             DIRECTORY has list, control, log, verdicts, outside; writes attempts and
#                                            directives there, and tests that what is said to hold does
escape_rows() {
    grep -v '^#' tests/escape/directives.txt
}

escape_unit() {
    local directory=$1 world=$2 name=$3 lines=$4 run=$5
    shift 5
    {
        # One after the other: each may kill and trace whom it finds.
        printf '[Unit]\nAfter=%s\n[Service]\nType=oneshot\nRemainAfterExit=yes\nTimeoutStartSec=120\n' "${escape_before:-sibling.service}"
        printf 'ExecStart=%s/bin/escape run %s %s\n' "$world" "$world" "$run"
        printf '%s\n' "$@"
        tr ';' '\n' <<<"${lines//@W@/$world}"
        printf '[X-Reeve]\nSandboxPolicy=degrade\n'
    } >"$directory/$name.service"
    escape_before=$name.service
}

escape_units() {
    local directory=$1 world=$2 name lines all='' always=''
    shift 2
    printf '%s\n' '[Service]' Type=exec "ExecStartPre=$world/bin/escape prepare $world" "ExecStart=$world/bin/escape sibling $world" "$@" >"$directory/sibling.service"
    # What is read there is another's, wherever it is: a unit that has none of its own may look for it.
    printf '%s\n' '[Unit]' After=sibling.service '[Service]' Type=exec SetCredential=file:hidden "ExecStart=$world/bin/escape keeper $world" "$@" \
        '[X-Reeve]' SandboxPolicy=degrade >"$directory/keeper.service"
    escape_before='sibling.service keeper.service'
    while IFS='|' read -r name _ lines; do
        if [[ -z $lines ]]; then
            always+=" $name"
            continue
        fi
        escape_unit "$directory" "$world" "$name" "$lines" "$name" "$@"
        # Whoever replaces his own paths is a case of its own.
        [[ $name == ReadWritePaths ]] || all+="$lines;"
    done < <(escape_rows)
    escape_unit "$directory" "$world" bare '' "$always" "$@"
    all=${all//BindReadOnlyPaths=@W@;/}
    escape_unit "$directory" "$world" hardened "${all}BindReadOnlyPaths=@W@;BindPaths=@W@/open" all "$@"
    printf '[Unit]\nWants=sibling.service hardened.service\nAfter=hardened.service\n' >"$directory/default.target"
    for name in "$directory"/*.service; do
        name=${name##*/}
        [[ $name == sibling.service || $name == hardened.service ]] || echo "Wants=$name" >>"$directory/default.target"
    done
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
escape_judge() {
    local class=$1 directory=$2 problem
    sed 's/^[^ ]* \([A-Za-z]*\): escape /\1 /;t;d' "$directory/log" >"$directory/inside"
    awk -v "out=$directory" -f tests/escape/judge.awk "$directory/list" <(escape_rows) "$directory/control" \
        "$directory/outside" "$directory/inside" "$directory/verdicts" >"$directory/problems"
    while IFS= read -r problem; do
        fail "$class: $problem"
    done <"$directory/problems"
    ok "$class: reevectl says what holds" test -s "$directory/verdicts"
    [[ -s $directory/problems ]] || pass "$class: what is said to hold was attempted, and does"
}

escape_document() {
    local directory=$1 files=() class
    shift
    for class in "$@"; do
        files+=("$directory/$class/directives" "$directory/$class/attempts")
    done
    awk -v "date=$(date -u +%F)" -v "kernel=$(uname -r | sed 's/[^0-9.].*//')" -v "possible=$directory/possible" \
        -f tests/escape/document.awk "${files[@]}"
}

# Of each row and class "NAME/CLASS RANK", where less is worse.
escape_ranks() {
    awk -F ' *[|] *' '
        /^[|] (directive|attempt) / { for (i = 3; i < NF; i++) class[i] = $i; next }
        /^[|] race-/ { next } # once in a while; where it must not get through, the judge says so
        /^[|] [A-Za-z0-9_-]+/ { sub(/ °$/, "", $2); for (i = 3; i < NF; i++) print $2 "/" class[i],
            $i ~ /^degraded/ ? 3 : $i ~ /^refused/ ? 2 : $i == "ok" ? 1 : 4 }' "$1"
}

escape_compare() {
    local worse
    worse=$(awk 'NR == FNR { rank[$1] = $2; next } $2 < rank[$1] { print $1 }' <(escape_ranks "$1") <(escape_ranks "$2"))
    is "$worse" "" "no class is worse than $1 says"
}
