#!/bin/bash
# The parser against systemd's of this machine on generated inputs: time spans, lines of unit files, escaped names.
# SEED=N plays another round, COUNT=N another number of units; the same seed gives the same inputs.
# time limit: 300
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
build=${BUILD:-build}
for program in systemd-analyze systemd-escape; do
    command -v $program >/dev/null || skip_all "no $program here"
done
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
generate=$(realpath "$build/tests/tool_generate")
tool=$(realpath "$build/tests/tool_unit")
table=$PWD/tests/conformance/parser_differences.txt
seed=${SEED:-257}
count=${COUNT:-1500}
cd "$scratch" || exit 1
echo "# SEED=$seed; $(systemd-analyze --version | head -n 1)"

# ---- time spans ----
# Microseconds of each line, "error" or "infinity". systemd-analyze takes many, and ends at the first that is wrong.
their_spans() {
    local -a out
    local n=0
    while ((n < ${#spans[@]})); do
        mapfile -t out < <(LC_ALL=C.UTF-8 systemd-analyze timespan -- "${spans[@]:n}" 2>/dev/null | sed -n 's/^ *[μu]s: //p')
        ((${#out[@]} == 0)) || printf '%s\n' "${out[@]}"
        n=$((n + ${#out[@]}))
        ((n >= ${#spans[@]})) || { echo error; n=$((n + 1)); }
    done
}
"$generate" timespans "$seed" 1200 >spans
mapfile -t spans <spans
paste spans <(their_spans) >their-spans
# "infinity" is printed as the number that stands for it.
paste spans <("$tool" timespan "${spans[@]}") >our-spans
ok "1200 time spans have systemd's value, or none" diff our-spans their-spans
wrong=$(grep -c $'\terror$' our-spans)
ok "of which some are wrong and most are right ($wrong are wrong)" test "$wrong" -gt 100 -a "$wrong" -lt 600

# ---- units ----
# A line for each fault: NAME:LINE, a tab, the complaint. Line 0 is the unit as a whole.
mkdir units
"$generate" units "$seed" "$count" units || exit 1
systemd-analyze verify --man=no --recursive-errors=one "$scratch"/units/{g*.service,p*.path} >theirs 2>&1
sed -nE 's|^.*/([gp][0-9]+\.[a-z]+):([0-9]+): (.*)|\1:\2\t\3|p; s|^([gp][0-9]+\.[a-z]+): ((Service\|Path) .*Refusing\.?)$|\1:0\t\2|p' theirs >their-faults
"$tool" faults units/{g*.service,p*.path} >our-faults
# systemd reads no further where a line is fatal.
grep -E 'has a bad unit file|failed to load properly.*(Invalid argument|Bad message)' theirs | grep -oE '[gp][0-9]+\.(service|path)' | sort -u >fatal
# Faults that only one of us finds: "systemd|reeve: LINE ## COMPLAINT", before it NAME:LINE and a tab.
alone() {
    awk -F'\t' '
        FILENAME == "fatal" { fatal[$1] = 1; next }
        { split($1, place, ":"); name = place[1]; line = place[2] + 0 }
        FILENAME == "their-faults" { theirs[$1] = $2; if (line > last[name]) last[name] = line; next }
        # What reeve does not support at all, systemd may find at fault or not.
        $2 == "refused" { refused[$1] = 1; next }
        !(name in fatal) || (line > 0 ? line <= last[name] : $1 in theirs) { ours[$1] = $2 }
        # The line as both of them read it: with those that it continues.
        function source(key,    place, line, text, i) {
            split(key, place, ":")
            text = ""
            for (i = 0; i < place[2] && (getline line < ("units/" place[1])) > 0; i++)
                text = (text ~ /\\$/ ? text " " : "") line
            close("units/" place[1])
            return text
        }
        END {
            for (key in theirs) if (!(key in ours) && !(key in refused)) print key "\tsystemd: " source(key) " ## " theirs[key]
            for (key in ours) if (!(key in theirs)) print key "\treeve: " source(key) " ## " ours[key]
        }' fatal their-faults our-faults | LC_ALL=C tr -d '\r' | sort
}
alone >single
grep -v '^#' "$table" | cut -f1 >excused
grep -vE "$(sed 's/^^/\t/' excused | paste -sd'|')" single >differences
ok "$count units: the same lines are at fault" test ! -s differences
[[ ! -s differences ]] || head -n 20 differences | sed 's/^/# /'
faults=$(grep -v $'\trefused\t' our-faults | cut -f1 | sort -u | wc -l)
ok "of which there are many ($faults)" test "$faults" -gt "$count"
unmet() {
    local pattern
    while read -r pattern; do
        grep -qE $'\t'"${pattern#^}" single || echo "no unit for: $pattern"
    done <excused
}
if [[ ! ${SEED:-} && ! ${COUNT:-} ]]; then
    is "$(unmet)" "" "each deliberate difference is met"
fi

# ---- names ----
"$generate" names "$seed" 500 >texts
mapfile -t names <texts
mapfile -t escaped < <(systemd-escape -- "${names[@]}" | tr ' ' '\n')
is "${#escaped[@]}" 500 "systemd-escape takes 500 names"
escaped=("${escaped[@]/#/a@}")
"$tool" expand %I "${escaped[@]/%/.service}" >instances
ok "as instances they are units, and %I gives the names back" diff texts instances
"$generate" paths "$seed" 500 >path-texts
mapfile -t paths <path-texts
mapfile -t escaped < <(systemd-escape --path -- "${paths[@]}" | tr ' ' '\n')
systemd-escape --unescape --path -- "${escaped[@]}" | tr ' ' '\n' >their-paths
escaped=("${escaped[@]/#/a@}")
"$tool" expand %f "${escaped[@]/%/.service}" >our-paths
ok "of 500 paths %f is what systemd-escape makes of them" diff their-paths our-paths
ok "all of them" test "$(wc -l <our-paths)" = 500
done_testing
