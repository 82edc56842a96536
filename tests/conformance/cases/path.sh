#!/bin/bash
# Prints the cases about path units: what the other directives see, when the unit is started, and what ends it.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

# --- PathExists= ---

path_stays exists-already "PathExists=: there at the start" "PathExists=WORK/d/f" "file write d/f" "$go" "$up"
path_stays exists-later "PathExists=: comes later" "PathExists=WORK/d/f" "$go" "$quiet" "show a.path" "file write d/f" "$up"
path_stays exists-directory "PathExists=: a directory" "PathExists=WORK/d/f" "$go" "file mkdir d/f" "$up"
path_stays exists-renamed "PathExists=: renamed into place" "PathExists=WORK/d/f" "file write d/g" "$go" "$quiet" \
    "show a.path a.service" "file mv d/g d/f" "$up"
path_stays exists-nested "PathExists=: two directories are missing, too" "PathExists=WORK/d/e/g/f" "$go" "file mkdir d/e" \
    "file mkdir d/e/g" "$quiet" "show a.path a.service" "file write d/e/g/f" "$up"
path_stays exists-nested-renamed "PathExists=: its directory is renamed into place" "PathExists=WORK/d/e/f" "file mkdir d/x" \
    "file write d/x/f" "$go" "$quiet" "show a.path a.service" "file mv d/x d/e" "$up"
path_stays exists-link "PathExists=: a link that leads nowhere until its target comes" "PathExists=WORK/d/f" \
    "file ln -s g d/f" "$go" "$quiet" "show a.path a.service" "file write g" "file rm d/f" "file mkdir d/f" "$up"
path_stays exists-through-link "PathExists=: a directory on the way is a link" "PathExists=WORK/d/e/f" "file mkdir real" \
    "file ln -s real d/e" "$go" "$quiet" "show a.path" "file write real/f" "$up"
path_stays exists-again "PathExists=: still there when the service ends" "PathExists=WORK/d/f" "file write d/f" "$go" "$up" \
    "kill TERM a.main" "$up"
path_stays exists-gone "PathExists=: gone when the service ends" "PathExists=WORK/d/f" "file write d/f" "$go" "$up" \
    "file rm d/f" "kill TERM a.main" "$waits" "file write d/f" "$up"
path_stays exists-two "PathExists= twice: one suffices, and is told" "PathExists=WORK/d/f;PathExists=WORK/d/g" "$go" \
    "file write d/g" "$up"
path_stays exists-removed-while-waiting "PathExists=: other files come and go" "PathExists=WORK/d/f" "$go" "file write d/g" \
    "file rm d/g" "$quiet" "show a.path a.service"

# --- PathExistsGlob= ---

path_stays glob-already "PathExistsGlob=: one matches at the start" "PathExistsGlob=WORK/d/*.job" "file write d/1.job" "$go" "$up"
path_stays glob-later "PathExistsGlob=: one matches later" "PathExistsGlob=WORK/d/*.job" "$go" "file write d/1.txt" "$quiet" \
    "show a.path a.service" "file write d/1.job" "$quiet" "show a.path a.service"
path_stays glob-directory-later "PathExistsGlob=: no directory at the start" "PathExistsGlob=WORK/d/e/*.job" "$go" \
    "file mkdir d/e" "$quiet" "file write d/e/1.job" "$quiet" "show a.path a.service"
path_stays glob-braces "PathExistsGlob=: braces" "PathExistsGlob=WORK/d/{x,y}.job" "file write d/y.job" "$go" "$up"

# --- DirectoryNotEmpty= ---

path_stays not-empty-already "DirectoryNotEmpty=: not empty at the start" "DirectoryNotEmpty=WORK/d" "file write d/f" "$go" "$up"
path_stays not-empty-later "DirectoryNotEmpty=: a file comes" "DirectoryNotEmpty=WORK/d" "$go" "$quiet" "show a.path a.service" \
    "file write d/f" "$up"
path_stays not-empty-moved "DirectoryNotEmpty=: a file is renamed into it" "DirectoryNotEmpty=WORK/d" "file write f" "$go" \
    "$quiet" "show a.path a.service" "file mv f d/f" "$up"
path_stays not-empty-hidden "DirectoryNotEmpty=: hidden files and backups do not count" "DirectoryNotEmpty=WORK/d" \
    "file write d/.f" "file write d/f~" "file write d/f.bak" "file write d/f.swp" "file write d/f.dpkg-new" \
    "file mkdir d/lost+found" "$go" "$quiet" "show a.path a.service" "file write d/f" "$up"
path_stays not-empty-file "DirectoryNotEmpty=: a file is no directory" "DirectoryNotEmpty=WORK/d/f" "file write d/f" "$go" \
    "$quiet" "show a.path a.service"
path_stays not-empty-missing "DirectoryNotEmpty=: there is no directory yet" "DirectoryNotEmpty=WORK/d/e" "$go" "file mkdir d/e" \
    "$quiet" "show a.path a.service" "file write d/e/f" "$up"
path_once not-empty-emptied "DirectoryNotEmpty=: the service empties it" "DirectoryNotEmpty=WORK/d" "$go"
begin not-empty-spool "DirectoryNotEmpty=: the service empties it, and more comes"
path_unit a.path -- "DirectoryNotEmpty=WORK/d"
service a.service -- Type=oneshot "ExecStart=$told remove d/f"
steps "file mkdir d" "$go" "file write d/f" "$runs" "$waits" "exists d/f" "file write d/f" "$quiet" "$waits" "exists d/f"
path_once not-empty-never-emptied "DirectoryNotEmpty=: a service that does not empty it hits its start limit" \
    "DirectoryNotEmpty=WORK/d" "file write d/f" "$go" "await a.path failed/failed" "show a.path a.service"

# --- Unit=, and what is triggered ---

begin unit-other "Unit=: another service"
path_unit a.path -- "PathExists=WORK/d/f" Unit=b.service
service b.service -- Type=notify "ExecStart=ACTOR b.main env TRIGGER_UNIT env TRIGGER_PATH ready wait"
steps "file mkdir d" "$go" "file write d/f" "await b.service active/running" "property a.path Unit Triggers" \
    "property b.service TriggeredBy"
begin unit-target "Unit=: a target"
path_unit a.path -- "PathExists=WORK/d/f" Unit=b.target
target b.target Wants=c.service
up c
steps "file mkdir d" "$go" "file write d/f" "await c.service active/running" "show b.target a.path"
begin unit-twice "Unit= twice: the first one counts"
path_unit a.path -- "PathExists=WORK/d/f" Unit=b.service Unit=c.service
up b
up c
steps "file mkdir d" "$go" "file write d/f" "await b.service active/running" "$quiet" "property a.path Unit"
begin unit-missing "there is no such unit"
path_unit a.path -- "PathExists=WORK/d/f"
steps "$go"
begin unit-template "an instance triggers the service of the same instance, and specifiers"
path_unit a@.path -- "PathExists=WORK/%i/f"
service a@.service -- Type=notify "ExecStart=ACTOR %p.main env TRIGGER_UNIT env TRIGGER_PATH ready wait"
echo "--- unit a@x.path"
echo "--- unit a@x.service"
steps "file mkdir x" "start a@x.path" "file write x/f" "await a@x.service active/running"
begin unit-fails "the service fails: the path goes on"
path_unit a.path -- "PathChanged=WORK/d/f"
service a.service -- Type=oneshot "ExecStart=$told run 1 exit 3 end"
steps "file mkdir d" "$go" "file mkdir d/f" "await a.service failed/failed" "$waits" "show a.path a.service" \
    "file rmdir d/f" "await a.service inactive/dead"
begin unit-start-limit "the service is started too often"
path_unit a.path -- "PathExists=WORK/d/f"
service a.service StartLimitBurst=3 StartLimitIntervalSec=1h -- Type=oneshot "ExecStart=ACTOR a.main"
steps "file mkdir d" "file write d/f" "$go" "await a.path failed/failed"
begin unit-start-limit-reset "and can be started again after reset-failed"
path_unit a.path -- "PathExists=WORK/d/f"
service a.service StartLimitBurst=2 StartLimitIntervalSec=1h -- Type=oneshot "ExecStart=ACTOR a.main run 4 exit 3 end"
steps "file mkdir d" "file write d/f" "$go" "await a.path failed/failed" "show a.path a.service" "file rm d/f" \
    "reset-failed a.service" "reset-failed a.path" "show a.path a.service" "$go" "$waits" "file write d/f" \
    "await a.path failed/failed"
begin unit-condition "a condition of the service is not met"
path_unit a.path -- "PathExists=WORK/d/f"
service a.service ConditionPathExists=WORK/none -- Type=oneshot "ExecStart=ACTOR a.main"
steps "file mkdir d" "file write d/f" "$go" "await a.path failed/failed"
begin unit-condition-no-limit "likewise, and the service has no start limit"
path_unit a.path -- "PathExists=WORK/d/f"
service a.service ConditionPathExists=WORK/none StartLimitIntervalSec=0 -- Type=oneshot "ExecStart=ACTOR a.main"
steps "file mkdir d" "file write d/f" "$go" "await a.path failed/failed"
begin unit-dependency "the service requires one that fails"
path_unit a.path -- "PathChanged=WORK/d/f"
service a.service Requires=b.service After=b.service -- Type=oneshot "ExecStart=ACTOR a.main"
service b.service -- Type=oneshot "ExecStart=ACTOR b.main exit 1"
steps "file mkdir d" "$go" "file mkdir d/f" "await b.service failed/failed" "$waits"
begin unit-refuses "the service refuses manual starts, which this is none of"
path_unit a.path -- "PathExists=WORK/d/f"
service a.service RefuseManualStart=yes -- Type=notify "ExecStart=$told ready wait"
steps "file mkdir d" "file write d/f" "$go" "$up"
begin unit-restarts "Restart= of the service is its own matter"
path_unit a.path -- "PathChanged=WORK/d/f"
service a.service -- Type=notify Restart=on-failure RestartSec=50ms "ExecStart=$told ready wait"
steps "file mkdir d" "$go" "file mkdir d/f" "$up" "kill KILL a.main" "await-property a.service NRestarts 1" "$up" \
    "show a.path"
begin unit-restart-by-hand "a restart of the service by hand"
path_unit a.path -- "PathExists=WORK/d/f"
service a.service -- Type=notify "ExecStart=$told ready wait"
steps "file mkdir d" "file write d/f" "$go" "$up" "restart a.service" "$up" "show a.path"
begin unit-commands "all commands of the service are told"
path_unit a.path -- "PathExists=WORK/d/f"
service a.service -- Type=notify "ExecStartPre=ACTOR a.pre env TRIGGER_PATH" "ExecStart=$told ready on TERM exit=0 wait" \
    "ExecReload=ACTOR a.reload env TRIGGER_PATH" "ExecStopPost=ACTOR a.post env TRIGGER_PATH"
steps "file mkdir d" "file write d/f" "$go" "$up" "reload a.service" "stop a.path" "stop a.service" "start a.service" \
    "stop a.service"
begin two-paths "two path units for one service"
path_unit a.path -- "PathChanged=WORK/d/f"
path_unit b.path -- "PathChanged=WORK/d/g" Unit=a.service
service a.service -- Type=notify "ExecStart=$told ready wait"
steps "file mkdir d" "$go" "start b.path" "file mkdir d/g" "$up" "await a.path active/running" \
    "show a.path b.path" "kill TERM a.main" "$waits" "await b.path active/waiting"

begin two-paths-in-turn "two path units for one service, one after the other"
path_unit a.path -- "PathChanged=WORK/d/f"
path_unit b.path -- "PathChanged=WORK/d/g" Unit=a.service
service a.service -- Type=oneshot "ExecStart=$told"
steps "file mkdir d" "$go" "start b.path" "file mkdir d/f" "$runs" "$waits" "await b.path active/waiting" "$quiet" \
    "file mkdir d/g" "$quiet" "$waits" "await b.path active/waiting"
path_once two-in-turn "two paths of one unit, one after the other" "PathChanged=WORK/d/f;PathChanged=WORK/d/g" "$go" \
    "file mkdir d/f" "$runs" "$waits" "$quiet" "file mkdir d/g" "$quiet" "$waits"
path_stays two-at-once "two paths that are there: the last one is told" "PathExists=WORK/d/f;PathExists=WORK/d/g" \
    "file write d/f" "file write d/g" "$go" "$up"
begin unit-by-hand-after "by hand, and by its path after that"
path_unit a.path -- "PathChanged=WORK/d/f"
service a.service -- Type=oneshot "ExecStart=$told"
steps "file mkdir d" "start a.service" "$go" "file mkdir d/f" "$quiet" "$waits" "start a.service"

# --- started and stopped ---

path_stays start-while-running "started while the service runs" "PathChanged=WORK/d/f" "start a.service" "$go" "show a.path" \
    "stop a.service" "$waits" "file write d/f" "$up"
path_stays service-by-hand "the service is started by hand meanwhile" "PathChanged=WORK/d/f" "$go" "$waits" "start a.service" \
    "await a.path active/running" "stop a.service" "$waits"
path_stays stop-waiting "stopped while it waits" "PathExists=WORK/d/f" "$go" "stop a.path" "file write d/f" "$quiet"
path_stays stop-running "stopped while the service runs, which goes on" "PathExists=WORK/d/f" "file write d/f" "$go" "$up" \
    "stop a.path"
path_stays stop-service "the service is stopped, and what it waits for is there" "PathExists=WORK/d/f" "file write d/f" "$go" \
    "$up" "stop a.service" "$up"
path_stays restart "restarted" "PathExists=WORK/d/f" "$go" "restart a.path" "file write d/f" "$up"
path_stays reload "it cannot be reloaded" "PathExists=WORK/d/f" "$go" "reload a.path"
path_stays start-twice "started twice" "PathExists=WORK/d/f" "$go" "$go" "is-active a.path"
begin start-limit "started too often itself"
path_unit a.path StartLimitBurst=2 StartLimitIntervalSec=1h -- "PathExists=WORK/d/f"
service a.service -- Type=oneshot "ExecStart=ACTOR a.main"
steps "file mkdir d" "$go" "stop a.path" "$go" "stop a.path" "$go" "is-failed a.path" "show a.path" \
    "reset-failed a.path" "$go" "$waits"
begin condition "a condition of the path unit is not met"
path_unit a.path ConditionPathExists=WORK/none -- "PathExists=WORK/d/f"
service a.service -- Type=oneshot "ExecStart=ACTOR a.main"
steps "file mkdir d" "file write d/f" "$go" "$quiet"
begin wanted "wanted by a target, with the service after it"
path_unit a.path -- "PathExists=WORK/d/f"
service a.service -- Type=notify "ExecStart=$told ready wait"
target all.target Wants=a.path
steps "file mkdir d" "file write d/f" "start all.target" "$up" "stop all.target"
begin bound "BindsTo= of the service on its path"
path_unit a.path -- "PathExists=WORK/d/f"
service a.service BindsTo=a.path -- Type=notify "ExecStart=$told ready wait"
steps "file mkdir d" "file write d/f" "$go" "$up" "stop a.path" "await a.service inactive/dead"
path_stays daemon-reload "daemon-reload while it waits" "PathExists=WORK/d/f" "$go" "daemon-reload" "$waits" "file write d/f" "$up"
path_stays daemon-reload-running "daemon-reload while the service runs" "PathExists=WORK/d/f" "file write d/f" "$go" "$up" \
    "daemon-reload" "show a.path" "file rm d/f" "kill TERM a.main" "$waits"

# --- limits ---

path_once trigger-limit "TriggerLimitBurst=" "PathChanged=WORK/d/f;TriggerLimitIntervalSec=1h;TriggerLimitBurst=2" \
    "$go" "file mkdir d/f" "$runs" "$waits" "$quiet" "file rmdir d/f" "$quiet" "$waits" "file mkdir d/f" \
    "await a.path failed/failed"
path_once trigger-limit-off "TriggerLimitBurst=0" "PathExists=WORK/d/f;TriggerLimitIntervalSec=1h;TriggerLimitBurst=0" \
    "file write d/f" "$go" "await a.path failed/failed"
path_once trigger-limit-no-interval "TriggerLimitIntervalSec=0" \
    "PathExists=WORK/d/f;TriggerLimitIntervalSec=0;TriggerLimitBurst=1" "file write d/f" "$go" "await a.path failed/failed"

# --- MakeDirectory= ---

path_once make-directory "MakeDirectory=: with parents" "DirectoryNotEmpty=WORK/d/e/f;MakeDirectory=yes;DirectoryMode=0711" \
    "$go" "$waits" \
    "exists d/e/f" "file mode d/e/f" "file mode d/e"
path_once make-directory-mode "DirectoryMode=" "PathChanged=WORK/d/e;MakeDirectory=yes;DirectoryMode=0700" "$go" "$waits" \
    "file mode d/e"
path_once make-directory-modified "MakeDirectory= for PathModified=" "PathModified=WORK/d/e;MakeDirectory=yes;DirectoryMode=0711" \
    "$go" "$waits" "file mode d/e"
path_once make-directory-not "MakeDirectory= is not for PathExists= and PathExistsGlob=" \
    "PathExists=WORK/d/e;PathExistsGlob=WORK/d/g*;MakeDirectory=yes" "$go" "$waits" "exists d/e"
path_once make-directory-there "MakeDirectory=: what is there keeps its mode" \
    "DirectoryNotEmpty=WORK/d/e;MakeDirectory=yes;DirectoryMode=0700" "file mkdir d/e" "$go" "$waits" \
    "file mode d/e"

# --- files of the unit ---

path_once properties "what it says of itself" \
    "PathExists=WORK/d/f;PathChanged=WORK/d/g;MakeDirectory=no;DirectoryMode=0711;TriggerLimitIntervalSec=5s;TriggerLimitBurst=7" \
    "property a.path Unit Paths MakeDirectory DirectoryMode TriggerLimitIntervalUSec TriggerLimitBurst Triggers Result" \
    "property a.service TriggeredBy Triggers"
path_once defaults "what it says of itself when nothing is set" "PathExists=WORK/d/f" \
    "property a.path Unit Paths MakeDirectory DirectoryMode TriggerLimitIntervalUSec TriggerLimitBurst"
path_stays unset "an empty assignment drops all that came before, of each kind" \
    "PathExists=WORK/d/f;PathChanged=WORK/d/g;PathExists=;PathExists=WORK/d/h" "file write d/f" "$go" "$quiet" \
    "show a.path a.service" "property a.path Paths" "file write d/h" "$up"
path_once nothing "no path at all" "MakeDirectory=yes" "$go"
path_once relative "a path that is not absolute is passed over" "PathExists=d/f;PathExists=WORK/d/f" "$go" "property a.path Paths"
path_once simplified "slashes and dots in a path" "PathExists=WORK//d/./f/" "property a.path Paths"
begin drop-in "a drop-in adds one, and resets"
path_unit a.path -- "PathExists=WORK/d/f"
echo "--- a.path.d/more.conf"
echo "[Path]"
echo "PathExists="
echo "PathExists=WORK/d/%N"
service a.service -- Type=notify "ExecStart=$told ready wait"
steps "file mkdir d" "file write d/f" "$go" "$quiet" "show a.path a.service" "file write d/a" "$up"
