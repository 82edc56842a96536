#!/bin/bash
# Prints the cases about drop-ins: which files count, in which order, and what they change; and about unit files of one
# name in several directories.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

# fragment PART [LINE of Service]...: a oneshot that tells $A
fragment() {
    service "$1" "Description=%n" -- Type=oneshot Environment=A=fragment "ExecStart=ACTOR a.main env A" "${@:2}"
}
# drop_in PART VALUE: it adds a command, and sets $A
drop_in() {
    echo "--- $1"
    printf '[Service]\nEnvironment=A=%s\nExecStart=ACTOR a.%s env A\n' "$2" "$2"
}
# kind PART VALUE: of all services, so that it sets $A alone
kind() {
    lines "$1" "[Service]" "Environment=A=$2"
}
# lines PART LINE...
lines() {
    echo "--- $1"
    printf '%s\n' "${@:2}"
}
look() {
    steps "start ${1:-a.service}" "property ${1:-a.service} DropInPaths"
}

# --- which and in which order ---

begin one "a drop-in"
fragment a.service
drop_in a.service.d/10.conf ten
look

begin order "by their names"
fragment a.service
drop_in a.service.d/20.conf twenty
drop_in a.service.d/10.conf ten
look

begin order-text "which are no numbers"
fragment a.service
drop_in a.service.d/9.conf nine
drop_in a.service.d/10.conf ten
drop_in a.service.d/B.conf upper
drop_in a.service.d/a.conf lower
drop_in a.service.d/_.conf line
look

begin order-directories "whichever directory they are in"
fragment a.service
drop_in "in etc a.service.d/20.conf" etc20
drop_in a.service.d/30.conf run30
drop_in "in usr a.service.d/10.conf" usr10
drop_in "in usr a.service.d/40.conf" usr40
look

begin same-name "of the same name, the more important directory"
fragment a.service
drop_in "in etc a.service.d/10.conf" etc
drop_in a.service.d/10.conf run
drop_in "in usr a.service.d/10.conf" usr
look

begin same-name-two "each by itself"
fragment a.service
drop_in a.service.d/10.conf run10
drop_in "in usr a.service.d/10.conf" usr10
drop_in "in etc a.service.d/20.conf" etc20
drop_in "in usr a.service.d/20.conf" usr20
look

begin fragment-usr "a drop-in in each directory of a unit in the least important"
fragment "in usr a.service"
drop_in "in etc a.service.d/30.conf" etc
drop_in a.service.d/20.conf run
drop_in "in usr a.service.d/10.conf" usr
look

begin suffix "only *.conf"
fragment a.service
drop_in a.service.d/10.conf ten
drop_in a.service.d/20.conf.bak backup
drop_in a.service.d/30.txt text
drop_in a.service.d/README readme
look

begin hidden "none that is hidden, or a backup"
fragment a.service
drop_in a.service.d/.10.conf hidden
drop_in a.service.d/20.conf~ backup
drop_in a.service.d/30.conf seen
look

begin suffix-alone ".conf alone is hidden"
fragment a.service
drop_in a.service.d/.conf hidden
look

begin linked "a link to a file elsewhere"
fragment a.service
echo "--- link a.service.d/10.conf WORK/ten"
lines "file ten" "[Service]" "ExecStart=ACTOR a.ten"
look

begin masked "a link to /dev/null in a more important directory"
fragment a.service
drop_in a.service.d/10.conf ten
drop_in a.service.d/20.conf twenty
echo "--- in etc link a.service.d/10.conf /dev/null"
look

begin masked-empty "an empty file there"
fragment a.service
drop_in a.service.d/10.conf ten
echo "--- in etc a.service.d/10.conf"
look

begin masked-less "in a less important one it masks nothing"
fragment a.service
drop_in a.service.d/10.conf ten
echo "--- in usr link a.service.d/10.conf /dev/null"
look

begin masked-kind "one of a kind is masked for one unit"
fragment a.service
fragment b.service
kind service.d/conformance.conf kind
echo "--- link a.service.d/conformance.conf /dev/null"
steps "start a.service" "start b.service"

begin empty "an empty one"
fragment a.service
echo "--- a.service.d/10.conf"
drop_in a.service.d/20.conf twenty
look

begin comment "one of comments"
fragment a.service
lines a.service.d/10.conf "# nothing" "; nothing"
look

begin no-fragment "a drop-in without a unit"
drop_in a.service.d/10.conf ten
fragment b.service
steps "start a.service" "start b.service"

begin directory-linked "a directory that is a link"
fragment a.service
drop_in b-not-a-unit.d/10.conf ten
echo "--- link a.service.d b-not-a-unit.d"
look

# --- kinds and prefixes ---

begin kind "service.d/"
fragment a.service
kind service.d/conformance.conf kind
look

begin kind-order "by its name among the others"
fragment a.service
kind service.d/20-conformance.conf kind
drop_in a.service.d/10.conf ten
drop_in a.service.d/30.conf thirty
look

begin kind-same-name "of the same name the unit's own counts"
fragment a.service
kind service.d/10.conf kind
drop_in a.service.d/10.conf own
look

begin kind-same-name-importance "also where the kind's is in a more important directory"
fragment a.service
kind "in etc service.d/10.conf" kind
drop_in a.service.d/10.conf own
look

begin kind-other "target.d/ is for targets"
fragment a.service
kind target.d/conformance.conf kind
look

begin prefix "a-.service.d/"
fragment a-b.service
drop_in a-.service.d/10.conf prefix
look a-b.service

begin prefix-plain "it is not for a.service"
fragment a.service
drop_in a-.service.d/10.conf prefix
look

begin prefix-all "of all lengths"
fragment a-b-c.service
drop_in a-.service.d/30.conf short
drop_in a-b-.service.d/20.conf long
drop_in a-b-c.service.d/10.conf own
drop_in b-.service.d/40.conf another
drop_in a-b.service.d/50.conf no-dash
look a-b-c.service

begin prefix-same-name "of the same name the longest"
fragment a-b-c.service
kind service.d/10.conf kind
drop_in a-.service.d/10.conf short
drop_in a-b-.service.d/10.conf long
look a-b-c.service

begin prefix-same-name-own "or the unit's own"
fragment a-b.service
drop_in a-.service.d/10.conf prefix
drop_in a-b.service.d/10.conf own
look a-b.service

begin prefix-importance "but the more important directory comes first"
fragment a-b.service
drop_in "in etc a-.service.d/10.conf" prefix
drop_in a-b.service.d/10.conf own
look a-b.service

begin prefix-dashes "two dashes"
fragment a--b.service
drop_in a-.service.d/10.conf one
drop_in a--.service.d/20.conf two
look a--b.service

begin prefix-end "a dash at the end"
fragment a-.service
drop_in a-.service.d/10.conf own
look a-.service

begin prefix-escaped "an escaped dash is none"
fragment 'a\x2db.service'
drop_in 'a\x2d.service.d/10.conf' escaped
drop_in a-.service.d/20.conf dash
look 'a\x2db.service'

# --- what they change ---

# changed NAME TEXT DROP-IN-LINE...: of a oneshot with two commands and $A and $B
changed() {
    begin "$1" "$2"
    service a.service "Description=first" "ConditionPathExists=WORK" -- Type=oneshot "Environment=A=1 B=1" \
        "ExecStart=ACTOR a.one env A env B" "ExecStart=ACTOR a.two"
    lines a.service.d/10.conf "${@:3}"
    steps "start a.service" "property a.service Description"
}
changed description "the last value counts" "[Unit]" "Description=second"
changed description-empty "an empty value goes back to the default" "[Unit]" "Description="
changed exec-add "a command more" "[Service]" "ExecStart=ACTOR a.three"
changed exec-reset "an empty list" "[Service]" "ExecStart=" "ExecStart=ACTOR a.three"
changed exec-reset-late "the last empty one counts" "[Service]" "ExecStart=ACTOR a.three" "ExecStart=" \
    "ExecStart=ACTOR a.four"
changed exec-none "no command is left" "[Service]" "ExecStart="
changed environment "variables add up" "[Service]" "Environment=B=2"
changed environment-reset "an empty Environment=" "[Service]" "Environment="
changed condition "conditions add up" "[Unit]" "ConditionPathExists=WORK/none"
changed condition-reset "an empty condition" "[Unit]" "ConditionPathExists="
changed unset "UnsetEnvironment=" "[Service]" "UnsetEnvironment=A"
changed type "another type" "[Service]" "Type=exec" "ExecStart=" "ExecStart=ACTOR a.main wait"
changed type-empty "an empty type" "[Service]" "Type="
changed section "a line before any section" "Description=second" "[Unit]" "Description=third"
changed section-unknown "a section that does not exist" "[Sevice]" "Environment=A=2"
changed section-foreign "a section of somebody else" "[X-Mine]" "Environment=A=2"
changed key-unknown "a key that does not exist" "[Service]" "Enviroment=A=2" "Environment=B=2"
changed key-section "a key in the wrong section" "[Unit]" "Environment=A=2"
changed continuation "a line that goes on" "[Service]" "Environment=A=2 \\" "# a comment" "  B=2"
changed continuation-end "at the end of the file" "[Service]" "Environment=A=2 \\"
changed install "[Install] is for enable alone" "[Install]" "WantedBy=none.target"
changed specifier "specifiers are the unit's" "[Service]" "Environment=A=%n" "Environment=B=%y"
changed limits "StartLimitIntervalSec= where it used to be" "[Service]" "StartLimitInterval=1h" "StartLimitBurst=1"

begin dependency-add "dependencies add up"
service a.service Wants=b.service After=b.service -- Type=oneshot "ExecStart=ACTOR a.main"
service b.service -- Type=oneshot "ExecStart=ACTOR b.main"
service c.service -- Type=oneshot "ExecStart=ACTOR c.main"
lines a.service.d/10.conf "[Unit]" "Wants=c.service" "After=c.service" "[Unit]" "Wants=" "After="
lines c.service.d/10.conf "[Unit]" "After=b.service"
steps "start a.service"

begin dependency-drop "an empty list of dependencies takes none back"
service a.service Requires=b.service After=b.service -- Type=oneshot "ExecStart=ACTOR a.main"
service b.service -- Type=oneshot "ExecStart=ACTOR b.main exit 1"
lines a.service.d/10.conf "[Unit]" "Requires="
steps "start a.service"

begin simple-two "a second command of Type=simple"
service a.service -- "ExecStart=ACTOR a.one wait"
lines a.service.d/10.conf "[Service]" "ExecStart=ACTOR a.two wait"
steps "start a.service"

begin target "of a target"
target t.target
up a
lines t.target.d/10.conf "[Unit]" "Wants=a.service"
steps "start t.target" "await a.service active/running"

begin target-kind "target.d/"
target t.target
lines target.d/conformance.conf "[Unit]" "Description=described"
steps "property t.target Description"

begin environment-file "EnvironmentFile= with a specifier"
fragment a.service
lines "file a.env" "A=file"
lines a.service.d/10.conf "[Service]" "EnvironmentFile=WORK/%p.env"
look

# --- unit files of one name ---

begin fragment-importance "of three unit files the most important"
fragment "in etc a.service" "ExecStart=ACTOR a.etc"
fragment a.service "ExecStart=ACTOR a.run"
fragment "in usr a.service" "ExecStart=ACTOR a.usr"
steps "start a.service" "property a.service FragmentPath"

begin fragment-run "of two"
fragment a.service "ExecStart=ACTOR a.run"
fragment "in usr a.service" "ExecStart=ACTOR a.usr"
steps "start a.service" "property a.service FragmentPath"

begin fragment-whole "nothing of the other is left"
fragment a.service
service "in etc a.service" -- Type=oneshot "ExecStart=ACTOR a.other env A"
steps "start a.service" "property a.service Description"

begin unit-masked "a link to /dev/null masks the unit"
fragment b.service
echo "--- masked a.service"
fragment a.service
echo "--- in etc link a.service /dev/null"
steps "start a.service" "start b.service"

begin unit-masked-empty "so does an empty file"
fragment b.service
echo "--- masked a.service"
fragment a.service
echo "--- in etc a.service"
steps "start a.service" "start b.service"

begin unit-masked-less "but none in a less important directory"
fragment a.service
echo "--- in usr link a.service /dev/null"
steps "start a.service"

begin unit-masked-drop-in "a masked unit with a drop-in stays masked"
fragment b.service
echo "--- masked a.service"
echo "--- link a.service /dev/null"
drop_in a.service.d/10.conf ten
steps "start a.service" "start b.service"

begin unit-masked-wanted "who wants a masked unit"
service b.service Wants=a.service After=a.service -- Type=oneshot "ExecStart=ACTOR b.main"
echo "--- masked a.service"
echo "--- link a.service /dev/null"
steps "start b.service"

begin unit-masked-required "who requires one"
service b.service Requires=a.service After=a.service -- Type=oneshot "ExecStart=ACTOR b.main"
echo "--- masked a.service"
echo "--- link a.service /dev/null"
steps "start b.service"

begin unit-comment "a unit file of comments alone is no mask"
lines a.service "# nothing"
drop_in a.service.d/10.conf ten
lines a.service.d/20.conf "[Service]" "Type=oneshot"
steps "start a.service"
