#!/bin/bash
# What each EnvironmentFile= of this directory gives a service, on standard output: the same for systemctl and reevectl.
#
#   commands.sh CONTROL UNITS OUT      UNITS: where the unit files go; OUT: a directory that the services can write to
#
# tests/shell/environment.sh runs it with reevectl and compares with recorded.txt, which is what systemd 257 gives:
#
#   bash commands.sh systemctl /run/systemd/system /tmp >recorded.txt     in a container with systemd as PID 1
control=$1 units=$2 out=$3
here=$(cd "$(dirname "$0")" && pwd)

# unit NAME LINE...
unit() {
    local name=$1
    shift
    printf '%s\n' '[Service]' Type=oneshot "$@" "ExecStart=/bin/sh -c 'env -0 >$out/$name'" >"$units/$name.service"
}
# One variable a line: a newline in its value becomes "~", a carriage return "^".
variables() {
    tr '\n\r\0' '~^\n' <"$out/$1" | grep -avE '^(INVOCATION_ID|SYSTEMD_EXEC_PID|JOURNAL_STREAM|MEMORY_PRESSURE_WATCH)=' | LC_ALL=C sort
}

unit none
for file in "$here"/*.env; do
    name=$(basename "$file" .env)
    cp "$file" "$out/$name.env"
    chmod 0644 "$out/$name.env"
    unit "$name" "EnvironmentFile=$out/$name.env"
done
unit absent "EnvironmentFile=$out/absent.env"
unit optional "EnvironmentFile=-$out/absent.env" "EnvironmentFile=-$out/latin1.env" "EnvironmentFile=$out/control.env"
unit several Environment=GOOD=unit Environment=OTHER=unit "EnvironmentFile=$out/returns.env" "EnvironmentFile=$out/control.env"
unit reset "EnvironmentFile=$out/absent.env" EnvironmentFile= "EnvironmentFile=$out/control.env"
unit pattern "EnvironmentFile=$out/[cr]*[tl].env" "EnvironmentFile=-$out/nothing*.env"
unit no-match "EnvironmentFile=$out/nothing*.env"
"$control" daemon-reload
"$control" start none
for service in absent control latin1 no-match nul optional pattern reset returns rich several; do
    rm -f "$out/$service"
    "$control" start $service >/dev/null 2>&1
    echo "$service: $("$control" show -P Result $service)"
    [[ ! -e $out/$service ]] || LC_ALL=C comm -13 <(variables none) <(variables $service) | sed 's/^/    /'
done
