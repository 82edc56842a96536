#!/bin/bash
# Prints the cases about templates and their instances, and about second names of units.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

once=(Type=oneshot RemainAfterExit=yes)

# template PART [LINE of Unit]... [-- LINE of Service...]: a oneshot that tells its instance
template() {
    local part=$1 name=$1
    local -a unit=()
    shift
    while (($#)) && [[ $1 != -- ]]; do
        unit+=("$1")
        shift
    done
    name=${name##* }
    service "$part" "${unit[@]}" -- "${once[@]}" "ExecStart=ACTOR ${name%%[@.]*}.main args %i" "${@:2}"
}
# drop_in PART ARGUMENT: another command of a oneshot
drop_in() {
    echo "--- $1"
    printf '[Service]\nExecStart=ACTOR drop-in args %s\n' "$2"
}
link() {
    echo "--- link $1 $2"
}
unit() {
    printf -- '--- unit %s\n' "$@"
}

# --- instances ---

begin instance "an instance of a template"
template a@.service
unit a@x.service
steps "start a@x.service" "property a@x.service Id FragmentPath Description"

begin two "two instances are two units"
template a@.service
unit a@x.service a@y.service
steps "start a@x.service" "start a@y.service" "stop a@x.service"

# named NAME TEXT INSTANCE, path NAME TEXT INSTANCE: what the specifiers make of it
named() {
    begin "name-$1" "$2"
    service a@.service -- "${once[@]}" "ExecStart=ACTOR a.main args %n %N %p %P %i %I %j %J"
    unit "a@$3.service"
    steps "start a@$3.service"
}
path() {
    begin "path-$1" "$2"
    service a@.service -- "${once[@]}" "ExecStart=ACTOR a.main args %f"
    unit "a@$3.service"
    steps "start a@$3.service"
}
named dash "a dash in the name" "b-c"
named escaped-dash "an escaped one" 'b\x2dc'
named slash "a dash at the beginning" "-dev-sda"
named slash-alone "a dash alone" "-"
named at "another @" "b@c"
named dot "a dot" "b.c"
named colon "a colon" "b:c_d"
named escaped-blank "an escaped blank" 'b\x20c'
named escaped-percent "an escaped percent sign" 'b\x25n'
named escaped-dollar "an escaped dollar" 'b\x24HOME'
named escaped-quote "an escaped quote" 'b\x22c'
named bad-escape "an escape that is none" 'b\xzzc'
named bad-escape-short "an escape that is cut off" 'b\x2'
named escaped-nul "an escaped NUL" 'b\x00c'
named number "a number" "0"
path plain "%f of a path" "var-lib-x"
path dash "with a dash" 'var-a\x2db'
path root "the root" "-"
path leading "a slash at the beginning" "-dev-sda"
path trailing "a slash at the end" "dev-sda-"
path double "two slashes" "dev--sda"
path dots "two dots" "dev-..-sda"
path dot "a dot" "dev-.-sda"

begin name-prefix "a prefix with dashes"
service a-b\\x2dc@.service -- "${once[@]}" "ExecStart=ACTOR a.main args %p %P %j %J %N"
unit 'a-b\x2dc@d.service'
steps 'start a-b\x2dc@d.service'

begin template-itself "a template itself is no unit"
template a@.service
service b.service -- "${once[@]}" "ExecStart=ACTOR b.main"
steps "start a@.service" "start b.service"

begin no-template "an instance without a template"
service b.service -- "${once[@]}" "ExecStart=ACTOR b.main"
steps "start a@x.service" "start b.service"

begin default-instance "DefaultInstance= is for enable alone"
echo "--- a@.service"
printf '[Service]\nExecStart=ACTOR a.main\n[Install]\nDefaultInstance=x\n'
service b.service -- "${once[@]}" "ExecStart=ACTOR b.main"
steps "start a@.service" "start b.service"

begin own-file "an instance with a file of its own"
template a@.service
service a@x.service -- "${once[@]}" "ExecStart=ACTOR own args %i"
unit a@y.service
steps "start a@x.service" "start a@y.service" "property a@x.service FragmentPath" "property a@y.service FragmentPath"

begin own-file-less-important "in a directory that is less important than the template's"
template a@.service
service "in usr a@x.service" -- "${once[@]}" "ExecStart=ACTOR own args %i"
steps "start a@x.service" "property a@x.service FragmentPath"

begin own-link "an instance that is a link to the template"
template a@.service
link a@x.service a@.service
steps "start a@x.service" "property a@x.service Id Names FragmentPath"

begin masked-instance "an instance that is masked"
template a@.service
echo "--- masked a@x.service"
link a@x.service /dev/null
unit a@y.service
steps "start a@x.service" "start a@y.service"

begin masked-instance-empty "by an empty file"
template a@.service
echo "--- masked a@x.service"
echo "--- a@x.service"
unit a@y.service
steps "start a@x.service" "start a@y.service"

begin masked-template "a template that is masked"
template "in usr a@.service"
link a@.service /dev/null
service b.service -- "${once[@]}" "ExecStart=ACTOR b.main"
steps "start a@x.service" "start b.service"

begin masked-template-own-file "has an instance with a file"
template "in usr a@.service"
link a@.service /dev/null
service a@x.service -- "${once[@]}" "ExecStart=ACTOR own args %i"
steps "start a@x.service"

begin template-importance "of two templates the more important"
template "in usr a@.service" -- "ExecStart=ACTOR usr"
template "in etc a@.service" -- "ExecStart=ACTOR etc"
unit a@x.service
steps "start a@x.service" "property a@x.service FragmentPath"

begin restart-counts "each instance counts its restarts"
service a@.service -- Restart=on-failure RestartSec=50ms "ExecStart=ACTOR %i.main run 1 exit 1 end wait"
unit a@x.service a@y.service
steps "start a@x.service" "settle" "start a@y.service" "settle" "kill KILL y.main" "trace each"

# --- drop-ins of instances ---

begin drop-in "of the template and of the instance, by their names"
template a@.service
drop_in a@.service.d/20.conf template-%i
drop_in a@x.service.d/10.conf instance-10
drop_in a@x.service.d/30.conf instance-30
unit a@x.service a@y.service
steps "start a@x.service" "start a@y.service" "property a@x.service DropInPaths"

begin drop-in-same "of the same name: the instance's counts"
template a@.service
drop_in a@.service.d/10.conf template
drop_in a@x.service.d/10.conf instance
unit a@x.service a@y.service
steps "start a@x.service" "start a@y.service"

begin drop-in-same-importance "but the directory comes first"
template a@.service
drop_in "in etc a@.service.d/10.conf" template
drop_in a@x.service.d/10.conf instance
unit a@x.service
steps "start a@x.service"

begin drop-in-own-file "an instance with a file of its own has them, too"
template a@.service
service a@x.service -- "${once[@]}" "ExecStart=ACTOR own"
drop_in a@.service.d/10.conf template
drop_in a@x.service.d/20.conf instance
steps "start a@x.service"

begin drop-in-prefix "of prefixes"
template a-b@.service
drop_in a-.service.d/10.conf plain
drop_in a-@.service.d/20.conf template
drop_in a-@x.service.d/30.conf instance
drop_in a-b.service.d/40.conf without-at
unit a-b@x.service
steps "start a-b@x.service" "property a-b@x.service DropInPaths"

begin drop-in-prefix-same "of the same name: the longest prefix counts"
template a-b-c@.service
drop_in a-@.service.d/10.conf a
drop_in a-b-@.service.d/10.conf ab
unit a-b-c@x.service
steps "start a-b-c@x.service"

begin drop-in-prefix-instance "a prefix with the instance, or the template"
template a-b@.service
drop_in a-@x.service.d/10.conf prefix-instance
drop_in a-b@.service.d/10.conf template
unit a-b@x.service
steps "start a-b@x.service"

begin drop-in-dash-instance "a dash in the instance is none in the prefix"
template a@.service
drop_in a@x-.service.d/10.conf instance-prefix
unit a@x-y.service
steps "start a@x-y.service"

begin drop-in-masked "the instance masks one of the template"
template a@.service
drop_in a@.service.d/10.conf template
link a@x.service.d/10.conf /dev/null
unit a@x.service a@y.service
steps "start a@x.service" "start a@y.service"

begin drop-in-reset "it takes a command back"
template a@.service
echo "--- a@x.service.d/10.conf"
printf '[Service]\nExecStart=\nExecStart=ACTOR other args %%i\n'
unit a@x.service
steps "start a@x.service"

# --- instances in dependencies ---

begin requires "Requires= of an instance"
template a@.service
service b.service Requires=a@x.service After=a@x.service -- "${once[@]}" "ExecStart=ACTOR b.main"
unit a@x.service
steps "start b.service"

begin requires-specifier "Requires= of the same instance of another template"
template a@.service Requires=b@%i.service After=b@%i.service
template b@.service
unit a@x.service b@x.service
steps "start a@x.service"

begin requires-template "a template in a dependency gets the instance"
template a@.service Requires=b@.service After=b@.service
template b@.service
unit a@x.service b@x.service
steps "start a@x.service"

begin requires-template-plain "or the name of a unit that is no instance"
service a-c.service Requires=b@.service After=b@.service -- "${once[@]}" "ExecStart=ACTOR a.main"
template b@.service
unit b@a-c.service
steps "start a-c.service"

begin requires-fails "an instance that fails"
service a@.service -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
service b.service Requires=a@x.service After=a@x.service -- "${once[@]}" "ExecStart=ACTOR b.main"
unit a@x.service
steps "start b.service"

begin on-failure "OnFailure= with the name of the unit"
service a.service OnFailure=b@%n.service -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
template b@.service
unit b@a.service.service
steps "start a.service" "await b@a.service.service active/exited"

begin on-failure-instance "of an instance"
service a@.service OnFailure=b@%p-%i.service -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
template b@.service
unit a@x.service b@a-x.service
steps "start a@x.service" "await b@a-x.service active/exited"

begin conflicts "two instances that exclude each other"
service a@.service -- Type=exec "ExecStart=ACTOR %p.main wait"
service b@.service Conflicts=a@%i.service After=a@%i.service -- Type=exec "ExecStart=ACTOR %p.main wait"
unit a@x.service b@x.service
steps "start a@x.service" "settle" "start b@x.service"

begin part-of "PartOf= a target with the instance"
service a@.service PartOf=t@%i.target -- Type=exec "ExecStart=ACTOR %i.main wait"
target t@.target Wants=a@%i.service
unit a@x.service a@y.service t@x.target t@y.target
steps "start t@x.target" "start t@y.target" "settle" "stop t@x.target" "trace each"

begin binds-to "BindsTo= of an instance"
service a@.service -- Type=notify "ExecStart=ACTOR a.main ready wait"
service b@.service BindsTo=a@%i.service After=a@%i.service -- Type=exec "ExecStart=ACTOR b.main wait"
unit a@x.service b@x.service
steps "start b@x.service" "settle" "kill KILL a.main" "await b@x.service inactive/dead"

begin group "a target that wants many"
target all.target Wants=a@x.service "Wants=a@y.service a@z.service"
template a@.service
unit a@x.service a@y.service a@z.service
steps "start all.target" "settle" "trace set"

# --- .wants, .requires, .upholds ---

begin wants "NAME.wants/"
target t.target
up a
link t.target.wants/a.service ../a.service
steps "start t.target" "await a.service active/running"

begin wants-instance "an instance in it"
target t.target
template a@.service
link t.target.wants/a@x.service ../a@.service
unit a@x.service
steps "start t.target" "await a@x.service active/exited"

begin wants-name "the name of the link counts, not where it leads"
target t.target
up a
up b
link t.target.wants/a.service ../b.service
steps "start t.target" "await a.service active/running"

begin wants-nowhere "a link that leads nowhere"
target t.target
up a
link t.target.wants/a.service /nowhere/a.service
steps "start t.target" "await a.service active/running"

begin wants-file "a file in it that is no link"
target t.target
up a
printf -- '--- t.target.wants/a.service\n[Unit]\nDescription=no link\n'
steps "start t.target" "settle"

begin wants-masked "a link to /dev/null takes one back"
target t.target
up a
up b
link "t.target.wants/a.service" ../a.service
link "t.target.wants/b.service" ../b.service
echo "--- in etc link t.target.wants/a.service /dev/null"
steps "start t.target" "await b.service active/running"

begin wants-masked-less "but none that is more important"
target t.target
up a
link "t.target.wants/a.service" ../a.service
echo "--- in usr link t.target.wants/a.service /dev/null"
steps "start t.target" "await a.service active/running"

begin wants-everywhere "in each directory"
target t.target
up a
up b
up c
link t.target.wants/a.service ../a.service
echo "--- in etc link t.target.wants/b.service ../b.service"
echo "--- in usr link t.target.wants/c.service ../c.service"
steps "start t.target" "settle" "trace set"

begin wants-service "of a service"
up a
up b
link a.service.wants/b.service ../b.service
steps "start a.service" "settle" "trace set"

begin wants-template "of a template"
template a@.service
up b
link a@.service.wants/b.service ../b.service
unit a@x.service
steps "start a@x.service" "settle" "trace set"

begin wants-of-instance "of an instance"
template a@.service
up b
link a@x.service.wants/b.service ../b.service
unit a@x.service a@y.service
steps "start a@y.service" "settle" "start a@x.service" "settle" "trace set"

begin wants-template-template "a template in one of a template"
template a@.service
template b@.service
link a@.service.wants/b@.service ../b@.service
unit a@x.service b@x.service
steps "start a@x.service" "settle" "trace set"

begin wants-prefix "of a prefix"
target a-b.target
up c
link a-.target.wants/c.service ../c.service
steps "start a-b.target" "settle"

begin wants-missing "of a unit that does not exist"
target t.target
link t.target.wants/none.service ../none.service
steps "start t.target"

begin requires-directory "NAME.requires/"
service t.service -- "${once[@]}" "ExecStart=ACTOR t.main"
service a.service Before=t.service -- Type=oneshot "ExecStart=ACTOR a.main exit 1"
link t.service.requires/a.service ../a.service
steps "start t.service"

begin upholds-directory "NAME.upholds/"
up t
up a
link t.service.upholds/a.service ../a.service
steps "start t.service" "await a.service active/running" "kill KILL a.main" "trace each"

# --- second names ---

begin alias "a link to a unit is a second name of it"
up a
link b.service a.service
steps "start b.service" "is-active a.service" "is-active b.service" "is-failed b.service" \
    "property b.service Id Names FragmentPath" "stop b.service"

begin alias-importance "in a directory that is more important"
up a
echo "--- in etc link b.service UNITS/a.service"
steps "start b.service" "property b.service Id FragmentPath"

begin alias-less-important "or less"
up a
echo "--- in usr link b.service UNITS/a.service"
steps "start b.service" "property b.service Id FragmentPath"

begin alias-nowhere "the name counts, also where the link leads nowhere"
up a
echo "--- in etc link b.service a.service"
steps "start b.service" "property b.service Id FragmentPath"

begin alias-of-alias "a second name of a second name"
up a
link b.service a.service
link c.service b.service
steps "start c.service" "property c.service Id"

begin alias-requires "a dependency on the second name"
up a
link b.service a.service
service c.service Requires=b.service After=b.service -- "${once[@]}" "ExecStart=ACTOR c.main"
steps "start c.service"

begin alias-two "dependencies on both names"
up a
link b.service a.service
service c.service Requires=b.service Requires=a.service After=b.service -- "${once[@]}" "ExecStart=ACTOR c.main"
steps "start c.service" "stop a.service"

begin alias-itself "a unit that conflicts with its own second name"
up a Conflicts=b.service
link b.service a.service
steps "start a.service"

begin alias-drop-in "drop-ins of the second name"
template a.service
link b.service a.service
drop_in a.service.d/10.conf first-name
drop_in b.service.d/20.conf second-name
steps "start a.service" "property a.service DropInPaths"

begin alias-drop-in-same "of the same name"
template a.service
link b.service a.service
drop_in a.service.d/10.conf first-name
drop_in b.service.d/10.conf second-name
steps "start a.service"

begin alias-wants ".wants/ of the second name"
up a
up c
link b.service a.service
link b.service.wants/c.service ../c.service
steps "start a.service" "settle" "trace set"

begin alias-wanted "the second name in .wants/"
target t.target
up a
link b.service a.service
link t.target.wants/b.service ../b.service
steps "start t.target" "await a.service active/running"

begin alias-install "Alias= is for enable alone"
echo "--- a.service"
printf '[Service]\nType=oneshot\nExecStart=ACTOR a.main\n[Install]\nAlias=b.service\n'
steps "start b.service" "start a.service"

begin alias-own-file "a file of that name in a directory that is more important"
template a.service
link b.service a.service
service "in etc b.service" -- "${once[@]}" "ExecStart=ACTOR b.main"
steps "start b.service" "start a.service"

begin alias-over-file "a second name over a file"
template a.service
link b.service a.service
service "in usr b.service" -- "${once[@]}" "ExecStart=ACTOR b.main"
steps "start b.service"

begin alias-type "a second name of another type is none"
template a.service
echo "--- masked b.target"
link b.target a.service
steps "start b.target" "start a.service"

begin alias-circle "second names that lead to each other"
service a.service -- "${once[@]}" "ExecStart=ACTOR a.main"
printf -- '--- masked b.service\n--- masked c.service\n'
link b.service c.service
link c.service b.service
steps "start b.service" "start a.service"

begin alias-masked "a second name of a masked unit"
printf -- '--- masked a.service\n--- masked b.service\n'
template "in usr a.service"
link a.service /dev/null
link b.service a.service
service c.service -- "${once[@]}" "ExecStart=ACTOR c.main"
steps "start b.service" "start c.service"

begin alias-template "a second name of a template"
template a@.service
link b@.service a@.service
unit b@x.service
steps "start b@x.service" "is-active a@x.service" "property b@x.service Id"

begin alias-instance "a second name of an instance"
template a@.service
link b@x.service a@x.service
steps "start b@x.service" "is-active a@x.service" "property b@x.service Id"

begin alias-instance-other "of another instance"
template a@.service
template b@.service
link b@x.service a@y.service
steps "start b@x.service" "property b@x.service Id"

begin alias-instance-template "an instance that leads to another template"
template a@.service
link b@x.service a@.service
steps "start b@x.service" "is-active a@x.service" "property b@x.service Id"

begin alias-plain-instance "a plain name of an instance"
template a@.service
link b.service a@x.service
steps "start b.service" "is-active a@x.service" "property b.service Id"

begin alias-plain-template "a plain name of a template"
template a@.service
printf -- '--- masked b.service\n'
link b.service a@.service
service c.service -- "${once[@]}" "ExecStart=ACTOR c.main"
steps "start b.service" "start c.service"

begin alias-template-drop-in "drop-ins of a second name of a template"
template a@.service
link b@.service a@.service
drop_in a@.service.d/10.conf first-name
drop_in b@.service.d/20.conf second-name
unit a@x.service
steps "start a@x.service" "property a@x.service DropInPaths" "is-active b@x.service"

begin linked "a link to a file elsewhere is a unit of its own name"
echo "--- file elsewhere"
printf '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=ACTOR %%N.main args %%y\n'
link a.service WORK/elsewhere
steps "start a.service" "property a.service Id FragmentPath"

begin linked-name "also to one with the name of another unit"
echo "--- file b.service"
printf '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=ACTOR %%N.main\n'
link a.service WORK/b.service
steps "start a.service" "property a.service Id Names"
