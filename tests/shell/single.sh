#!/bin/bash
# `reeve -- command`: the small init, beside what tini and dumb-init promise.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
reeve=${BUILD:-build}/reeve
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

status_of() {
    "$reeve" -- "$@" >"$work/out" 2>&1
    echo $?
}

is "$(status_of true)" 0 "status 0 comes through"
is "$(status_of sh -c 'exit 42')" 42 "status 42 comes through"
# shellcheck disable=SC2016 # $$ is for the inner shell
is "$(status_of sh -c 'kill -KILL $$')" 137 "a command that a signal killed gives 128 and the signal"
is "$(status_of "$work/absent")" 127 "a missing program gives 127"
like "$(<"$work/out")" "cannot run '$work/absent': No such file" "and says which"
touch "$work/plain"
is "$(status_of "$work/plain")" 126 "a file that is no program gives 126"
is "$(status_of printf '%s|' 'a b' '' '--help')" 0 "arguments are passed on untouched"
is "$(<"$work/out")" 'a b||--help|' "all of them"

# Signals: the command says which one it got.
# shellcheck disable=SC2016
"$reeve" -- bash -c 'trap "echo got-usr1 >&3; exit 5" USR1; echo ready >&3; while :; do read -r -t 10 <> <(:); done' \
    3>"$work/signals" &
pid=$!
wait_until 10 grep -q ready "$work/signals"
kill -USR1 $pid
wait $pid
is $? 5 "a signal is forwarded, and the status that follows comes through"
like "$(<"$work/signals")" got-usr1 "the command has seen it"

# Orphans: they are adopted, reaped, and their end is not the command's.
# shellcheck disable=SC2016
cat >"$work/orphans" <<'SCRIPT'
for i in $(seq 200); do (setsid sh -c 'exit 3' &) ; done
echo started
read -r line
grep -l "^PPid:.$1\$" /proc/[0-9]*/status | while read -r f; do grep -H '^State:.Z' "$f"; done
SCRIPT
mkfifo "$work/go"
"$reeve" -- bash "$work/orphans" x <"$work/go" >"$work/out" 2>&1 &
pid=$!
exec 4>"$work/go"
wait_until 10 grep -q started "$work/out"
no_zombies() {
    ! grep -ls "^PPid:.$pid\$" /proc/[0-9]*/status | xargs -r grep -s '^State:.Z' | grep -q Z
}
ok "two hundred orphans are reaped" wait_until 10 no_zombies
echo go >&4
exec 4>&-
wait $pid
is $? 0 "and the command's own end is what counts"

not_ok "a command without '--' is refused" "$reeve" true
not_ok "a command with --isolate is refused, not run without it" "$reeve" --isolate -- true
if [[ $(id -u) == 0 ]]; then
    is "$("$reeve" --user 1001 -- id -u)" 1001 "--user holds for a command, too"
    is "$("$reeve" --user 12345:0 -- sh -c 'id -u; id -g' | tr '\n' ' ')" "12345 0 " "also with group 0 and no passwd entry"
    like "$("$reeve" --user 1001 -- grep CapBnd /proc/self/status)" '0000000000000000$' "and without capabilities"
else
    skip "only root can become somebody else" "--user holds for a command, too"
fi
done_testing
