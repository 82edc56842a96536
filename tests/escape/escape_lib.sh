# shellcheck shell=bash
# Escape attempts against a pod of one unit per row of directives.txt. Source after tap.sh.
#
#   escape_units DIRECTORY WORLD [LINE...]   writes the units; LINE goes into [Service] of each
#   escape_done LOG                          the last unit has ended
#   escape_verdicts <JSON                    of `reevectl security --json`: "UNIT DIRECTIVE STRENGTH" lines
#   escape_judge CLASS DIRECTORY             DIRECTORY has list, control, log, verdicts, outside; writes attempts and
#                                            directives there, and tests that what is said to hold does
escape_rows() {
    grep -v '^#' tests/escape/directives.txt
}

escape_unit() {
    local directory=$1 world=$2 name=$3 lines=$4 run=$5 line
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
    printf '%s\n' '[Service]' Type=exec "ExecStart=$world/bin/escape sibling $world" "$@" >"$directory/sibling.service"
    escape_before=
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
    grep -q 'reeve: is up after\|reeve: .*default.target.* reached\|is up after' "$1"
}

escape_verdicts() {
    sed -n -e 's/.*"unit":"\([^"]*\)\.service".*/unit \1/p' \
        -e 's/^{"directive":"\([^"]*\)".*"strength":"\([^"]*\)".*/\1 \2/p' |
        while read -r first second; do
            if [[ $first == unit ]]; then name=$second; else echo "$name $first $second"; fi
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
    [[ -s $directory/problems ]] || pass "$class: what is said to hold was attempted, and does"
}
