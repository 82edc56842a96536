#!/bin/bash
# Escape attempts from inside of services, in the place that this machine is: an ordinary user, no container. The classes of
# containers are tests/image/escapes.sh (which reads what was seen in SEEN). Whatever reevectl says to hold is attempted; what gets through all the same fails.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/escape/escape_lib.sh
. tests/escape/escape_lib.sh
built=$(realpath "${BUILD:-build}")
[[ -x $built/tests/escape ]] || skip_all "there is no $built/tests/escape (it takes a static C library)"

work=$(mktemp -d /var/tmp/reeve-escape.XXXXXX)
chmod 755 "$work"
world=$work/world.$$ out=${SEEN:-$work/out} units=$work/units
mkdir -p "$world/bin" "$out" "$units" "$work/state"
install -t "$world/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health} "$built/tests/escape"
export ESCAPE_SHARED=1 REEVE_RUNTIME_DIR=/tmp/reeve-escape.$$ REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${ESCAPE_PORT:-18741}
mkdir -m 700 "$REEVE_RUNTIME_DIR"
as_user=(env)
if ((EUID == 0)); then
    as_user=(setpriv --reuid 1001 --regid 1001 --clear-groups --inh-caps=-all --bounding-set=-all)
    chown 1001:1001 "$world" "$work/state" "$REEVE_RUNTIME_DIR"
fi
pid=
end() {
    [[ -z $pid ]] || { kill "$pid" 2>/dev/null && wait "$pid"; }
    rm -rf "$work" "$REEVE_RUNTIME_DIR" {,/var}/tmp/escape"${world##*/}"
}
trap end EXIT
"$world/bin/escape" list >"$out/list"
"${as_user[@]}" "$world/bin/escape" control "$world" >"$out/control"
got=$(grep -c ' ok$' "$out/control")
empty=$(while IFS='|' read -r topic pattern; do
    cut -d'|' -f1 "$out/list" | grep -qE -- "$pattern" || echo "$topic"
done < <(grep -v '^#' tests/escape/topics.txt))
is "$empty" "" "there are attempts of each kind"
ok "without a sandbox $got of $(grep -c . "$out/list") attempts succeed" test "$got" -gt 120

# units POLICY DIRECTORY
units() {
    rm -rf "$2"
    mkdir "$2"
    escape_policy=$1 escape_units "$2" "$world" "Environment=REEVE_RUNTIME_DIR=$REEVE_RUNTIME_DIR ESCAPE_SHARED=1"
}
settled() {
    escape_done "$1" || ! kill -0 "$pid" 2>/dev/null
}
# begin POLICY: a pod of $units
begin() {
    rm -rf "$world"/{sibling,race}
    escape_world "$world" "$world"
    "${as_user[@]}" "$world/bin/reeve" --units "$units" >"$out/log.$1" 2>&1 &
    pid=$!
    wait_until "${ESCAPE_TIME:-100}" settled "$out/log.$1"
}
finish() {
    kill "$pid"
    wait "$pid"
    is $? 0 "$1: the pod stops"
    pid=
}

# What a unit asks and does not get here keeps the pod from starting: all such are named, and nothing has run.
escape_left_out=''
units strict "$units"
begin strict
escape_refused "$out/log.strict" >"$out/refused"
"${as_user[@]}" "$world/bin/reevectl" security --json "$units/" >"$work/security" 2>"$work/errors"
if [[ -s $out/refused ]]; then
    wait "$pid"
    is $? 226 "strict: the pod does not start with $(wc -l <"$out/refused") of the units"
    not_ok "strict: nothing has run" grep -q ': escape ' "$out/log.strict"
    escape_left_out=$(paste -sd' ' "$out/refused")
    units strict "$units"
    begin strict
fi
is "$(escape_said_refused <"$work/security")" "$(<"$out/refused")" "strict: these are the units that reevectl security calls refused"
ok "strict: the units of the others have ended" escape_done "$out/log.strict" || diag "$(tail -n 20 "$out/log.strict")"
"${as_user[@]}" "$world/bin/reevectl" security --json "$units/" | escape_verdicts >"$out/verdicts.strict"
finish strict

escape_left_out=$(escape_vital "$out/refused")
units degrade "$units"
begin degrade
ok "degrade: the units have ended" escape_done "$out/log.degrade" || diag "$(tail -n 20 "$out/log.degrade")"
"${as_user[@]}" "$world/bin/reevectl" security --json "$units/" | escape_verdicts >"$out/verdicts.degrade"
"${as_user[@]}" "$world/bin/escape" outside "$world" control >"$out/outside"
is "$(<"$out/outside")" "escape control ok" "who belongs to no service may use the control socket"
finish degrade
escape_judge here "$out"
sed 's/^/# /' "$out/directives"
done_testing
