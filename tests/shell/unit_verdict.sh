#!/bin/bash
# Is our verdict on unit files that of systemd? systemd-analyze and `systemd --dump-configuration-items` of this
# machine are the measure: time spans to the microsecond, which lines of a unit are complained about, and whether we
# have heard of every directive that it knows.
#
# Lines on which we differ on purpose are not here but in tests/golden/units: what we refuse because it cannot be
# honoured, and two mistakes on which systemd 252 is silent (\ud800, CAP_FOO). generated.sh goes on with made-up lines.
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
build=${BUILD:-build}
command -v systemd-analyze >/dev/null || skip_all "no systemd-analyze here"

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
tool=$build/tests/tool_unit
ok "the tool that prints our verdict is built (make test-programs)" test -x "$tool" || done_testing

# ---- time spans ----
units=(usec us µs μs msec ms seconds second sec s minutes minute min m hours hour hr h days day d weeks week w
    months month M years year y)
spans=("" 0 5 " 7 " +3 .5 1.5 "5 6" infinity " infinity " "infinity 1" -1 "1 -1" 0x3 1.2.3 "1. 5" 5x "5 x" 1.s x s "1 s 2"
    18446744073709 18446744073710 9223372036854775807us 9223372036854775808us "2h 3m 4s" 2h3m4s "1y 12M 2w" 1.000001s
    1.0000001s 0.1us 1e3 "1,5s" "١s" 5S 5MS 5Min)
for unit in "${units[@]}"; do
    spans+=("1$unit" "2 $unit" "1.25$unit" "3${unit}4us" "99999999999999$unit" "$unit")
done
theirs=() ours=()
for span in "${spans[@]}"; do
    us=$(LC_ALL=C.UTF-8 systemd-analyze timespan "$span" 2>/dev/null | sed -n 's/^ *[μu]s: //p')
    theirs+=("$span = ${us:-error}")
done
mapfile -t values < <("$tool" timespan "${spans[@]}")
for i in "${!spans[@]}"; do
    # "infinity" is printed as the number that stands for it.
    ours+=("${spans[i]} = ${values[i]/#18446744073709551615/infinity}")
    theirs[i]=${theirs[i]/%= 18446744073709551615/= infinity}
done
printf '%s\n' "${ours[@]}" >"$scratch/our-spans"
printf '%s\n' "${theirs[@]}" >"$scratch/their-spans"
ok "${#spans[@]} time spans have systemd's value" diff "$scratch/our-spans" "$scratch/their-spans"

# ---- lines of units ----
# Each line becomes a unit of its own, so that one mistake cannot hide another.
mapfile -t lines <<'EOF'
Unit:Description=a b
Unit:Descriptin=a
Unit:Documentation=man:a(1) https://x.y/z
Unit:Documentation=foo
Unit:After=a.service b@c.target
Unit:After="a.service" 'b.mount'
Unit:After="open.service
Unit:After=@.service
Unit:DefaultDependencies=no
Unit:DefaultDependencies=maybe
Unit:DefaultDependencies=
Unit:StartLimitIntervalSec=5min 3s
Unit:StartLimitIntervalSec=5 parsecs
Unit:StartLimitIntervalSec=
Unit:StartLimitBurst=0x10
Unit:StartLimitBurst=-1
Unit:StartLimitBurst=08
Unit:SuccessAction=exit-force
Unit:SuccessAction=ignite
Unit:SuccessActionExitStatus=255
Unit:SuccessActionExitStatus=256
Unit:SuccessActionExitStatus=
Unit:no equals sign
Unit:=no key
Unit:X-Key=1
Unit:ExecStart=/bin/true
Unit:Description=%n %i %p %y 100% %%
Unit:Description=%Q
Unit:Description=%5
Service:ExecStartPre=-@/bin/true true a
Service:ExecStartPre=:/bin/true $X
Service:ExecStartPre=true
Service:ExecStartPre=a/b
Service:ExecStartPre=/bin/
Service:ExecStartPre=/bin/../bin/true
Service:ExecStartPre=@/bin/true
Service:ExecStartPre=/bin/true "a
Service:ExecStartPre=/bin/true 'a" b'
Service:ExecStartPre=/bin/true a\
Service:ExecStartPre=/bin/true \q
Service:ExecStartPre=/bin/true \x41 \u00e9 \101 \s \n
Service:ExecStartPre=/bin/true \x4
Service:ExecStartPre=/bin/true \400
Service:ExecStartPre=/bin/true ; /bin/true
Service:ExecStartPre=/bin/true \; x
Service:ExecStartPre=/bin/true %Q
Service:ExecStartPre=/bin/true 50% %%n
Service:ExecStartPre=
Service:ExecStart=/bin/true
Service:Type=oneshot
Service:Type=exec
Service:Type=nonsense
Service:Restart=on-abort
Service:Restart=sometimes
Service:RestartSec=1.5
Service:RestartSec=x
Service:TimeoutStartSec=infinity
Service:TimeoutStopSec=-1
Service:TimeoutSec=5
Service:RemainAfterExit=TRUE
Service:RemainAfterExit=2
Service:SuccessExitStatus=1 TEMPFAIL SIGKILL 255
Service:SuccessExitStatus=256
Service:SuccessExitStatus=tempfail
Service:SuccessExitStatus=
Service:RestartPreventExitStatus=SIGFOO
Service:KillMode=mixed
Service:KillMode=mix
Service:KillMode=
Service:KillSignal=RTMIN+3
Service:KillSignal=15
Service:KillSignal=SIGRTMAX-1
Service:KillSignal=65
Service:KillSignal=sigterm
Service:KillSignal=SIGPOLL
Service:KillSignal=SIGCLD
Service:SendSIGHUP=y
Service:NotifyAccess=all
Service:NotifyAccess=some
Service:WorkingDirectory=/tmp
Service:WorkingDirectory=-/tmp
Service:WorkingDirectory=~
Service:WorkingDirectory=relative
Service:WorkingDirectory=/a/../b
Service:UMask=0077
Service:UMask=999
Service:Environment=A=1 "B=2 3" 'C=4'
Service:Environment=A
Service:Environment=1A=2
Service:Environment=A=%z
Service:EnvironmentFile=-/x
Service:EnvironmentFile=x
Service:EnvironmentFile=/a/../b
Service:PassEnvironment=A B_1
Service:PassEnvironment=A-B
Service:UnsetEnvironment=A B=1
Service:UnsetEnvironment=1A
Service:Nice=-20
Service:Nice=20
Service:OOMScoreAdjust=1000
Service:OOMScoreAdjust=1001
Service:LimitNOFILE=1024:4096
Service:LimitNOFILE=infinity
Service:LimitNOFILE=2:1
Service:LimitNOFILE=1K
Service:LimitAS=1.5G 3M
Service:LimitAS=1M 1G
Service:LimitCPU=5min
Service:LimitCPU=x
Service:LimitNICE=-5
Service:LimitNICE=50
Service:LimitNICE=
Service:LimitAS=15E
Service:LimitAS=18446744073709551615
Service:LimitRTTIME=10ms
Service:StateDirectory=a b/c
Service:StateDirectory=/a
Service:StateDirectory=../a
Service:StateDirectory=private/a
Service:StateDirectory=:
Service:StateDirectory=a ::
Service:StateDirectoryMode=0750
Service:StateDirectoryMode=888
Service:ProtectSystem=strict
Service:ProtectSystem=some
Service:ReadWritePaths=/a -/b
Service:ReadWritePaths=a
Service:CapabilityBoundingSet=CAP_KILL cap_chown
Service:CapabilityBoundingSet=~CAP_KILL
Service:RestrictNamespaces=yes
Service:RestrictNamespaces=maybe
Service:LockPersonality=yes
Service:LockPersonality=maybe
Service:RestrictNamespaces=net ~user
Service:RestrictNamespaces=~user ipc
Service:SystemCallArchitectures=native
Service:SystemCallArchitectures=native x86
Service:SystemCallArchitectures=vax
Service:SystemCallFilter=@system-service
Service:SystemCallFilter=~@privileged @nonsense
Service:SystemCallFilter=~mount:EPERM reboot:7 @swap:kill
Service:SystemCallFilter=mount:EPERM
Service:SystemCallFilter=~mount:EBLA
Service:SystemCallFilter=nonsense
Service:SystemCallErrorNumber=EPERM
Service:SystemCallErrorNumber=kill
Service:SystemCallErrorNumber=0
Service:SystemCallErrorNumber=EBLA
Service:SystemCallLog=~@system-service
Service:SystemCallLog=nonsense
Service:RestrictAddressFamilies=AF_UNIX AF_INET
Service:RestrictAddressFamilies=~AF_PACKET
Service:RestrictAddressFamilies=none
Service:RestrictAddressFamilies=AF_NONSENSE
Service:RestrictRealtime=yes
Service:RestrictSUIDSGID=maybe
Service:MemoryDenyWriteExecute=yes
Service:ProtectClock=yes
Service:ProtectKernelLogs=1
Service:SocketBindAllow=tcp:80-90
Service:SocketBindAllow=any
Service:SocketBindAllow=tcp:any
Service:SocketBindAllow=tcp:90-80
Service:SocketBindAllow=icmp
Service:SocketBindDeny=any
Service:X-Key=1
Service:[Bogus]
Service:[X-Bogus]
Service:[Bogus
Service:# a comment \
Service:; another
Install:WantedBy=multi-user.target
Install:WantedBi=multi-user.target
X-Reeve:HealthCmd=tcp://127.0.0.1:80
EOF
for i in "${!lines[@]}"; do
    printf '[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n[%s]\n%s\n' \
        "${lines[i]%%:*}" "${lines[i]#*:}" >"$scratch/v$i.service"
done
# Every unit that anything was said about, by its path or by its name.
said() {
    grep -oE '(^|/| )v[0-9]+\.service' | grep -oE '[0-9]+' | sort -nu
}
said_lines() {
    while read -r i; do
        echo "${lines[i]}"
    done
}
systemd-analyze verify --man=no --recursive-errors=one "$scratch"/v*.service >"$scratch/theirs" 2>&1
"$tool" verify "$scratch"/v*.service >"$scratch/ours" 2>&1
said <"$scratch/ours" | said_lines >"$scratch/our-lines"
said <"$scratch/theirs" | said_lines >"$scratch/their-lines"
ok "of ${#lines[@]} lines we complain about those that systemd complains about" \
    diff "$scratch/our-lines" "$scratch/their-lines"
ok "systemd said something at all" grep -q 'v1\.service:6:' "$scratch/theirs"

# ---- our own units ----
mapfile -t units < <(find units/pod -name '*.service' 2>/dev/null)
if ((${#units[@]})); then
    ok "our own units have no problem" "$tool" verify "${units[@]}"
else
    skip "no units there yet" "our own units have no problem"
fi

# ---- every directive of the installed systemd ----
systemd=$(command -v /usr/lib/systemd/systemd /lib/systemd/systemd | head -n 1)
if [[ $systemd ]]; then
    unknown=$("$systemd" --dump-configuration-items | awk '
        /^\[/ { section = substr($0, 2, length($0) - 2); next }
        section ~ /^(Unit|Service|Path|Install)$/ { sub(/=.*/, ""); if ($0) print section, $0 }' |
        while read -r section name; do
            "$tool" known "$section" "$name" || echo "[$section] $name="
        done)
    is "$unknown" "" "we have heard of every directive that $("$systemd" --version | head -n 1) knows"
else
    skip "no systemd here" "we have heard of every directive"
fi
done_testing
