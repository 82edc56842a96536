#!/bin/bash
# reevectl verify: what it says of each setting, what it ends with. Nothing runs, nobody is asked.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
ctl=$(realpath "${BUILD:-build}/reevectl")
reeve=$(realpath "${BUILD:-build}/reeve")
pod=$(realpath units/pod)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
chmod 755 . # reeve, when root starts it, reads as an ordinary user
mkdir units units/drop.service.d other
# wants STATUS ARGUMENTS...
wants() {
    local wanted=$1 got
    shift
    "$ctl" verify "$@"
    got=$?
    [[ $got == "$wanted" ]] || { echo "ended with $got, not with $wanted"; return 1; }
}

# ---- each verdict, with its place and its reason ----
cat >units/mixed.service <<'UNIT'
[Unit]
Description=a mixed bag
Requires=absent.service
Wants=missing.service
[Service]
ExecStart=/bin/true \
  a
ExecStart=/absent/program
Type=oneshot
PrivateBPF=yes
PrivateUsers=no
Slice=a.slice
ExecStrat=/bin/true
RestartSec=soon
FailureAction=soft-reboot
RestartSteps=3
WorkingDirectory=/absent/directory
X-Other=1
[Install]
WantedBy=multi-user.target
UNIT
is "$(wants 1 units/mixed.service)" \
    "units/mixed.service:10:1: refused: PrivateBPF= cannot be honoured: it is not supported by reeve yet
    hint: SandboxPolicy=degrade in [X-Reeve] lets the unit run without it
units/mixed.service:12:1: inert: Slice= has no effect in reeve: it takes a cgroup, which a locked container cannot write
units/mixed.service:13:1: wrong: Unknown key 'ExecStrat' in section [Service], ignoring
    hint: did you mean 'ExecStart='?
units/mixed.service:14:12: wrong: RestartSec=soon is not a time span like '5s' or '1min 30s'
units/mixed.service:15:15: refused: FailureAction=soft-reboot cannot be honoured by reeve
    hint: a container has no machine to start anew; 'exit' ends the pod
units/mixed.service:16:1: inert: RestartSteps= has no effect without RestartMaxDelaySec=
    hint: say how far the delay may grow
units/mixed.service:18:1: inert: X-Other= has no effect in reeve: it is for other programs
units/mixed.service:20:1: inert: WantedBy= has no effect in reeve: it is for 'systemctl enable'; reeve starts what its target wants
mixed.service: 8 supported, 4 inert, 2 refused, 2 wrong" "each setting has its verdict, place and reason"

# ---- what is only seen in a unit that can be loaded ----
cat >units/needs.service <<'UNIT'
[Unit]
Requires=absent.service
Wants=missing.service
[Service]
ExecStartPre=-/absent/optional
ExecStart=/absent/program
ExecReload=/absent/reload
WorkingDirectory=/absent/directory
UNIT
is "$(wants 1 units/needs.service)" \
    "units/needs.service:2:10: wrong: There is no unit 'absent.service', which is required here
units/needs.service:6:11: wrong: the program '/absent/program' does not exist
    hint: install it, or correct the path
units/needs.service:7:12: wrong: the program '/absent/reload' does not exist
    hint: install it, or correct the path
units/needs.service:8:18: wrong: its working directory '/absent/directory' does not exist
    hint: make it, or correct WorkingDirectory=
needs.service: 2 supported, 0 inert, 0 refused, 4 wrong" "missing units, programs and directories are named"
is "$(wants 1 --files-only --units units needs)" \
    "units/needs.service:2:10: wrong: There is no unit 'absent.service', which is required here
needs.service: 5 supported, 0 inert, 0 refused, 1 wrong" "unless only the files count"

# ---- HealthCmd=, as reeve-health will read it ----
cat >units/probes.service <<'UNIT'
[Service]
ExecStart=/bin/true
[X-Reeve]
HealthCmd=http://127.0.0.1:8080/health status=200
HealthCmd=htp://127.0.0.1/
HealthCmd=  redis://:secret@db:6379
HealthCmd=http://127.0.0.1/ status=fine
HealthCmd="unfinished
HealthCmd=/absent/check --now
HealthCmd=tcp:127.0.0.1:80
HealthCmd=notify:ready*
UNIT
output=$(wants 1 units/probes.service)
is "$(grep -v '^    hint' <<<"$output")" \
    "units/probes.service:5:11: wrong: HealthCmd= cannot be used: 'htp://' is not a kind of probe; there are http, https, redis, tcp, unix:, x11:, cdp, notify:
units/probes.service:6:13: wrong: HealthCmd= cannot be used: 'db' in 'redis://…' is not an address in digits nor localhost (names are not looked up)
units/probes.service:7:11: wrong: HealthCmd= cannot be used: 'status=fine' behind the address is not one of status=NUMBER[-NUMBER], header=NAME:TEXT, body=TEXT
units/probes.service:8:11: wrong: HealthCmd= cannot be used: Unbalanced quoting in '\"unfinished'
units/probes.service:9:11: wrong: HealthCmd=: the program '/absent/check' does not exist
units/probes.service:10:11: wrong: HealthCmd=: the program 'tcp:127.0.0.1:80' does not exist
units/probes.service:11:11: wrong: HealthCmd=notify: waits for a STATUS= that nobody may say
probes.service: 2 supported, 0 inert, 0 refused, 7 wrong" "a probe that nobody understands is wrong, at its place"
like "$output" "5:11.*hint: did you mean 'http://HOST.*6:13.*hint: it is written 'redis://.*8:11.*reeve\(8\) has the kinds.*9:11.*install it.*10:11.*hint: it is written 'tcp://HOST:PORT'.*NotifyAccess=main" \
    "with a hint"
not_ok "and without its password" grep -q secret <<<"$output"
is "$(wants 1 --files-only units/probes.service | tail -n 1)" "probes.service: 4 supported, 0 inert, 0 refused, 5 wrong" \
    "programs are not looked for when only the files count"
rm units/probes.service

# ---- several units ----
printf '[Unit]\nAfter=b.service\nRequires=mixed.service\n[Service]\nExecStart=/bin/true\n' >units/a.service
printf '[Unit]\nAfter=a.service\n[Service]\nExecStart=/bin/true\n' >units/b.service
output=$(wants 1 units/a.service)
unlike() { [[ ! $1 =~ $2 ]] || { echo "found '$2' in: $1"; return 1; }; }
like "$output" 'a\.service:2:7: wrong: Ordering cycle of 2 units: ' "an ordering cycle is wrong, and named"
ok "a broken unit that another requires is not missing" unlike "$output" "There is no unit"
printf '[Service]\nExecStart=/bin/true\n' >units/drop.service
printf '[Service]\nNice=loud\n' >units/drop.service.d/10-nice.conf
like "$(wants 1 --units=units drop)" 'units/drop\.service\.d/10-nice\.conf:2:6: wrong: Nice=loud' "a drop-in is named as such"
printf '[Service]\nExecStart=/bin/echo %%i\n' >units/tmpl@.service
is "$(wants 0 units/tmpl@.service)" "tmpl@i.service: 1 supported, 0 inert, 0 refused" "a template is judged by an instance"
printf '[Service]\nExecStart=/bin/true\n' >units/first.service
ln -s first.service units/second.service
is "$(wants 0 --units units second.service)" "first.service: 1 supported, 0 inert, 0 refused" "an alias stands for its unit"
is "$(wants 1 units | grep -c ' supported, ')" 7 "a directory: a line for each unit, also for a template"
ln -s /dev/null units/masked.service
like "$(wants 1 units/masked.service)" 'masked\.service: wrong: there is no such unit' "a masked unit is none"
like "$(wants 1 --units units nobody)" '^nobody\.service: wrong: there is no such unit' "nor is one that is not there"
like "$(wants 1 ./units/nobody.service 2>&1)" "There is no file './units/nobody.service'" "a missing file is named"
like "$(wants 1 --units absent 2>&1)" '^absent: wrong: ' "and a missing directory"
printf '[Timer]\nOnBootSec=1\n' >other/t.timer
like "$(wants 0 other)" "inert: 't\.timer' is of a kind that reeve does not run yet" "another kind of unit is inert"
like "$(wants 1 other/t.timer 2>&1)" "neither a file, a directory nor the name of a service or target" "and no unit when asked for"

# ---- options ----
is "$(wants 0 -v units/first.service)" "units/first.service:2:1: supported: ExecStart=/bin/true
first.service: 1 supported, 0 inert, 0 refused" "--verbose tells what is supported, too"
if command -v jq >/dev/null; then
    json=$(wants 1 --json units/mixed.service)
    is "$(jq -c '.units[0] | [.name, .supported, .inert, .refused, .wrong]' <<<"$json")" \
        '["mixed.service",8,4,2,2]' "--json has the numbers"
    is "$(jq -r '.units[0].settings[] | select(.key == "PrivateBPF") | "\(.file):\(.line):\(.column) \(.section) \(.value) \(.verdict) \(.reasons[0].text)"' <<<"$json")" \
        "units/mixed.service:10:1 Service yes refused PrivateBPF= cannot be honoured: it is not supported by reeve yet" \
        "and each setting with its verdict and reason"
    is "$(jq '.units[0].settings | length' <<<"$json")" 16 "all of them"
    is "$(wants 1 --json units | jq -r '[.units[].settings[].verdict] | unique | join(" ")')" "inert refused supported wrong" "of all units"
else
    skip "no jq" "--json"
fi
like "$(wants 0 --help)" '^Usage: reevectl verify' "--help"
like "$(wants 1 --nonsense 2>&1)" "verify --help" "an unknown option"
is "$("$ctl" --json verify 2>&1)" "reevectl: The options of 'explain', 'learn', 'logs', 'security', 'simulate', 'verify' and 'why' come after it: reevectl VERB [OPTION]..." \
    "options before the verb are not lost in silence"

# ---- PID 1 says the same ----
mkdir same
cp units/mixed.service units/drop.service same/
cp -r units/drop.service.d same/
"$reeve" --units "$work/same" >their 2>&1
"$ctl" verify "$work/same" >our
# The two that PID 1 keeps to itself, and the place of RestartSteps=, of which PID 1 knows the file only.
grep -E ': (refused|wrong|inert): ' our | grep -vE 'WantedBy=|X-Other=' | sed -E 's/:16:1: /: /; s/: (refused|wrong|inert): /: /' | sort >our-lines
grep -E '^/.*: (error|warning): ' their | sed -E 's/: (error|warning): /: /' | sort >their-lines
ok "PID 1 refuses the same settings, with the same words" diff our-lines their-lines
ok "of which there are some" test "$(wc -l <our-lines)" = 7

# ---- our own pod, as anybody ----
is "$(wants 0 --files-only "$pod" | grep -cE ' 0 refused$')" "$(find "$pod" -name '*.service' -o -name '*.target' | wc -l)" \
    "all of the pod's settings are supported or inert"
ok "whoever is waited for in the pod tells when it is ready" wants 0 --files-only --strict "$pod"
mkdir strict
printf '[Service]\nExecStart=/bin/true\n' >strict/a.service
printf '[Unit]\nAfter=a.service\n[Service]\nExecStart=/bin/true\n' >strict/b.service
ok "that nobody can tell is let pass" wants 0 strict
like "$(wants 1 --strict strict)" 'a\.service:2:11: wrong: b\.service is started after a\.service, of which nobody' \
    "... but not with --strict"
printf 'Type=notify\n' >>strict/a.service
ok "Type=notify tells" wants 0 --strict strict
printf '[Service]\nExecStart=/bin/true\n[X-Reeve]\nHealthCmd=tcp://127.0.0.1:1\nHealthGate=yes\n' >strict/a.service
ok "HealthGate=yes tells" wants 0 --strict strict
if [[ $EUID == 0 ]] && command -v setpriv >/dev/null; then
    cp "$ctl" reevectl
    ok "an ordinary user may ask" setpriv --reuid 65534 --regid 65534 --clear-groups ./reevectl verify units/first.service units/tmpl@.service
else
    skip "not root" "an ordinary user may ask"
fi
done_testing
