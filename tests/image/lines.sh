#!/bin/bash
# time limit: 900
# Debian's redis-server.service and nginx.service, and systemd's portable profiles "default" and "strict" as drop-ins, line
# by line: what reeve says of it, and what came of the attempts of tests/security/probe.c from inside of the service, beside
# what came of them with real systemd (tests/security/lines.txt). Ends with the table. Root, podman.
#
#   PODMAN          the command, with options; the default is podman with a store of its own below build/
#   IMAGE           that of daemons.sh, which makes it
#   DOCKER_PROFILE  Docker's default seccomp profile, for a place without mounts; empty: no such place
#
# Four places. With the rights that systemd had when it was recorded, every attempt must end as it did there. In podman's
# default container, with Docker's profile and where reeve has no right at all the engine refuses things besides; there nothing may succeed that systemd
# refuses. What does so all the same is in tests/security/lines_differences.txt, with the reason.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
build=$(realpath "${BUILD:-build}")
here=tests/security
image=${IMAGE:-localhost/reeve-daemons:trixie}
container=reeve-lines-$$
[[ $EUID == 0 ]] || skip_all "podman needs root here"
command -v podman >/dev/null || skip_all "podman is not installed"
image_podman "$build/image/podman"
podman+=(--cgroup-manager cgroupfs)
[[ -z ${PODMAN:-} ]] || read -r -a podman <<<"$PODMAN"
"${podman[@]}" image exists "$image" || skip_all "no image $image (tests/image/daemons.sh makes it)"
work=$(mktemp -d)
chmod 755 "$work"
end() {
    "${podman[@]}" rm -t 0 -f "$container" >/dev/null 2>&1
    rm -rf "$work"
}
trap end EXIT
mkdir "$work"/{units,bin,libraries}
# With this priority it was recorded: to go back to the usual one, as call-setpriority tries, takes a right.
renice -n 10 -p $$ >/dev/null
read -ra compiler <<<"${CC:-gcc}"
"${compiler[@]}" -std=gnu17 -O1 -D_GNU_SOURCE -static -o "$work/probe" $here/probe.c ||
    skip_all "no compiler that makes static programs"
cp $here/setup.sh "$work/"
for program in reeve reevectl reeve-log reeve-health; do
    cp "$build/$program" "$work/bin/"
    ldd "$build/$program" | sed -n 's/.* => \(\/[^ ]*\).*/\1/p'
done | sort -u | xargs cp -Lt "$work/libraries"

# ---- the units: their lines as recorded, and the probe in place of what they start ----
mapfile -t units < <(sed -n 's/^\[\(.*\)\.service\]$/\1/p' $here/lines.txt)
for unit in "${units[@]}"; do
    {
        [[ $unit == redis-server ]] || printf '[Unit]\nAfter=redis-server.service\n'
        echo "[Service]"
        awk -v unit="[$unit.service]" '/^\[/ { is_here = $0 == unit } is_here && sub(/^\+/, "")' $here/lines.txt |
            grep -v '^\(Type\|Restart\|PIDFile\|ExecStart\|ExecStartPre\|ExecReload\|ExecStop\)='
        printf 'Type=oneshot\nRemainAfterExit=yes\nExecStart=/usr/lib/probe/probe\n[X-Reeve]\nSandboxPolicy=degrade\n'
    } >"$work/units/$unit.service"
done
# The pod must not end before it has been asked.
printf '[Service]\nExecStart=/bin/sleep infinity\n' >"$work/units/idle.service"

# ---- one place after the other ----
is_probed() {
    [[ $("${podman[@]}" logs "$container" 2>&1 | grep -c 'PROBE end end') == "${#units[@]}" ]]
}
start='reeve --user 0' as=()
# place NAME OPTION...: writes NAME.said (unit directive strength mechanism) and NAME.got (unit probe result)
place() {
    local name=$1
    shift
    "${podman[@]}" rm -t 0 -f "$container" >/dev/null 2>&1
    # shellcheck disable=SC2016 # for the shell inside
    "${podman[@]}" run -d --name "$container" --network host --tmpfs /run --tmpfs /tmp -v "$work:/work:ro" "$@" "$image" bash -c '
        bash /work/setup.sh
        for program in /work/bin/*; do
            ldd "$program" | sed -n "s/^[[:space:]]*\([^ ]*\) => not found/\1/p"
        done | sort -u | while read -r missing; do cp "/work/libraries/$missing" /usr/local/lib/; done
        ldconfig
        cp /work/bin/* /usr/local/bin/
        REEVE_HEALTH_LISTEN=127.0.0.1:18395 exec '"$start"' --units /work/units' >/dev/null
    ok "$name: every unit has made its attempts" wait_until 60 is_probed ||
        diag "$("${podman[@]}" logs "$container" 2>&1 | tail -n 20)"
    "${podman[@]}" logs "$container" 2>&1 | sed -n 's/^[^ ]* \([a-z-]*\)\(\.service\)\?: PROBE \([^ ]*\) \(.*\)$/\1 \3 \4/p' |
        grep -v ' end end$' >"$work/$name.got"
    "${podman[@]}" exec "${as[@]}" "$container" reevectl security --json "${units[@]}" |
        jq -r '.units[] | (.unit | sub("\\.service$"; "")) as $unit | .directives[] | "\($unit) \(.directive) \(.strength)"' \
            >"$work/$name.said"
    "${podman[@]}" rm -t 0 -f "$container" >/dev/null 2>&1
}
awk '/^\[/ { unit = substr($0, 2, index($0, ".service]") - 2) } /^[a-z].* / && !/^end/ { print unit, $0 }' $here/lines.txt >"$work/systemd"

# shellcheck disable=SC2016 # a function of awk
is_allowed='function is_allowed(result) {
    return result !~ /^(E(PERM|ACCES|ROFS|NOSYS|AFNOSUPPORT|NODEV|NOENT|NETUNREACH)$|killed|of-its-own|empty)/
}'
# claimed PLACE: what reeve says to hold in full, and yet an attempt succeeds that systemd refuses
claimed() {
    awk "$is_allowed"'
        FNR == 1 { file++ }
        file == 1 && /^[^#]/ { for (i = 2; i <= NF; i++) about[$1] = about[$1] " " $i; next }
        file == 2 { if ($3 == "full") full[$1, $2]; next }
        file == 3 { wanted[$1, $2] = $3; next }
        file == 4 { got[$1, $2] = $3 }
        END {
            for (key in full) {
                split(key, of, SUBSEP)
                count = split(about[of[2]], attempts, " ")
                for (i = 1; i <= count; i++)
                    if (is_allowed(got[of[1], attempts[i]]) && !is_allowed(wanted[of[1], attempts[i]]))
                        print of[1] ": " of[2] "= is said to hold in full, but " attempts[i] " is " got[of[1], attempts[i]]
            }
        }' $here/lines_probes.txt "$work/$1.said" "$work/systemd" "$work/$1.got"
}

# compare PLACE exact|denials: prints what differs without a reason, counts the rest
compare() {
    awk -v place="$1" -v how="$2" "$is_allowed"'
        function fits(text, pattern) { return pattern == "*" || text ~ ("^(" pattern ")$") }
        FNR == 1 { file++ }
        file == 1 && /^[^#]/ {
            rules++
            for (i = 1; i <= 5; i++) rule[rules, i] = $i
            next
        }
        file == 2 { wanted[$1 " " $2] = $3; next }
        file == 3 {
            want = wanted[$1 " " $2]
            all++
            if (want == $3) { equal++; next }
            if (how == "denials" && !(is_allowed($3) && !is_allowed(want))) { stricter++; next }
            for (i = 1; i <= rules; i++)
                if (fits(place, rule[i, 1]) && fits($1, rule[i, 2]) && fits($2, rule[i, 3]) && fits(want, rule[i, 4]) &&
                    fits($3, rule[i, 5])) {
                    reasoned++
                    used[i]
                    next
                }
            print place ": " $1 ": " $2 ": systemd " want ", we " $3
        }
        END {
            for (i = 1; i <= rules; i++)
                if (rule[i, 1] == place && !(i in used))
                    print place ": nothing is so: " rule[i, 2] " " rule[i, 3] " " rule[i, 4] " " rule[i, 5]
            printf "%d attempts: %d end as with systemd, %d are refused here besides, %d differ with a reason\n", all, equal, stricter, reasoned
        }' $here/lines_differences.txt "$work/systemd" "$work/$1.got"
}
check() {
    local compared
    compared=$(compare "$@")
    like "$compared" '^[0-9]+ attempts: ' "$1: ${3}"
    diag "$1: ${compared##*$'\n'}"
    is "$(claimed "$1")" "" "$1: what is said to hold in full holds"
    ok "$1: every unit has verdicts" test "$(cut -d' ' -f1 "$work/$1.said" | sort -u | wc -l)" == "${#units[@]}"
    [[ ${compared%% *} =~ ^[0-9]+$ ]] && ok "$1: all were compared" test "${compared%% *}" -ge 400
}
places=(admin default)
place admin --cap-add SYS_ADMIN,SYS_PTRACE,NET_ADMIN --security-opt seccomp=unconfined
check admin exact "every attempt ends as with systemd 257"
place default
check default denials "nothing succeeds that systemd refuses, but for what is listed"
docker_profile=${DOCKER_PROFILE-$PWD/tests/escape/docker-default-seccomp.json}
if [[ $docker_profile ]]; then
    places+=(docker)
    place docker --security-opt "seccomp=$docker_profile"
    check docker denials "nothing succeeds that systemd refuses, but for what is listed"
fi
# As --user 1001 --cap-drop=all --security-opt no-new-privileges: only root could set the world up.
places+=(locked)
start='setpriv --reuid 1001 --regid 1001 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs env REEVE_STATE=/srv/open reeve'
as=(--user 1001)
place locked
check locked denials "nothing succeeds that systemd refuses, but for what is listed"

# ---- the table ----
table() {
    local unit=$1 line directive probe name
    printf '# %s.service: the line' "$unit"
    printf '; %s' "${places[@]}"
    printf '; attempt: systemd'
    printf ', %s' "${places[@]}"
    echo
    while IFS= read -r line; do
        directive=${line%%=*}
        read -r -a probe < <(sed -n "s/^$directive //p" $here/lines_probes.txt)
        ((${#probe[@]} > 0)) || continue
        printf '#   %-50.50s' "$line"
        for name in "${places[@]}"; do
            printf ' %-8s' "$(said "$name" "$unit" "$directive")"
        done
        echo
        for attempt in "${probe[@]}"; do
            printf '#       %-28s' "$attempt"
            for name in systemd "${places[@]}"; do
                [[ $name == systemd ]] || name+=.got
                printf ' %-16s' "$(sed -n "s/^$unit $attempt //p" "$work/$name")"
            done
            echo
        done
    done < <(awk -v unit="[$unit.service]" '/^\[/ { is_here = $0 == unit } is_here && sub(/^\+/, "")' $here/lines.txt)
}
# The old name, and lines that belong to another's verdict.
declare -A verdict_of=([ReadWriteDirectories]=ProtectSystem [ReadWritePaths]=ProtectSystem [ExecPaths]=NoExecPaths
    [SystemCallErrorNumber]=SystemCallFilter)
said() {
    local directive=${verdict_of[$3]:-$3} strength
    strength=$(awk -v unit="$2" -v directive="$directive" '$1 == unit && $2 == directive { print $3; exit }' "$work/$1.said")
    echo "${strength:--}"
}
for unit in "${units[@]}"; do
    table "$unit"
done
done_testing
