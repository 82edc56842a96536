#!/bin/bash
# reeve-sandbox: a command in the sandbox of a unit, and what it ends with. The denials are tried, not read.
# shellcheck disable=SC2016 # scripts of other programs
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
work=$(mktemp -d)
chmod 0755 "$work"
install -D -t "$work/bin" "$(realpath "${BUILD:-build}")"/reeve{-sandbox,ctl}
cp -r units/pod "$work/pod"
sandbox=$work/bin/reeve-sandbox
mkdir -p "$work/units/own.service.d" "$work/open"
chmod 0777 "$work/open"
trap 'rm -rf "$work"' EXIT
# As somebody without rights, wherever the test runs.
as_user=()
[[ $(id -u) != 0 ]] || as_user=(setpriv --reuid 1001 --regid 1001 --clear-groups --bounding-set=-all)
run() {
    "${as_user[@]}" "$sandbox" "$@"
}
# wants STATUS ARGUMENTS...
wants() {
    local wanted=$1 got
    shift
    run "$@"
    got=$?
    [[ $got == "$wanted" ]] || { echo "ended with $got, not with $wanted"; return 1; }
}

# ---- the command ----
is "$(run -p NoNewPrivileges=yes -- echo one two)" "one two" "the command runs with its arguments"
ok "its exit status is that of reeve-sandbox" wants 7 -p LockPersonality=yes -- sh -c 'exit 7'
ok "a signal ends it as it would without" wants 143 -p LockPersonality=yes -- sh -c 'kill -TERM $$'
is "$(run -p LimitNOFILE=64 -- sh -c 'ulimit -n')" 64 "a limit is set"
is "$(run -p UMask=0077 -- sh -c umask)" 0077 "and the umask"
is "$(run -p NoNewPrivileges=yes -- awk '/^NoNewPrivs/ { print $2 }' /proc/self/status)" 1 "no_new_privs always is"
is "$(cd "$work/open" && VARIABLE=kept run -p LockPersonality=yes -- sh -c 'pwd; echo "$VARIABLE"')" "$work/open
kept" "directory and environment are the caller's"

# ---- denials ----
if run --dry-run -p LockPersonality=yes | grep -q '^LockPersonality=yes: full by seccomp$'; then
    ok "a filtered call is refused" wants 1 -p 'SystemCallFilter=~@chown' -p SystemCallErrorNumber=EPERM -- \
        sh -c 'chgrp "$(id -g)" "$1" 2>/dev/null || exit 1' sh "$work/open"
    ok "without an error number it is the end" wants 159 -p 'SystemCallFilter=~@chown' -- \
        sh -c 'chgrp "$(id -g)" "$1" 2>/dev/null; exit $?' sh "$work/open"
    ok "namespaces are refused" wants 1 -p RestrictNamespaces=yes -- unshare -U true
else
    skip "no seccomp here" "filters"
fi
if run --dry-run -p ProtectSystem=strict | grep -qE '^ProtectSystem=strict: (full|partial) by'; then
    ok "what is read-only is" wants 1 -p ProtectSystem=strict -- sh -c 'touch "$1/file" 2>/dev/null || exit 1' sh "$work/open"
    ok "what may be written to is" wants 0 -p ProtectSystem=strict -p "ReadWritePaths=$work/open" -- touch "$work/open/file"
else
    skip "nothing here makes a tree read-only" "paths"
fi

if run --dry-run -p "TemporaryFileSystem=$work/open" | grep -q '^TemporaryFileSystem=set: full by mounts$'; then
    touch "$work/open/seen"
    is "$(cd "$work/open" && run -p "TemporaryFileSystem=$work/open" -- sh -c 'pwd; ls')" "$work/open" \
        "the caller's directory does not lead below a mount"
    is "$(cd "$work/open" && run -q -p "InaccessiblePaths=$work/open" -- sh -c 'pwd; ls -d /usr; ls "$1"' sh "$work/open" 2>/dev/null)" "/
/usr" "nor into what is hidden"
    like "$(run -p "ReadOnlyPaths=$work/nothing" -- true 2>&1; echo $?)" "ReadOnlyPaths=, '$work/nothing': No such file.*226\$" \
        "a mount that fails is named with its directive"
else
    skip "no mount namespace here" "mounts"
fi

# ---- units ----
cat >"$work/units/own.service" <<'UNIT'
[Service]
ExecStart=/absent/program
UMask=0027
UNIT
printf '[Service]\nLimitCORE=0\n' >"$work/units/own.service.d/core.conf"
printf '[Service]\nExecStart=/bin/true\nLimitRTTIME=5\n' >"$work/units/strict.service"
is "$(run --units="$work/units" own -- sh -c 'umask; ulimit -c')" "0027
0" "a unit by its name, with its drop-ins"
is "$(run "$work/units/own.service" -- sh -c umask)" 0027 "a unit by its file"
is "$(run --units="$work/units" -p UMask=0007 own -- sh -c umask)" 0007 "a property comes after the unit's lines"
ok "options come before the unit" wants 78 --units="$work/units" own --dry-run

for unit in redis datahub kairos chromium xvfb; do
    is "$(run --dry-run --units="$work/pod" $unit | sed 's/ by .*//')" \
        "$("${as_user[@]}" "$work/bin/reevectl" security --units="$work/pod" --json $unit |
            jq -r '.units[].directives[] | select(.directive != "Seal") | "\(.directive)=\(.asked): \(.strength)"')" \
        "$unit: the plan is that of which reevectl security tells"
done
if [[ -x /usr/bin/redis-server ]] && run --dry-run --units="$work/pod" redis >/dev/null 2>&1; then
    like "$(run --units="$work/pod" redis -- redis-server --version)" '^Redis server v=' "a program of the pod runs in its unit's sandbox"
    like "$(run --units="$work/pod" redis -- sh -c 'echo 1 >/etc/by-redis' 2>&1)" 'cannot create /etc/by-redis' "which another has to live with as well"
else
    skip "redis-server is not installed, or its sandbox cannot be had" "a program of the pod"
fi

# ---- what cannot be held ----
ok "a strict unit is not run without it" wants 226 --units="$work/units" strict -- true
like "$(run --units="$work/units" strict -- true 2>&1)" 'LimitRTTIME= is not held here: .*
.*SandboxPolicy=strict' "and it is said what is not held"
ok "with degrade it is" wants 0 --units="$work/units" -p SandboxPolicy=degrade strict -- true
like "$(run --units="$work/units" -p SandboxPolicy=degrade strict -- echo ran 2>&1)" \
    '^reeve-sandbox: [^ ]*/strict\.service:3:1: LimitRTTIME= is not held here: .*
ran$' "which is said, too, with its line"
like "$(run --units="$work/units" -p SandboxPolicy=degrade -p LimitRTTIME=6 strict -- echo ran 2>&1)" \
    '^reeve-sandbox: LimitRTTIME= is not held here: .*
ran$' "unless that is on the command line"
is "$(run -q --units="$work/units" -p SandboxPolicy=degrade strict -- echo ran 2>&1)" ran "but not with --quiet"
like "$(run --dry-run --units="$work/units" strict 2>/dev/null)" 'LimitRTTIME=set: none by nothing: ' "--dry-run says how well each is held"
ok "and ends as the run would" wants 226 --dry-run --units="$work/units" strict

# What of a directive is held may be too little: where there is nobody else to become, or where there are no mounts.
unmounted=(-q -p RestrictNamespaces=yes -p SandboxPolicy=degrade --)
for setting in DynamicUser=yes "LoadCredential=secret:$work/units/strict.service"; do
    if run "${unmounted[@]}" "$sandbox" --dry-run -p "$setting" 2>/dev/null | grep -q "^${setting%%=*}=.*: partial "; then
        like "$(run "${unmounted[@]}" "$sandbox" -p "$setting" -- echo ran 2>&1; echo $?)" \
            "^reeve-sandbox: ${setting%%=*}= is not held here in full: .*
.*SandboxPolicy=strict.*
226\$" "${setting%%=*}= that is held in part only is refused"
    else
        skip "it is held here, or not at all" "${setting%%=*}="
    fi
done
is "$(run -q -p DynamicUser=yes -p SandboxPolicy=degrade -- echo ran)" ran "with degrade it runs"

# Nobody would take them away again.
loads=(-p "LoadCredential=secret:$work/units/strict.service" -p SandboxPolicy=degrade)
if run "${unmounted[@]}" "$sandbox" --dry-run "${loads[@]}" 2>/dev/null | grep -q '^LoadCredential=.*: partial by kernel'; then
    like "$(run "${unmounted[@]}" "$sandbox" -q "${loads[@]}" -- echo ran 2>&1; echo $?)" \
        '^reeve-sandbox: Without mounts, .*credentials.*-p LoadCredential= .*
243$' "with degrade, credentials that nothing would remove are none"
    is "$(run "${unmounted[@]}" "$sandbox" "${loads[@]}" -p LoadCredential= -- printenv CREDENTIALS_DIRECTORY; echo $?)" 1 \
        "it runs without them, as the message says"
else
    skip "there can be mounts, whatever is forbidden" "credentials without mounts" 2
fi

# ---- limits ----
if [[ -d /run/credentials ]]; then
    # shellcheck disable=SC2016 # for the inner shell
    is "$(run -q -p LimitFSIZE=0 -p SetCredential=name:text -p ProtectSystem=strict -- sh -c 'cat "$CREDENTIALS_DIRECTORY/name"' 2>&1)" text \
        "LimitFSIZE= is for the command, not for what is written for it"
else
    skip "there is no /run/credentials, which only root can make" "LimitFSIZE="
fi

# ---- mistakes ----
ok "no such command" wants 203 -p LockPersonality=yes -- /absent/program
ok "no command" wants 78 -p LockPersonality=yes
ok "nothing that would confine" wants 78 -- true
ok "no such unit" wants 78 --units="$work/units" absent -- true
ok "no such directive" wants 78 -p ProtectSystem -- true
ok "a value that is none" wants 78 -p ProtectSystem=maybe -- true
like "$(run -p ProtectSystem=maybe -- true 2>&1)" "ProtectSystem= does not know 'maybe'" "which is named"
ok "the help" wants 0 --help
ok "the version" wants 0 --version
if [[ $(id -u) == 0 ]]; then
    is "$("$sandbox" -p User=nobody -- id -un)" nobody "root becomes the user of the unit"
    is "$("$sandbox" -p User=no-such-user -- true 2>/dev/null; echo $?)" 217 "whom there is not"
else
    skip "only root can become somebody else" "User="
fi

done_testing
