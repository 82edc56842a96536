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

# Job control: a real shell on a real terminal, whose keyboard is a fifo.
screen=$work/screen
: >"$work/quiet"
# terminal COMMAND: on a terminal of its own; bash lets its background jobs ignore SIGINT, which goes down to the last
terminal() {
    rm -f "$work/keyboard" && mkfifo "$work/keyboard"
    : >"$screen"
    env --default-signal=INT,QUIT TERM=dumb script -qfec "$1" "$screen" <"$work/keyboard" >/dev/null 2>&1 &
    shell=$!
    exec 5>"$work/keyboard"
}
shows() {
    grep -aq -- "$1" "$screen"
}
# The command says who it is, and stays.
cat >"$work/stays" <<SH
echo \$\$ \$PPID >$work/pids
exec tail -f $work/quiet
SH
cat >"$work/reads" <<SH
echo \$\$ \$PPID >$work/pids
exec sed -u -e 's/^/read /' -e q
SH
# state_of PID: as ps(1) has it, "+" for the foreground
state_of() {
    local line
    read -r line <"/proc/$1/stat" || return 1
    # shellcheck disable=SC2086 # behind the name: state, ppid, pgrp, session, tty, tpgid
    set -- ${line##*) }
    [[ $3 != "$6" ]] && echo "$1" || echo "$1+"
}
# are REEVE COMMAND: in these states
are() {
    local command reeve_itself
    read -r command reeve_itself <"$work/pids" && [[ $(state_of "$reeve_itself") == "$1" && $(state_of "$command") == "$2" ]]
}
if command -v script >/dev/null; then
    terminal 'bash --norc --noprofile -i'
    echo "set -m; $reeve -- sh $work/stays" >&5
    ok "on a terminal the command is in the foreground" wait_until 10 are S S+
    printf '\032' >&5
    ok "Ctrl-Z stops it, and reeve with it" wait_until 10 are T T
    ok "so that the shell sees its job stopped" wait_until 10 shows 'Stopped .*stays'
    echo fg >&5
    ok "fg continues both" wait_until 10 are S S+
    printf '\032' >&5
    ok "it can be stopped again" wait_until 10 are T T
    echo bg >&5
    ok "bg: it goes on in the background" wait_until 10 are S S
    echo fg >&5
    wait_until 10 are S+ S
    printf '\032' >&5
    ok "from there, too, it can be stopped" wait_until 10 are T T
    echo fg >&5
    wait_until 10 are S S+
    printf '\003' >&5
    wait_until 10 shows '\^C'
    echo 'echo "status-$?"' >&5
    ok "Ctrl-C ends it with 130" wait_until 10 shows '^status-130'
    rm "$work/pids"
    echo "$reeve -- sh $work/reads &" >&5
    ok "who reads from the terminal in the background is stopped" wait_until 10 are T T
    echo fg >&5
    ok "until it comes to the foreground" wait_until 10 are S S+
    echo 'a line' >&5
    ok "where it reads" wait_until 10 shows '^read a line'
    echo exit >&5
    exec 5>&-
    wait "$shell"

    rm "$work/pids"
    terminal "exec $reeve -- sh $work/stays"
    wait_until 10 are S S+
    printf '\032' >&5
    wait_until 10 shows '\^Z'
    ok "where there is no shell Ctrl-Z does nothing" wait_until 10 are S S+
    printf '\003' >&5
    exec 5>&-
    wait "$shell"
    is $? 130 "and Ctrl-C ends it"
else
    skip "there is no script(1)" "job control"
fi

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
