#!/bin/bash
# Prints the cases about Conflicts=.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

slow="ExecStop=ACTOR b.stop barrier go"

begin stops-other "Conflicts=: a start stops the other"
up a Conflicts=b.service
up b
steps "start b.service" "start a.service" settle "trace each"

begin stopped-by-other "and the other way round"
up a Conflicts=b.service
up b
steps "start a.service" "start b.service" settle "trace each"

begin other-down "Conflicts= of a unit that is down"
up a Conflicts=b.service
up b
steps "start a.service"

begin after "Conflicts= and After=: the start waits for the other's stop"
up a Conflicts=b.service After=b.service
up b -- "$slow"
steps "start b.service" "ask start a.service" "await-trace b.stop start" "show a.service b.service" "make go" \
    "await a.service active/running" settle

begin before "Conflicts= and Before=: the start waits for the other's stop, too"
up a Conflicts=b.service Before=b.service
up b -- "$slow"
steps "start b.service" "ask start a.service" "await-trace b.stop start" "show a.service b.service" "make go" \
    "await a.service active/running" settle

begin unordered "Conflicts= alone orders nothing"
up a Conflicts=b.service
up b -- "$slow"
steps "start b.service" "start a.service" "await-trace b.stop start" "show a.service b.service" "make go" settle "trace each"

begin pending-start "a start of the one takes the place of the other's start that is on its way"
up a Conflicts=b.service
service b.service -- Type=notify "ExecStart=ACTOR b.main wait"
steps "ask start b.service" "await-trace b.main start" "start a.service" settle "trace each"

begin wants-both "a target wants both: one of them is given up"
target all.target Wants=a.service Wants=b.service
up a Conflicts=b.service
up b
steps "start all.target" settle "trace each"

begin requires-both "a target requires both: refused"
target all.target Requires=a.service b.service
up a Conflicts=b.service
up b
steps "start all.target" settle

begin requires-both-lines "the same, told in two lines"
target all.target Requires=a.service Requires=b.service
up a Conflicts=b.service
up b
steps "start all.target" settle

begin requires-a-wants-b "a target requires one and wants the other: the wanted one is given up"
target all.target Requires=a.service Wants=b.service
up a Conflicts=b.service
up b
steps "start all.target" settle

begin wants-a-requires-b "the same the other way round"
target all.target Wants=a.service Requires=b.service
up a Conflicts=b.service
up b
steps "start all.target" settle

begin self-requires "a unit that requires what it conflicts with"
up a Requires=b.service Conflicts=b.service
up b
steps "start a.service" settle

begin stop-dependent "the other's stop takes its dependents along"
up a Conflicts=b.service
up b
up c Requires=b.service After=b.service
steps "start c.service" "start a.service" settle "trace each"

begin restart-other "the other is being restarted automatically: a start of the one ends that"
up a Conflicts=b.service
service b.service -- Restart=always RestartSec=30s Type=notify "ExecStart=ACTOR b.main ready barrier go exit 1"
steps "start b.service" "make go" "await b.service activating/auto-restart" "start a.service" settle

begin both-ways "each conflicts with the other"
up a Conflicts=b.service
up b Conflicts=a.service
steps "start a.service" "start b.service" settle "start a.service" settle "trace each"

begin target "a target that conflicts with a service: it is stopped"
target down.target Conflicts=a.service
up a
steps "start a.service" "start down.target" settle

begin on-restart "a restart of the one stops the other"
up a Conflicts=b.service
up b
steps "start b.service" "restart a.service" settle "trace each"

begin try-restart "a try-restart of the one that is down stops nothing"
up a Conflicts=b.service
up b
steps "start b.service" "try-restart a.service" settle "trace each"
