#!/bin/bash
# Where descriptors 0 to 2 of a service lead: StandardInput=, StandardOutput=, StandardError= and what belongs to them.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
chmod 0755 "$work"
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health}
ctl=$work/bin/reevectl out=$work/out units=$work/units log=$work/log
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${STANDARD_PORT:-18731}
mkdir -p "$work/run" "$work/state" "$out" "$units"
chmod 0700 "$work/run"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$work/run" "$work/state" "$out"
pid=
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT
# unit NAME SETTINGS COMMAND: a oneshot that runs the shell command
unit() {
    printf '[Service]\nType=oneshot\n%s\nExecStart=/bin/sh -c "%s"\n' "$2" "$3" >"$units/$1.service"
    printf 'Wants=%s.service\n' "$1" >>"$units/default.target"
}
says() {
    grep -q -- "$1" "$log"
}
says_not() {
    ! says "$1"
}
holds() {
    [[ $(cat "$out/$1") == "$2" ]]
}
show() {
    "$ctl" show "$1" -p "$2" --value
}

printf '[Unit]\nWants=keep.service\n' >"$units/default.target"
printf '[Service]\nExecStart=/usr/bin/tail -f /dev/null\n' >"$units/keep.service"
printf 'old contents\n' | tee "$out/append" >"$out/file"
cp "$out/file" "$out/truncate"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$out"/*
unit null "StandardOutput=null" "echo unheard; echo unheard too >&2"
unit apart $'StandardOutput=null\nStandardError=journal' "echo unheard three; echo heard on error >&2"
unit file "StandardOutput=file:$out/file" "echo NEW; echo ERR >&2"
unit append "StandardOutput=append:$out/append" "echo new; echo error >&2"
unit truncate "StandardOutput=truncate:$out/truncate" "echo new"
unit made $'UMask=0027\nStandardError=append:'"$out/made.%N" "echo to the log; echo to the file >&2"
unit both $'StandardOutput=append:'"$out/both"$'\nStandardError=append:'"$out/both" "echo one; echo two >&2; echo three"
unit text $'StandardInput=data\nStandardInputText=first %N\\n\nStandardInputText=second\nStandardInputData=dGhpcmQK' "cat >$out/text"
unit input "StandardInput=file:$out/given" "cat >$out/input"
unit update $'StandardInput=file:'"$out/update"$'\nStandardOutput=inherit' "echo written; cat /proc/self/fdinfo/0 >$out/flags"
unit none "StandardOutput=inherit" "echo to the log, too"
unit missing "StandardInput=file:$out/no/such" "true"
unit nowhere "StandardOutput=append:$out/no/such" "true"
unit nowhere2 "StandardError=append:$out/no/such" "true"
unit limited $'LogRateLimitBurst=2\nLogRateLimitIntervalSec=1h' "echo limited 1; echo limited 2; echo limited 3; echo limited 4"
unit sieve $'SyslogIdentifier=by-name\nLogFilterPatterns=~secret\nLogLevelMax=warning\nSyslogLevel=err' \
    "echo a secret; echo '<6>a detail'; echo comes through"
touch "$out/update"
echo given >"$out/given"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$out/update"

"$work/bin/reeve" --units "$units" >"$log" 2>&1 &
pid=$!
ok "the pod is up" wait_until 20 says 'default.target is up'
is_done() {
    [[ $("$ctl" is-active "$1.service") =~ ^(inactive|failed)$ ]]
}
are_done() {
    local name
    for name in null apart file append truncate made both text input update none missing nowhere nowhere2 limited sieve; do
        is_done "$name" || return 1
    done
}
ok "all have ended" wait_until 20 are_done
ok "StandardError=journal is heard although output is null" wait_until 10 says 'apart: heard on error'
ok "StandardOutput=null is not heard, nor standard error, which shares it" says_not unheard
ok "file: writes over what is there" holds file $'NEW\nERR\nents'
ok "append: goes on, and standard error shares it" holds append $'old contents\nnew\nerror'
ok "truncate: begins anew" holds truncate new
ok "StandardError= alone into a file with a specifier" holds made.made 'to the file'
is "$(stat -c %a "$out/made.made")" 640 "its mode is 0666 without UMask="
ok "and standard output still goes to the log" says 'made: to the log'
ok "two files of one path are one open" holds both $'one\ntwo\nthree'
ok "StandardInputText= and StandardInputData= are what is read" holds text $'first text\n\nsecond\nthird'
ok "StandardInput=file:" holds input given
ok "StandardOutput=inherit is the default, as in systemd" wait_until 10 says 'none: to the log, too'
is "$(show missing ExecMainStatus)" 208 "an input that cannot be opened: systemd's status"
is "$(show nowhere ExecMainStatus)" 209 "an output"
is "$(show nowhere2 ExecMainStatus)" 222 "a standard error"
ok "and the file is named" says "nowhere.service.*$out/no/such"
is "$(show append StandardOutput)" "append:$out/append" "show tells where output goes"
is "$(show append StandardError)" inherit "and error"
is "$(show null StandardInput)" null "and where nothing is said"
ok "LogRateLimitBurst= lets so many through" wait_until 10 says 'limited: limited 2'
ok "and what was beyond is told when the unit has ended" wait_until 10 says '2 lines of limited.service were suppressed'
ok "but not shown" says_not 'limited 3'
ok "SyslogIdentifier= is the name of the lines" wait_until 10 says 'by-name: comes through'
ok "LogFilterPatterns= takes away what matches" says_not 'a secret'
ok "LogLevelMax= what matters less" says_not 'a detail'
is "$(show limited LogRateLimitBurst)" 2 "show tells the limit"
kill "$pid"
wait "$pid"
pid=
done_testing
