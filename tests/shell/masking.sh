#!/bin/bash
# Credentials do not get into the log: not into standard output, files, or what reevectl shows, and not when reeve-log was killed.
# time limit: 120
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d /var/tmp/reeve-masking.XXXXXX)
chmod 0755 "$work"
# A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
reeve=$work/bin/reeve ctl=$work/bin/reevectl
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health}
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${MASKING_PORT:-18759} REEVE_LOG_OUTPUT=json
log=$work/log units=$work/units
mkdir -m 0700 "$work/run" "$work/state"
mkdir -m 0777 "$work/out"
mkdir "$units"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$work/run" "$work/state"
pid=
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT

secret=correct-horse-battery
printf 'BEGIN of a key\nMIIEpAIBAAKCAQEA7\nEND of a key\n' >"$work/key.pem"
# talker says what it reads, so that this test decides when.
cat >"$units/talker.service" <<UNIT
[Service]
SetCredential=token:$secret
SetCredential=pin:1234
LoadCredential=key:$work/key.pem
ExecStart=/bin/sh -c 'mkfifo $work/out/say; while read -r line; do printf "%%b" "\$line"; done <>$work/out/say'
[X-Reeve]
LogFile=yes
SandboxPolicy=degrade
UNIT
cat >"$units/other.service" <<UNIT
[Service]
ExecStart=/bin/sh -c 'echo other says $secret; exec sleep infinity'
UNIT
cat >"$units/pod.target" <<'UNIT'
[Unit]
Wants=talker.service other.service
UNIT
"$reeve" --units "$units" --target pod.target >"$log" 2>&1 &
pid=$!
say() {
    printf '%s\n' "$@" >"$work/out/say"
}
texts() {
    "$ctl" logs -o cat -u talker.service 2>/dev/null
}
has_text() {
    texts | grep -qxF -- "$1"
}
ok "the pod is up" wait_until 20 test -p "$work/out/say"

say "token is $secret, as you see\\n"
ok "a credential is masked in the middle of a line" wait_until 20 has_text "token is ***, as you see"
say 'split correct-hor' 'se-battery.\n'
ok "... written in two pieces" wait_until 20 has_text "split ***."
say "<3>$secret$secret\\n"
ok "... twice, behind a priority" wait_until 20 has_text "***"
say 'here is MIIEpAIBAAKCAQEA7 of it\n'
ok "... each line of a file" wait_until 20 has_text "here is *** of it"
say 'my pin is 1234\n'
ok "a short one is not" wait_until 20 has_text "my pin is 1234"
warned() { grep -q "talker.service.*shorter than 8 bytes" "$log"; }
ok "... which is told" wait_until 20 warned
encoded=$(printf %s "$secret" | base64)
say "encoded $encoded\\n"
ok "nor is one that was encoded" wait_until 20 has_text "encoded $encoded"
is "$("$ctl" logs -o cat -u other.service)" "other says $secret" "those of others are nobody's business"

helper() { "$ctl" show -p MainPID --value reeve-log.service; }
before=$(helper)
kill -KILL "$before"
is_back() { local now; now=$(helper) && [[ $now != 0 && $now != "$before" ]]; }
ok "reeve-log is killed" wait_until 20 is_back
say "again $secret\\n"
ok "... the next one masks as well" wait_until 20 has_text "again ***"
"$ctl" restart talker.service >/dev/null 2>&1 &
restarts() { [[ $("$ctl" show -p NRestarts -p ActiveState talker.service) == *ActiveState=active* ]]; }
wait "$!"
ok "talker is started again" wait_until 20 restarts
say "once more $secret\\n"
ok "... it masks on" wait_until 20 has_text "once more ***"

file=$(find "$work/state" -name talker.log)
ok "the log file has the lines" grep -q 'again \*\*\*' "$file"
not_ok "... without the credential" grep -q "$secret" "$file"
kill -TERM "$pid"
wait "$pid"
pid=
ok "standard output has them" grep -q '"MESSAGE":"split \*\*\*\."' "$log"
is "$(grep "$secret" "$log" | grep -cv 'other says')" 0 "... without it"
done_testing
