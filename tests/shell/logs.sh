#!/bin/bash
# reevectl logs: journalctl's options, beside a pod whose services say known lines.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
. tests/shell/small_lib.sh
small_pod "${LOGS_PORT:-18745}"
logs() {
    "$ctl" logs --no-hostname "$@" 2>&1
}
texts() {
    logs -o cat "$@"
}
has_line() {
    texts -u "$1" | grep -qxF -- "$2"
}

# chatter says what it reads, so that this test decides when.
unit chatter.service <<UNIT
[Service]
ExecStart=/bin/sh -c 'mkfifo $out/say; echo ready to talk; while read -r line; do printf "%%b\\\\n" "\$line"; done <>$out/say'
UNIT
unit redis.service <<'UNIT'
[Service]
ExecStart=/bin/sh -c 'echo "<3>a bad thing"; echo "<4>a warning"; echo "<5>take note"; echo "Plain Words"; echo "<7>debugging"; exec sleep infinity'
UNIT
unit datahub.service <<'UNIT'
[Unit]
After=redis.service
[Service]
ExecStart=/bin/sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i; done; exec sleep infinity'
UNIT
ln -s datahub.service "$units/hub.service"

"$reeve" --units "$units" >"$work/log" 2>&1 &
pid=$!
say() {
    printf '%s\n' "$1" >"$out/say"
}
ok "the pod comes up" wait_until 30 has_line chatter 'ready to talk'
ok "and its services talk" wait_until 30 has_line datahub 'line 12'
ok "all of them" wait_until 30 has_line redis debugging

# --- which lines ---
is "$(texts -u datahub -n 2)" $'line 11\nline 12' "-u -n 2: the last two of a unit"
is "$(texts -u datahub | wc -l)" 12 "-u: all of them"
is "$(texts datahub -n | wc -l)" 10 "-n alone: ten; a unit may stand behind the options"
is "$(texts -u hub -n1)" 'line 12' "a second name of the unit"
is "$(texts -u datahub -n all | head -n 1)" 'line 1' "-n all"
is "$(texts -u datahub -n 2 -r)" $'line 12\nline 11' "-r: the newest first"
is "$(texts -u redis -p err)" 'a bad thing' "-p err"
is "$(texts -u redis -p 4)" $'a bad thing\na warning' "-p 4"
is "$(texts -u redis -p warning..notice)" $'a warning\ntake note' "-p FROM..TO"
is "$(texts -u redis -g 'plain w')" 'Plain Words' "-g in small letters: in any case"
is "$(texts -u redis -g 'Plain w')" '' "-g with a capital: just so"
is "$(texts -u redis -g 'Plain w' --case-sensitive=no)" 'Plain Words' "--case-sensitive=no"
is "$(texts -u datahub -g '^line 1' -n 2)" $'line 12\nline 11' "-g -n: the newest first"
is "$(texts -u redis -u datahub -g 'bad|line 12' | sort)" $'a bad thing\nline 12' "-u twice: of both"
is "$(texts -u 'd*' -n 1)" 'line 12' "-u with a pattern"
is "$(texts -u 'red*' -u chatter -n 2 -t redis)" $'Plain Words\ndebugging' "-t: an identifier"
like "$(texts -u reeve)" 'datahub.service: started' "-u reeve: what reeve itself says"
is "$(texts -u init.scope)" "$(texts -u reeve)" "which is init.scope"
is "$(logs -u nobody)" '-- No entries --' "a unit that says nothing"
is "$(logs -u nobody -q)" '' "-q says nothing then"
is "$(texts -b -u datahub -n 1)" 'line 12' "-b: this run"
is "$(logs -b -1 >/dev/null; echo $?)" 1 "-b -1: there is no earlier one"

# --- when ---
is "$(texts -u datahub --since '1h ago' | wc -l)" 12 "--since '1h ago'"
is "$(texts -u datahub --since today --until +1h -n 1)" 'line 12' "--since today --until +1h"
is "$(texts -u datahub -U yesterday)" '' "--until yesterday"
is "$(texts -u datahub -S "@$(date -d '+1 hour' +%s)")" '' "--since @later"
not_ok "nonsense is refused" logs --since 'the day of days'
not_ok "a since after until, too" logs --since now --until yesterday
cursor=$(logs --show-cursor -n 1 | tail -n 1)
like "$cursor" '^-- cursor: s=[0-9a-f]+$' "--show-cursor"
say 'behind the cursor'
ok "chatter says it" wait_until 30 has_line chatter 'behind the cursor'
is "$(texts --after-cursor "${cursor#-- cursor: }" -u chatter)" 'behind the cursor' "--after-cursor: only what came later"

# --- shapes ---
like "$(logs -u datahub -n 1)" '^[A-Z][a-z]{2} [0-9 ]{2} [0-9:]{8} datahub(\[[0-9]+\])?: line 12$' "short, as journalctl"
like "$("$ctl" logs -u datahub -n 1)" " $(hostname) datahub" "with the host's name"
like "$(logs -u datahub -n 1 -o short-precise)" '[0-9]:[0-9]{2}\.[0-9]{6} datahub' "short-precise"
like "$(logs -u datahub -n 1 -o short-iso)" '^20[0-9-]{8}T[0-9:]{8}[+-][0-9]{4} datahub' "short-iso"
like "$(logs -u datahub -n 1 -o short-unix)" '^[0-9]{10}\.[0-9]{6} datahub' "short-unix"
like "$(logs -u datahub -n 1 -o short-monotonic)" '^\[ *[0-9]+\.[0-9]{6}\] datahub' "short-monotonic"
like "$(logs -u datahub -n 1 -o with-unit --utc)" ' UTC datahub.service' "with-unit --utc"
like "$(logs -u datahub -n 1 -o verbose)" '_SYSTEMD_UNIT=datahub.service.*MESSAGE=line 12' "verbose"
is "$(logs -u redis -p err -o json | jq -c '[.MESSAGE, .PRIORITY, ._SYSTEMD_UNIT, .SYSLOG_IDENTIFIER, ._TRANSPORT]')" \
    '["a bad thing","3","redis.service","redis","stdout"]' "json has journald's fields"
not_ok "another is refused" logs -o nonsense
say 'a\ttab \033[31mred\033[0m and \001'
ok "chatter says something wild" wait_until 30 has_line chatter $'a\ttab \e[31mred\e[0m and \001'
like "$(logs -u chatter -n 1)" ': a        tab red and \?$' "what could drive a terminal does not"
like "$(logs -u chatter -n 1 -a)" $'\e\\[31m' "but with -a"
say '\0377'
ok "chatter says a byte" wait_until 30 sh -c "'$ctl' logs -u chatter -n 1 -o json | jq -e '.MESSAGE == [255]'"

# --- colours ---
coloured() {
    TERM=xterm script -qec "$*" /dev/null </dev/null
}
if command -v script >/dev/null; then
    like "$(coloured "$ctl logs -u redis -p err")" $'\e\\[1;31ma bad thing\e\\[0m' "errors are red on a terminal"
    like "$(NO_COLOR=1 coloured "$ctl logs -u redis -p err")" ': a bad thing' "NO_COLOR"
fi

# --- following, also over the death of reeve-log ---
"$ctl" logs -f -n 1 -u chatter -u datahub -o cat >"$work/followed" 2>"$work/followed.err" &
follower=$!
followed() {
    grep -qxF -- "$1" "$work/followed"
}
ok "-f: shows the last" wait_until 30 test -s "$work/followed"
say 'followed one'
ok "and what comes" wait_until 30 followed 'followed one'
logger=$("$ctl" show reeve-log -p MainPID --value)
kill -KILL "$logger"
say 'followed two'
ok "reeve-log is killed, and the follower goes on" wait_until 30 followed 'followed two'
is "$(grep -c 'followed one' "$work/followed")" 1 "without a line twice"

# --- why shows the last lines ---
like "$("$ctl" why redis)" 'Last lines of redis.service:.*Plain Words' "reevectl why shows the last lines of the units of its story"
kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod ends with status 0"
pid=
wait "$follower"
is $? 0 "and the follower with it, with status 0"
like "$(cat "$work/followed.err")" 'The pod has ended' "and says why"
done_testing
