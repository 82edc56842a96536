#!/bin/bash
# shellcheck disable=SC2016 # the dollars are for the units
# Prints the cases about specifiers: what they stand for, and where. What is the machine's own is asked of a condition.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

# says NAME TEXT UNIT ARGUMENT...: what they become in a command
says() {
    begin "$1" "$2"
    service "$3" -- Type=oneshot "ExecStart=ACTOR a.main args ${*:4}"
    steps "start $3"
}

# --- the name ---

says name "%n %N" a.service %n %N
says name-dot "a dot in the name" a.b.service %n %N %p %P %j
says prefix "%p %P without an instance" a-b.service %p %P
says prefix-escaped "an escaped prefix" 'a\x2db.service' %p %P %j %J
says instance-none "%i %I without an instance" a.service 'x%i' 'x%I' %i x
says last "%j %J" a-b-c.service %j %J
says last-escaped "an escape in the last part" 'a-b\x2dc.service' %j %J
# %J ends the PID 1 of systemd 257 here.
says last-end "a dash at the end" a-.service 'x%j'
says path-dash "a dash at the beginning" a@-b-c.service %f %i %I
says path "%f without an instance" a-b.service %f
says two "two in a word" a.service '%p%p' 'x%p-%N.y'
says percent "%%" a.service '%%' '%%n' '50%%' '%%%%'
says percent-end "one % at the end" a.service '50%'
says percent-other "before what is no letter" a.service '%-' '%/' '50%,' '%_'
says digit "before a digit" a.service '%5'
says unknown "a letter that stands for nothing" a.service '%Q'

# --- directories ---

says directories "%t %S %C %L %E" a.service %t %S %C %L %E
says temporary "%T %V" a.service %T %V
says fragment "%y %Y" a.service %y %Y
begin fragment-etc "in another directory"
service "in etc a.service" -- Type=oneshot "ExecStart=ACTOR a.main args %y %Y"
steps "start a.service"
begin fragment-template "of an instance"
service a@.service -- Type=oneshot "ExecStart=ACTOR a.main args %y %Y"
echo "--- unit a@x.service"
steps "start a@x.service"
begin fragment-drop-in "in a drop-in"
service a.service -- Type=oneshot
printf -- '--- in etc a.service.d/10.conf\n[Service]\nExecStart=ACTOR a.main args %%y %%Y\n'
steps "start a.service"
begin fragment-link "of a second name"
service a.service -- Type=oneshot "ExecStart=ACTOR a.main args %y"
echo "--- link b.service a.service"
steps "start b.service"

# --- the machine and the user ---

says boot "%b" a.service %b
says shared "%D" a.service %D
says credentials "%d" a.service %d
says system "what os-release(5) does not say here" a.service 'x%A' 'x%B' 'x%M' 'x%W'

# holds NAME TEXT CONDITION...: of what differs from machine to machine
holds() {
    local name=$1 text=$2
    shift 2
    begin "$name" "$text"
    service a.service "$@" -- Type=oneshot "ExecStart=ACTOR a.main"
    steps "start a.service" "property a.service ConditionResult"
}
holds host "%H" ConditionHost=%H
holds host-short "%l" "ConditionHost=%l*"
holds release "%o and %w" "ConditionOSRelease=ID=%o VERSION_ID=%w"
holds kernel "%v" ConditionKernelVersion==%v
holds architecture "%a" ConditionArchitecture=%a
holds user "%u and %U are the manager's" ConditionUser=%u ConditionUser=%U
holds group "%g and %G, too" ConditionGroup=%g ConditionGroup=%G
holds home "%h" ConditionPathIsDirectory=%h
holds shell "%s" ConditionFileIsExecutable=%s
holds cgroup "%r and the like, which are deprecated" "ConditionPathExists=!/none%c%r%R"
holds fragment-there "%y is a file and %Y a directory" ConditionPathExists=%y ConditionPathIsDirectory=%Y \
    ConditionPathExists=%Y/%n

# --- where ---

# where NAME TEXT UNIT MAIN-STEPS SETTING-OF-SERVICE...
where() {
    begin "where-$1" "$2"
    service "$3" -- Type=oneshot "${@:5}" "ExecStart=ACTOR a.main $4"
    steps "start $3"
}
where environment "Environment=" a-b.service "env A env B" 'Environment=A=%p "B=%n %%"'
where environment-name "in the name of a variable" a.service "env Xa env B" "Environment=X%p=1 B=2"
where environment-unknown "an unknown one in Environment=" a.service "env A env B" "Environment=A=%Q B=2" "Environment=B=3"
where unset "UnsetEnvironment=" a.service "env a env B" "Environment=a=1 B=2" UnsetEnvironment=%p
where quoted "inside quotes" a.service 'args "%n x" '"'%p y'"
where escaped "behind an escape" a.service 'args \x25n'
where dollar "an expansion gives none" a.service 'args ${A}' "Environment=A=%%n"
where argv0 "the name of the program" a.service "say hello" "ExecStart=@ACTOR WORK/%p a.first say hello"
where working-directory "WorkingDirectory=" x-units.service "say hello" WorkingDirectory=WORK/%j
where exec-list "in each list" a.service "say hello" "ExecStartPre=ACTOR %p.pre" "ExecStartPost=ACTOR %p.post" \
    "ExecStopPost=ACTOR %p.stoppost"
begin where-environment-file "EnvironmentFile="
printf -- '--- file a.env\nA=%%n\n'
service a.service -- Type=oneshot "EnvironmentFile=WORK/%p.env" "ExecStart=ACTOR a.main env A"
steps "start a.service"
begin where-program "the path of the program"
service x-actor.service -- Type=oneshot "ExecStart=WORK/%j a.main say hello"
steps "start x-actor.service"
begin where-description "Description="
service a-b.service "Description=%p of %%" -- Type=oneshot "ExecStart=ACTOR a.main"
steps "property a-b.service Description"
begin where-documentation "Documentation="
service a.service "Documentation=https://example.org/%p" -- Type=oneshot "ExecStart=ACTOR a.main"
steps "property a.service Documentation"
begin where-condition "a condition"
service a.service ConditionPathExists=WORK/units/%n -- Type=oneshot "ExecStart=ACTOR a.main"
steps "start a.service"
begin where-condition-unknown "an unknown one in a condition"
service a.service ConditionPathExists=/none/%Q -- Type=oneshot "ExecStart=ACTOR a.main"
steps "start a.service"
begin where-dependency "a dependency"
service a.service Requires=%p-b.service After=%p-b.service -- Type=oneshot "ExecStart=ACTOR a.main"
service a-b.service -- Type=oneshot "ExecStart=ACTOR b.main"
steps "start a.service"
begin where-dependency-unknown "an unknown one in a dependency"
service a.service "Wants=%Q.service b.service" After=b.service -- Type=oneshot "ExecStart=ACTOR a.main"
service b.service -- Type=oneshot "ExecStart=ACTOR b.main"
steps "start a.service"
begin where-pid-file "PIDFile="
service a.service -- Type=forking "PIDFile=WORK/%p.pid" "ExecStart=ACTOR a.start daemon a.main pidfile a.pid wait end"
steps "start a.service"
begin where-boolean "none in a boolean"
service a.service -- Type=oneshot RemainAfterExit=%p "ExecStart=ACTOR a.main"
steps "start a.service"
begin where-type "none in a type"
service a.service -- Type=%p "ExecStart=ACTOR a.main wait"
steps "start a.service"
