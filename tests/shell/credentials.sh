#!/bin/bash
# Credentials seen from inside: by the service whose they are, and by neighbours of the same user that try to get them, in a
# pod with mounts and in one without; DynamicUser= and SecureBits= where root runs the pod.
# shellcheck disable=SC2016 # what the services run is for their own shell
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d /var/tmp/reeve-credentials.XXXXXX)
chmod 0755 "$work"
# A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
reeve=$work/bin/reeve ctl=$work/bin/reevectl
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health,reeve-sandbox} "$built"/tests/{tool_notify,tool_sandbox}
read -r -a compiler <<<"${CC:-cc}"
"${compiler[@]}" -O1 -o "$work/bin/refuse" tests/shell/refuse.c || exit 1
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${CREDENTIALS_PORT:-18733}
out=$work/out units=$work/units log=$work/log given=$work/given
credentials=$REEVE_RUNTIME_DIR/credentials
mkdir -m 0700 "$REEVE_RUNTIME_DIR" "$work/state"
mkdir -m 0777 "$out"
mkdir -p "$units" "$given/tree/sub" "$work/source"
as_user=(env)
if ((EUID == 0)); then
    as_user=(setpriv --reuid 1001 --regid 1001 --clear-groups --inh-caps=-all --bounding-set=-all)
    chown 1001:1001 "$REEVE_RUNTIME_DIR" "$work/state"
fi
pid=
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT

# --- what there is ---

password=correct-horse-battery
printf %s "$password" >"$given/pw"
printf one >"$given/app.one"
printf two >"$given/app.two"
printf a >"$given/tree/a"
printf b >"$given/tree/sub/b"
printf hidden >"$given/tree/.hidden"
ln -s a "$given/tree/link"
printf %s "$password" >"$work/source/file"

unit() {
    cat >"$units/$1"
}
script() {
    { printf '#!/bin/sh\nout=%s credentials=%s\n' "$out" "$credentials" && cat; } >"$work/bin/$1"
    chmod 0755 "$work/bin/$1"
}
script holder <<'SH'
cd "$CREDENTIALS_DIRECTORY" || exit 1
for file in *; do
    printf '%s %s %s\n' "$(stat -c %a "$file")" "$file" "$(od -An -c "$file" | tr -d ' \n')"
done >"$out/holder.files"
stat -c %a . >"$out/holder.mode"
pwd >"$out/holder.directory"
cat "$PASSWORD_FILE" >"$out/holder.password"
(: >new) 2>/dev/null && echo yes >"$out/holder.wrote"
sed -n 's/^[^ ]* [^ ]* [^ ]* [^ ]* \([^ ]*credentials\) \([a-z]*\).* - \([a-z]*\) .*/\1 \2 \3/p' /proc/self/mountinfo >"$out/holder.mount"
cd /
echo $$ >"$out/pid"
"$(dirname "$0")/tool_notify" READY=1
exec sleep infinity
SH
# Every way that needs no more than the same user: the path, and the process.
script thief <<'SH'
other=$(cat "$out/pid")
for way in "$credentials/holder.service/pw" "/proc/$other/root$credentials/holder.service/pw" "/proc/$other/cwd$credentials/holder.service/pw"; do
    cat "$way" 2>/dev/null && echo " by ${way%%"$credentials"*}/…"
done >"$out/$1.stolen"
tr '\0' '\n' 2>/dev/null <"/proc/$other/environ" | grep -c PASSWORD_FILE >"$out/$1.environment"
ls "$credentials" >"$out/$1.listed" 2>/dev/null
echo "${CREDENTIALS_DIRECTORY-none}" >"$out/$1.variable"
echo done >"$out/$1.done"
exec sleep infinity
SH
holder() {
    unit holder.service <<UNIT
[Service]
Type=notify
NotifyAccess=all
LoadCredential=pw:$work/source/file
LoadCredential=app.two
LoadCredential=nobody-has-it
LoadCredential=tree:$given/tree
LoadCredential=fallback:$work/source/none
ImportCredential=app.*
ImportCredential=app.o*:renamed-
SetCredential=pw:not this one
SetCredential=fallback:last resort
SetCredential=%N.text:a\x00b\n%n
Environment=PASSWORD_FILE=%d/pw
ExecStart=$work/bin/holder
ExecStop=/bin/sh -c 'printenv CREDENTIALS_DIRECTORY >$out/stop || echo none >$out/stop'
ExecStopPost=/bin/sh -c 'ls $credentials/holder.service >$out/stop-post 2>&1'
[X-Reeve]
SandboxPolicy=${1:-strict}
UNIT
}
# thief NAME LINE: a neighbour with what confines it
thief() {
    unit "$1.service" <<UNIT
[Unit]
After=holder.service
[Service]
ExecStart=$work/bin/thief $1
ReadWritePaths=$out
$2
[X-Reeve]
SandboxPolicy=degrade
UNIT
}
# Keeps the pod up when all the rest is done.
keeper() {
    unit keeper.service <<UNIT
[Service]
ExecStart=/bin/sleep infinity
UNIT
}
# begin COMMAND...: the pod, started by it
begin() {
    rm -f "$out"/*
    CREDENTIALS_DIRECTORY=$given "$@" "$reeve" --units "$units" >"$log" 2>&1 &
    pid=$!
}
finish() {
    kill "$pid"
    wait "$pid"
    pid=
}
has() {
    [[ -s $out/$1 ]]
}
verdict() {
    "$ctl" show "$1" -p ReeveSandbox --value | sed -n "s/^{ directive=$2 ; asked=[^;]*; held-by=\([^;]*\) ; strength=\([^;]*\) ; .*/\2 by \1/p" | head -n 1
}
wanted_files="400 app.one one
400 app.two two
400 fallback lastresort
400 holder.text a\\0b\\n%n
400 pw correct-horse-battery
400 renamed-ne one
400 tree_a a
400 tree_sub_b b"
check_holder() {
    is "$(LC_ALL=C sort -k2 "$out/holder.files")" "$wanted_files" "$1: the files of the three directives, with mode 0400, and the first of a name"
    is "$(cat "$out/holder.mode" "$out/holder.directory")" "500
$credentials/holder.service" "$1: the directory has mode 0500 and is where %d says"
    is "$(cat "$out/holder.password")" "$password" "$1: a program that wants the name of a file in its environment gets it by %d"
}

# --- with mounts ---

mounts=$("${as_user[@]}" "$work/bin/tool_sandbox" --degrade --line PrivateMounts=yes --verdicts -- true 2>/dev/null)
if [[ $mounts == *PrivateMounts=yes:\ full* ]]; then
    holder
    sources="InaccessiblePaths=$work/source $given -/etc/credstore -/run/credstore -/usr/lib/credstore -/run/secrets"
    thief walled "ProtectSystem=strict
$sources"
    begin "${as_user[@]}"
    ok "mounts: the pod starts" wait_until 60 has walled.done
    check_holder mounts
    is "$(cat "$out/holder.mount")" "$credentials ro tmpfs" "mounts: they lie in a read-only tmpfs"
    not_ok "mounts: nothing can be added" has holder.wrote
    is "$(cat "$out/walled.stolen" "$out/walled.listed")" "" "mounts: a neighbour of the same user finds nothing"
    is "$(cat "$out/walled.variable")" none "mounts: nor is it told of the credentials of reeve itself"
    is "$(verdict holder.service LoadCredential)" "full by mounts" "mounts: reevectl says that it is held"
    is "$(verdict holder.service SetCredential)" "partial by mounts" "mounts: but not what stands in a unit file"
    is "$(ls -A "$credentials")" "" "mounts: outside there is nothing at all"
    ok "mounts: a stop" "$ctl" stop holder.service
    is "$(cat "$out/stop")" none "mounts: ExecStop= gets none, as in systemd"
    finish

    thief walled ProtectSystem=strict
    thief landlock "SocketBindDeny=any
SocketBindAllow=tcp:18739"
    begin "${as_user[@]}"
    ok "source: the pod starts" wait_until 60 has landlock.done
    ok "source: and the other neighbour" wait_until 60 has walled.done
    for name in walled landlock; do
        is "$(cat "$out/$name.stolen" "$out/$name.listed")" "" "source: a neighbour that sees the source finds no copy ($name)"
    done
    like "$("$ctl" security holder.service)" "another service can read where they come from" "source: reevectl says so"
    finish

    thief open ""
    begin "${as_user[@]}"
    ok "open: the pod starts" wait_until 60 has open.done
    ok "open: and who is confined as well" wait_until 60 has walled.done
    is "$(cat "$out/walled.stolen")" "" "open: who is confined still finds nothing"
    is "$(sed 's/^.* by //' "$out/open.stolen" | LC_ALL=C sort | tr '\n' ' ')" "/proc/$(cat "$out/pid")/cwd/… /proc/$(cat "$out/pid")/root/… " \
        "open: who is not looks into the process, but finds no path"
    is "$(verdict holder.service LoadCredential)" "partial by mounts" "open: and that is what reevectl says"
    finish
    rm "$units/open.service"
else
    skip "no mount namespace can be had here" "with mounts"
fi

# --- without ---

if "${as_user[@]}" "$work/bin/refuse" userns true 2>/dev/null; then
    without=("${as_user[@]}" "$work/bin/refuse" userns)
    holder strict
    thief walled ProtectSystem=strict
    rm -f "$units/landlock.service"
    begin "${without[@]}"
    wait "$pid"
    is $? 226 "without mounts: SandboxPolicy=strict refuses the pod"
    pid=
    like "$(cat "$log")" "holder.service:4:.*LoadCredential=pw: without a mount namespace" "without mounts: and says what is missing"
    holder degrade
    begin "${without[@]}"
    ok "without mounts: SandboxPolicy=degrade starts it" wait_until 60 has walled.done
    check_holder "without mounts"
    is "$(verdict holder.service LoadCredential)" "partial by kernel" "without mounts: reevectl says that it is partial"
    like "$(cat "$out/walled.stolen")" "$password by /…" "without mounts: for a neighbour can read the file"
    is "$(stat -c '%a %n' "$credentials"/* "$credentials"/.[!.]* 2>/dev/null)" "500 $credentials/holder.service" "without mounts: the directory is closed to other users"
    ok "without mounts: a stop" "$ctl" stop holder.service
    ok "without mounts: takes it away" wait_until 20 test ! -e "$credentials/holder.service"
    ok "without mounts: a start makes it anew" "$ctl" start holder.service
    ok "without mounts: with the files" wait_until 20 test -r "$credentials/holder.service/pw"
    finish
    is "$(ls -A "$credentials")" "" "without mounts: nothing is left of it after the end"
else
    skip "seccomp cannot be had here" "without mounts"
fi

# --- what fails, and what is never said ---

rm -f "${units:?}"/*
keeper
unit missing.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
LoadCredential=a:$work/none
SetCredential=b:hunter2\
hunter3
ExecStart=/bin/true
ExecStopPost=/bin/sh -c 'echo "\$EXIT_STATUS" >$out/missing'
[X-Reeve]
SandboxPolicy=degrade
UNIT
unit large.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
LoadCredential=a:$work/large
ExecStart=/bin/true
ExecStopPost=/bin/sh -c 'echo "\$EXIT_STATUS" >$out/large'
[X-Reeve]
SandboxPolicy=degrade
UNIT
unit fits.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
LoadCredential=a:$work/fits
ExecStart=/bin/sh -c 'wc -c <%d/a >$out/fits'
[X-Reeve]
SandboxPolicy=degrade
UNIT
head -c 1048576 /dev/zero >"$work/large"
head -c 1048575 /dev/zero >"$work/fits"
begin "${as_user[@]}"
ok "failures: the pod starts" wait_until 60 has missing
is "$(cat "$out/missing")" 243 "a source that is not there fails the start with 243/CREDENTIALS"
ok "failures: all are through" wait_until 60 has large
is "$(cat "$out/large")" 243 "one byte more than 1 MiB, with the name, is too much"
wait_until 60 has fits || true
is "$(tr -d ' ' <"$out/fits")" 1048575 "one byte less is not"
like "$(cat "$log")" "CREDENTIALS .*LoadCredential=, '$work/none': No such file" "the log names the source"
said=$("$ctl" cat missing.service 2>&1; "$ctl" show missing.service; "$ctl" status missing.service; "$ctl" security missing.service
    "$ctl" verify "$units"; "$ctl" verify --json "$units"; cat "$log")
not_ok "what SetCredential= says is never shown" grep hunter <<<"$said"
is "$("$ctl" cat missing.service | sed '1d' | grep -v '^SetCredential')" "$(grep -v -e '^SetCredential' -e '^hunter3' "$units/missing.service")" \
    "reevectl cat shows all the rest"
finish

# --- where root runs the pod ---

if ((EUID == 0)) && [[ $(setpriv --dump 2>/dev/null) == *setuid* ]]; then
    rm -rf "${units:?}"/* "$credentials" "$work/state" "$REEVE_RUNTIME_DIR"
    mkdir -m 0700 "$REEVE_RUNTIME_DIR"
    mkdir -m 0755 "$work/state"
    chmod 0600 "$work/source/file" # of root, who is trusted
    keeper
    unit mine.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
User=daemon
LoadCredential=pw:$work/source/file
ExecStart=/bin/sh -c 'cat %d/pw >$out/mine; stat -c "%%u %%a" %d %d/pw >$out/mine.owner'
ExecStart=!/bin/sh -c 'id -u >$out/bang; cat %d/pw >>$out/bang'
UNIT
    unit a.service <<UNIT
[Unit]
After=mine.service
[Service]
Type=oneshot
RemainAfterExit=yes
DynamicUser=yes
StateDirectory=kept
BindPaths=$out
ExecStart=/bin/sh -c 'echo "\$(id -u) \$(id -g) \$(id -G) \$USER" >$out/dynamic; cat $credentials/mine.service/pw >$out/dynamic.stolen 2>/dev/null; touch \$STATE_DIRECTORY/file; touch /var/tmp/x; touch $work/x 2>/dev/null && echo yes >$out/dynamic.wrote'
UNIT
    unit bits.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
SecureBits=noroot noroot-locked
ExecStart=/bin/sh -c 'setpriv --dump >$out/bits'
UNIT
    rm -f "$out"/*
    "$reeve" --user 0 --units "$units" >"$log" 2>&1 &
    pid=$!
    ok "root: the pod starts" wait_until 60 has bits
    wait_until 60 has dynamic || true
    is "$(cat "$out/mine")" "$password" "root: a user gets what only root can read"
    is "$(tr '\n' ' ' <"$out/mine.owner")" "1 500 1 400 " "root: and owns it"
    is "$(tr '\n' ' ' <"$out/bang")" "0 $password" "root: a '!' command has it as well"
    is "$(verdict mine.service LoadCredential)" "full by kernel" "root: alone with its user, that is enough"
    is "$(cat "$out/dynamic")" "63801 63801 63801 a" "root: DynamicUser= is who it would be under systemd"
    is "$(stat -c %u "$work/state/kept/file")" 63801 "root: its state belongs to it"
    not_ok "root: it reads nobody else's credentials" has dynamic.stolen
    not_ok "root: it writes nowhere else" has dynamic.wrote
    like "$(grep -i securebits "$out/bits")" "noroot.*noroot_locked" "root: SecureBits= is set"
    finish
else
    skip "only root can give services users of their own" "where root runs the pod"
fi

done_testing
