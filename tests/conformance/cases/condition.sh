#!/bin/bash
# Prints the cases about conditions and asserts: what a start comes to, and what becomes of those that depend on it. What
# each kind of condition asks of a machine is compared in tests/shell/conditions.sh.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

once=(Type=oneshot RemainAfterExit=yes)

# one NAME TEXT LINE-OF-UNIT...: WORK/there is a file with a line
one() {
    local name=$1 text=$2
    shift 2
    begin "$name" "$text"
    echo "--- file there"
    echo "x"
    service a.service "$@" -- "${once[@]}" "ExecStart=ACTOR a.main"
    steps "start a.service" "property a.service ConditionResult AssertResult"
}

# --- how several are taken together ---

for kind in Condition Assert; do
    name=${kind,,}
    is=${kind}PathExists
    one "$name-met" "${is}= of a file that is there" "$is=WORK/there"
    one "$name-unmet" "of one that is not" "$is=WORK/none"
    one "$name-not" "with '!', of one that is there" "$is=!WORK/there"
    one "$name-not-unmet" "with '!', of one that is not" "$is=!WORK/none"
    one "$name-blank" "a blank behind '!'" "$is=! WORK/there"
    one "$name-and" "all must hold" "$is=WORK/there" "$is=WORK/none"
    one "$name-and-kinds" "also those of other kinds" "${kind}PathIsDirectory=WORK" "$is=WORK/none"
    one "$name-or" "of those with '|' one is enough" "$is=|WORK/none" "$is=|WORK/there"
    one "$name-or-kinds" "whatever their kinds" "$is=|WORK/none" "${kind}PathIsDirectory=|WORK"
    one "$name-or-none" "of those with '|' none" "$is=|WORK/no" "$is=|WORK/none"
    one "$name-or-not" "'|!' together" "$is=|!WORK/none" "$is=|WORK/none"
    one "$name-not-or" "'!|' is the wrong way round" "$is=!|WORK/none"
    one "$name-or-alone" "one with '|' alone" "$is=|WORK/none"
    one "$name-or-and" "one with '|' holds, one without does not" "$is=|WORK/there" "$is=WORK/none"
    one "$name-and-or" "one with '|' does not hold, one without does" "$is=|WORK/none" "$is=WORK/there"
    one "$name-reset" "an empty one resets" "$is=WORK/none" "$is="
    one "$name-reset-after" "what follows the empty one counts" "$is=WORK/there" "$is=" "$is=WORK/none"
    one "$name-reset-kinds" "it resets those of other kinds, too" "${kind}PathIsDirectory=WORK/none" "$is="
    one "$name-relative" "a relative path" "$is=there"
    one "$name-specifier" "a specifier" "$is=WORK/units/%n"
    one "$name-unknown" "a kind that does not exist is passed over" "${kind}MoonPhase=full"
done
one reset-of-conditions "an empty condition resets no assert" "AssertPathExists=WORK/none" "ConditionPathExists="
one reset-of-asserts "an empty assert resets no condition" "ConditionPathExists=WORK/none" "AssertPathExists="
one both "a condition and an assert, both not met" "ConditionPathExists=WORK/none" "AssertPathExists=WORK/none"
one or-of-both "'|' of conditions and of asserts are two groups" "ConditionPathExists=|WORK/there" \
    "AssertPathExists=|WORK/none"

# --- the kinds, as far as they say the same on every machine ---

one exists-directory "ConditionPathExists= of a directory" "ConditionPathExists=WORK"
one directory "ConditionPathIsDirectory=" "ConditionPathIsDirectory=WORK"
one directory-slash "with a slash at the end" "ConditionPathIsDirectory=WORK/"
one directory-file "of a file" "ConditionPathIsDirectory=WORK/there"
one file-not-empty "ConditionFileNotEmpty=" "ConditionFileNotEmpty=WORK/there"
one file-not-empty-empty "of an empty file" "ConditionFileNotEmpty=WORK/trace"
one file-not-empty-missing "of a file that is missing" "ConditionFileNotEmpty=WORK/none"
one file-not-empty-directory "of a directory" "ConditionFileNotEmpty=WORK"
one executable "ConditionFileIsExecutable=" "ConditionFileIsExecutable=ACTOR"
one executable-not "of a file that is not" "ConditionFileIsExecutable=WORK/there"
one executable-directory "of a directory" "ConditionFileIsExecutable=WORK"
one directory-not-empty "ConditionDirectoryNotEmpty=" "ConditionDirectoryNotEmpty=WORK"
one directory-not-empty-file "of a file" "ConditionDirectoryNotEmpty=WORK/there"
one directory-not-empty-missing "of nothing" "ConditionDirectoryNotEmpty=WORK/none"
one glob "ConditionPathExistsGlob=" "ConditionPathExistsGlob=WORK/th*e"
one glob-none "that nothing matches" "ConditionPathExistsGlob=WORK/nn*"
one glob-not "with '!'" "ConditionPathExistsGlob=!WORK/nn*"
one link-not "ConditionPathIsSymbolicLink= of a file" "ConditionPathIsSymbolicLink=WORK/there"
one mount-point "ConditionPathIsMountPoint=" "ConditionPathIsMountPoint=/proc"
one mount-point-not "of a directory that is none" "ConditionPathIsMountPoint=WORK/units"
one read-write "ConditionPathIsReadWrite=" "ConditionPathIsReadWrite=WORK"
one read-write-missing "of nothing" "ConditionPathIsReadWrite=WORK/none"
one encrypted-missing "ConditionPathIsEncrypted= of nothing" "ConditionPathIsEncrypted=WORK/none"
one environment "ConditionEnvironment= of a variable that the manager has not" "ConditionEnvironment=NOT_THERE_AT_ALL"
one environment-not "the same with '!'" "ConditionEnvironment=!NOT_THERE_AT_ALL"
one environment-value "of a value" "ConditionEnvironment=NOT_THERE_AT_ALL=1"
one command-line "ConditionKernelCommandLine= of a word that is not there" "ConditionKernelCommandLine=not.there.at.all"
one command-line-not "the same with '!'" "ConditionKernelCommandLine=!not.there.at.all"
one architecture "ConditionArchitecture=native" "ConditionArchitecture=native"
one architecture-other "another one" "ConditionArchitecture=alpha"
one architecture-nonsense "one that does not exist" "ConditionArchitecture=nonsense"
one version "ConditionKernelVersion=" "ConditionKernelVersion=>=2.6"
one version-future "of the future" "ConditionKernelVersion=>=99"
one version-two "two comparisons" "ConditionKernelVersion=>=2.6 <99"
one version-two-unmet "of which one does not hold" "ConditionKernelVersion=>=2.6 <3"
one version-glob "a pattern" "ConditionKernelVersion=*.*"
one cpus "ConditionCPUs=" "ConditionCPUs=1"
one cpus-compare "a comparison" "ConditionCPUs=<100000"
one cpus-nonsense "no number" "ConditionCPUs=many"
one cpus-nonsense-not "the same with '!'" "ConditionCPUs=!many"
one memory "ConditionMemory=" "ConditionMemory=>=1M"
one memory-much "more than there is" "ConditionMemory=>=10P"
one user-absent "ConditionUser= of nobody" "ConditionUser=surely-absent"
one user-number "of a number that nobody has" "ConditionUser=123456"
one group-absent "ConditionGroup= of no group" "ConditionGroup=surely-absent"
one host "ConditionHost= of another machine" "ConditionHost=surely-not-this-one"
one host-pattern "a pattern" "ConditionHost=surely-not-*"
one capability-nonsense "ConditionCapability= of one that does not exist" "ConditionCapability=CAP_NOT_THERE"
one security-nonsense "ConditionSecurity= of something unknown" "ConditionSecurity=nonsense"
one virtualization-nonsense "ConditionVirtualization= of something unknown" "ConditionVirtualization=nonsense"
one controllers-nonsense "ConditionControlGroupController= of something unknown" "ConditionControlGroupController=nonsense"
one firmware-nonsense "ConditionFirmware= of something unknown" "ConditionFirmware=nonsense"
one feature-nonsense "ConditionCPUFeature= of something unknown" "ConditionCPUFeature=nonsense"
one credential-absent "ConditionCredential= of one that is not there" "ConditionCredential=surely-absent"
one os-absent "ConditionOSRelease= of a field that is not there" "ConditionOSRelease=NOT_THERE=x"

# --- when they are looked at ---

begin never "before the first start"
service a.service "ConditionPathExists=WORK" -- Type=oneshot "ExecStart=ACTOR a.main"
steps "property a.service ConditionResult AssertResult"

begin words "is-active and is-failed of who was not started"
service a.service "ConditionPathExists=WORK/none" -- "${once[@]}" "ExecStart=ACTOR a.main"
service b.service "AssertPathExists=WORK/none" -- "${once[@]}" "ExecStart=ACTOR b.main"
steps "start a.service" "is-active a.service" "is-failed a.service" "start b.service" "is-active b.service" \
    "is-failed b.service"

# each KIND: the same for conditions and asserts
each() {
    local is=${1}PathExists result=${1}Result name=${1,,}
    begin "$name-later" "it is looked at with each start"
    service a.service "$is=WORK/go" -- Type=oneshot "ExecStart=ACTOR a.main"
    steps "start a.service" "property a.service $result" "make go" "start a.service" "property a.service $result"

    begin "$name-again" "one that was met is no more: the last result counts"
    service a.service "$is=!WORK/go" -- Type=oneshot "ExecStart=ACTOR a.main touch go"
    steps "start a.service" "property a.service $result" "start a.service" "property a.service $result"

    begin "$name-active" "a start of who is active already looks at nothing"
    service a.service "$is=!WORK/go" -- Type=exec "ExecStart=ACTOR a.main wait"
    steps "start a.service" "settle" "make go" "start a.service" "property a.service $result"

    begin "$name-restart" "a restart of a unit for which it does not hold any more"
    service a.service "$is=!WORK/go" -- Type=exec "ExecStart=ACTOR a.main wait" "ExecStopPost=ACTOR a.post"
    steps "start a.service" "settle" "make go" "restart a.service" "property a.service $result"

    begin "$name-try-restart" "the same with try-restart"
    service a.service "$is=!WORK/go" -- Type=exec "ExecStart=ACTOR a.main wait"
    steps "start a.service" "settle" "make go" "try-restart a.service" "property a.service $result"

    begin "$name-restart-down" "a restart of a unit that is down"
    service a.service "$is=WORK/none" -- Type=exec "ExecStart=ACTOR a.main wait"
    steps "restart a.service" "property a.service $result"

    begin "$name-auto-restart" "an automatic restart looks at nothing"
    service a.service "$is=!WORK/go" -- Type=exec Restart=on-failure RestartSec=50ms \
        "ExecStart=ACTOR a.main touch go run 1 exit 1 end say second wait"
    steps "start a.service" "await-trace a.main second" "property a.service $result"

    begin "$name-auto-restart-direct" "also with RestartMode=direct"
    service a.service "$is=!WORK/go" -- Type=exec Restart=on-failure RestartMode=direct RestartSec=50ms \
        "ExecStart=ACTOR a.main touch go run 1 exit 1 end say second wait"
    steps "start a.service" "await-trace a.main second" "property a.service $result"

    begin "$name-failed" "a unit that has failed stays failed"
    service a.service "$is=!WORK/go" -- Type=oneshot "ExecStart=ACTOR a.main touch go exit 1"
    steps "start a.service" "start a.service" "property a.service $result" "is-failed a.service"

    begin "$name-reload" "a reload looks at nothing"
    service a.service "$is=!WORK/go" -- Type=exec "ExecStart=ACTOR a.main wait" "ExecReload=ACTOR a.reload"
    steps "start a.service" "settle" "make go" "reload a.service" "property a.service $result"

    begin "$name-daemon-reload" "a result outlives daemon-reload"
    service a.service "$is=WORK" -- Type=exec "ExecStart=ACTOR a.main wait"
    service b.service "$is=WORK/none" -- Type=exec "ExecStart=ACTOR b.main wait"
    steps "start a.service" "start b.service" "daemon-reload" "property a.service $result" "property b.service $result"

    begin "$name-limit" "more starts that come to nothing than the start limit allows"
    service a.service "$is=!WORK/go" StartLimitBurst=3 StartLimitIntervalSec=1h -- Type=oneshot "ExecStart=ACTOR a.main"
    steps "make go" "start a.service" "start a.service" "start a.service" "start a.service" "is-failed a.service"

    begin "$name-dependency-first" "what must come before is started before it is looked at"
    service a.service Requires=b.service After=b.service "$is=WORK/made" -- "${once[@]}" "ExecStart=ACTOR a.main"
    service b.service -- Type=oneshot "ExecStart=ACTOR b.main touch made"
    steps "start a.service"

    begin "$name-dependency-stays" "what was started for a unit that is not stays"
    service a.service Requires=b.service Wants=c.service After=b.service After=c.service "$is=WORK/none" -- \
        "${once[@]}" "ExecStart=ACTOR a.main"
    up b
    up c
    steps "start a.service" "settle" "trace each"

    begin "$name-unneeded" "unless StopWhenUnneeded= says otherwise"
    service a.service Requires=b.service After=b.service "$is=WORK/none" -- "${once[@]}" "ExecStart=ACTOR a.main"
    up b StopWhenUnneeded=yes
    steps "start a.service" "settle"

    begin "$name-conflict" "who conflicts with it is stopped all the same"
    service a.service Conflicts=b.service After=b.service "$is=WORK/none" -- "${once[@]}" "ExecStart=ACTOR a.main"
    up b
    steps "start b.service" "start a.service"

    begin "$name-target" "a target, and what it wants"
    target t.target "$is=WORK/none" Wants=a.service
    up a
    steps "start t.target" "await a.service active/running" "property t.target $result"

    begin "$name-target-order" "who comes after that target"
    target t.target "$is=WORK/none"
    service a.service Requires=t.target After=t.target -- "${once[@]}" "ExecStart=ACTOR a.main"
    steps "start a.service"

    begin "$name-environment-file" "it comes before the environment is read"
    service a.service "$is=WORK/none" -- Type=oneshot "EnvironmentFile=WORK/none" "ExecStart=ACTOR a.main"
    steps "start a.service"

    begin "$name-exec-condition" "it comes before ExecCondition="
    service a.service "$is=WORK/none" -- Type=oneshot "ExecCondition=ACTOR a.condition" "ExecStart=ACTOR a.main"
    steps "start a.service"

    begin "$name-on-failure" "OnFailure= and OnSuccess="
    service a.service "$is=WORK/none" OnFailure=b.service OnSuccess=c.service -- Type=oneshot "ExecStart=ACTOR a.main"
    service b.service -- "${once[@]}" "ExecStart=ACTOR b.main"
    service c.service -- "${once[@]}" "ExecStart=ACTOR c.main"
    steps "start a.service" "settle"

    begin "$name-on-failure-of-dependent" "OnFailure= of who requires it"
    service a.service "$is=WORK/none" -- Type=oneshot "ExecStart=ACTOR a.main"
    service b.service Requires=a.service After=a.service OnFailure=c.service -- "${once[@]}" "ExecStart=ACTOR b.main"
    service c.service -- "${once[@]}" "ExecStart=ACTOR c.main"
    steps "start b.service" "settle"

    local dependency
    for dependency in Wants Requires Requisite BindsTo; do
        begin "$name-${dependency,,}" "who has $dependency= of it"
        service a.service "$is=WORK/none" -- "${once[@]}" "ExecStart=ACTOR a.main"
        service b.service "$dependency=a.service" After=a.service -- "${once[@]}" "ExecStart=ACTOR b.main"
        steps "start b.service" "settle"
    done

    begin "$name-chain" "who requires who requires it"
    service a.service "$is=WORK/none" -- "${once[@]}" "ExecStart=ACTOR a.main"
    service b.service Requires=a.service After=a.service -- "${once[@]}" "ExecStart=ACTOR b.main"
    service c.service Requires=b.service After=b.service -- "${once[@]}" "ExecStart=ACTOR c.main"
    steps "start c.service"

    begin "$name-dependent-restart" "a restart that does not start it, and who requires it"
    service a.service "$is=!WORK/go" -- Type=notify "ExecStart=ACTOR a.main ready wait"
    up b Requires=a.service After=a.service
    steps "start b.service" "settle" "make go" "restart a.service" "settle"

    begin "$name-bound-restart" "the same with BindsTo="
    service a.service "$is=!WORK/go" -- Type=notify "ExecStart=ACTOR a.main ready wait"
    up b BindsTo=a.service After=a.service
    steps "start b.service" "settle" "make go" "restart a.service" "settle"

    begin "$name-part-restart" "the same with PartOf="
    service a.service "$is=!WORK/go" -- Type=notify "ExecStart=ACTOR a.main ready wait"
    up b PartOf=a.service Wants=a.service After=a.service
    steps "start b.service" "settle" "make go" "restart a.service" "settle"
}
each Condition
each Assert

# --- ExecCondition= ---

# asks NAME TEXT STEPS-OF-CONDITION [SETTING...]
asks() {
    local name=$1 text=$2 condition=$3
    shift 3
    begin "exec-$name" "$text"
    service a.service OnFailure=b.service OnSuccess=c.service -- Type=oneshot "ExecCondition=ACTOR a.condition $condition" \
        "ExecStartPre=ACTOR a.pre" "ExecStart=ACTOR a.main" "ExecStopPost=ACTOR a.post env SERVICE_RESULT" "$@"
    service b.service -- "${once[@]}" "ExecStart=ACTOR b.main"
    service c.service -- "${once[@]}" "ExecStart=ACTOR c.main"
    steps "start a.service" "settle" "property a.service ConditionResult Result" "is-failed a.service"
}
asks yes "ExecCondition= says yes" "exit 0"
asks no "ExecCondition= says no" "exit 1"
asks no-254 "the last status that says no" "exit 254"
asks fails "ExecCondition= fails" "exit 255"
asks killed "it is killed" "die KILL"
asks term "it dies of TERM" "die TERM"
asks hangs "it takes too long" "wait" TimeoutStartSec=2s
asks success-status "SuccessExitStatus= is not for it" "exit 3" SuccessExitStatus=3
asks no-remains "it says no, with RemainAfterExit=" "exit 1" RemainAfterExit=yes
asks no-restart "it says no, with Restart=on-failure" "exit 1" Restart=on-failure RestartSec=50ms
asks fails-restart "it fails, with Restart=on-failure" "run 1 exit 255 end" Restart=on-failure RestartSec=50ms
echo "trace each" # b starts while a waits for its restart
begin exec-several "of several, the first that says no"
service a.service -- Type=oneshot "ExecCondition=ACTOR a.one" "ExecCondition=ACTOR a.two exit 7" \
    "ExecCondition=ACTOR a.three" "ExecStart=ACTOR a.main"
steps "start a.service" "property a.service Result"
begin exec-dash "a dash: a failure counts as yes"
service a.service -- Type=oneshot "ExecCondition=-ACTOR a.condition exit 255" "ExecStart=ACTOR a.main"
steps "start a.service" "property a.service Result"
begin exec-dash-no "and so does a no"
service a.service -- Type=oneshot "ExecCondition=-ACTOR a.condition exit 1" "ExecStart=ACTOR a.main"
steps "start a.service" "property a.service Result"
for dependency in Wants Requires Requisite BindsTo; do
    begin "exec-${dependency,,}" "$dependency= of a unit whose ExecCondition= says no"
    service a.service -- "${once[@]}" "ExecCondition=ACTOR a.condition exit 1" "ExecStart=ACTOR a.main"
    service b.service "$dependency=a.service" After=a.service -- "${once[@]}" "ExecStart=ACTOR b.main"
    steps "start b.service" "settle"
done
begin exec-restart "a restart of a unit whose ExecCondition= says no by now"
service a.service -- Type=notify "ExecCondition=ACTOR a.condition run 2 exit 1 end" \
    "ExecStart=ACTOR a.main ready wait"
up b Requires=a.service After=a.service
steps "start b.service" "settle" "restart a.service" "settle"
