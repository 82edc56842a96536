#!/bin/bash
# quick: yes
# Are our groups of system calls those of systemd? Of the version that they were made from they must be; what an older or
# newer one has otherwise is said, and calls may only have been added.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
ours=supervisor/unit/call_names.inc

type -P systemd-analyze >/dev/null || skip_all "no systemd-analyze here"
version=$(systemd-analyze --version | head -n 1)
made_from=$(sed -n 's/.*groups of \(.*\)\. \*\//\1/p' "$ours")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
systemd-analyze syscall-filter 2>/dev/null |
    awk -f supervisor/unit/call_names.awk -v version="$version" >"$scratch/theirs"
ok "systemd-analyze lists its groups" test "$(wc -l <"$scratch/theirs")" -gt 300

# "call group" on each line.
pairs() {
    sed -nE 's/^CALL\((\w+), (.*)\)$/\1 \2/p' "$1" | tr -d '|' |
        awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | LC_ALL=C sort
}
pairs "$ours" >"$scratch/our-pairs"
pairs "$scratch/theirs" >"$scratch/their-pairs"
major() { sed -E 's/^systemd ([0-9]+).*/\1/' <<<"$1"; }
if [[ $(major "$version") == "$(major "$made_from")" ]]; then
    ok "the groups are those of $version" diff "$scratch/our-pairs" "$scratch/their-pairs"
    done_testing
fi

comm -13 "$scratch/our-pairs" "$scratch/their-pairs" >"$scratch/lost"
comm -23 "$scratch/our-pairs" "$scratch/their-pairs" >"$scratch/added"
echo "# $version against $made_from: $(wc -l <"$scratch/added") more, $(wc -l <"$scratch/lost") fewer"
if (($(major "$version") < $(major "$made_from"))); then
    ok "what $version has in a group is in ours" test ! -s "$scratch/lost"
else
    skip "$version is newer than $made_from: make the groups anew" "the groups are those of $version"
fi
done_testing
