#!/bin/bash
# quick: yes
# Namespaces that are made in advance (supervisor/adr/0031): one for all processes of a unit and nobody else, over restarts and
# reloads, with room for what the unit's limits allow.
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
. tests/shell/small_lib.sh
small_pod "${NAMESPACES_PORT:-18764}" tests/tool_sandbox
as_user=(env)
[[ $(id -u) != 0 ]] || as_user=(setpriv --reuid 1001 --regid 1001 --clear-groups --inh-caps=-all --bounding-set=-all)
case $("${as_user[@]}" "$work/bin/tool_sandbox" --degrade --line PrivateNetwork=yes --verdicts -- true 2>/dev/null) in
*PrivateNetwork=yes:\ full*) ;;
*) skip_all "no user namespace can be had here" ;;
esac

# tell FILE: a command of a unit that tells where it is
tell() {
    echo "/bin/sh -c 'cd /proc/self/ns && echo \$\$(readlink user net) >$out/$1.new && mv $out/$1.new $out/$1'"
}
for name in one other; do
    unit $name.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
ProtectSystem=strict
PrivateNetwork=yes
ReadWritePaths=$out
ExecStartPre=$(tell $name.pre)
ExecStart=$(tell $name)
ExecReload=$(tell $name.reload)
UNIT
done
unit keeper.service <<'UNIT'
[Service]
ExecStart=/bin/sleep infinity
UNIT
# More processes than PID 1's soft limit, which whoever makes a user namespace leaves as its ceiling.
unit many.service <<UNIT
[Service]
Type=oneshot
RemainAfterExit=yes
ProtectSystem=strict
LimitNPROC=200
ReadWritePaths=$out
ExecStart=/bin/sh -c 'pids=; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep infinity & pids="\$\$pids \$\$!"; done; kill \$\$pids; echo done >$out/many'
UNIT
# As a user of its own where root plays: what else runs as uid 1001 here counts, too.
if [[ $(id -u) == 0 ]]; then
    as_user=(setpriv --reuid 4711 --regid 4711 --clear-groups --inh-caps=-all --bounding-set=-all)
    chown 4711:4711 "$work/run" "$work/state" "$out"
    soft=20
fi
(ulimit -Su "${soft:-$(ulimit -Su)}" && exec "${as_user[@]}" "$reeve" --units "$units") >"$log" 2>&1 &
pid=$!
has_told() {
    [[ -s $out/$1 ]]
}
# again FILE COMMAND...: runs it, and waits for what a unit tells then
again() {
    rm -f "$out/$1"
    "${@:2}" && wait_until 20 has_told "$1"
}
ok "both run" wait_until 60 eval 'has_told one && has_told other' || diag "$(tail -n 20 "$log")"
first=$(<"$out/one")
is "$(<"$out/one.pre")" "$first" "all commands of a unit are in the same namespaces"
not_ok "which are not ours" test "$first" = "$(readlink /proc/self/ns/user /proc/self/ns/net | paste -sd ' ')"
not_ok "nor those of another unit" test "$first" = "$(<"$out/other")"
again one.reload "$ctl" reload one
is "$(<"$out/one.reload")" "$first" "its reload is in there"
again one "$ctl" restart one
is "$(<"$out/one")" "$first" "its next run, too"
ok "units are read again" "$ctl" daemon-reload
again one.reload "$ctl" reload one
is "$(<"$out/one.reload")" "$first" "what is not new keeps them"
sed -i s/PrivateNetwork=yes/PrivateNetwork=no/ "$units/other.service"
ok "units are read again" "$ctl" daemon-reload
again other "$ctl" restart other
is "$(cut -d' ' -f2 <"$out/other")" "$(readlink /proc/self/ns/net)" "a unit that wants others has others"
ok "its limit of processes is its own, not PID 1's soft one" wait_until 20 has_told many
not_ok "nothing is complained of" grep -q 'namespaces' "$log"
kill "$pid"
wait "$pid"
is $? 0 "the pod stops"
pid=
done_testing
