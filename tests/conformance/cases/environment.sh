#!/bin/bash
# shellcheck disable=SC2016 # the dollars are for the units
# Prints the cases about what a process gets: its environment and its command line.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

# one NAME TEXT MAIN-STEPS SETTING...: a oneshot
one() {
    local name=$1 text=$2 main=$3
    shift 3
    begin "$name" "$text"
    service a.service -- Type=oneshot "$@" "ExecStart=ACTOR a.main $main"
    steps "start a.service"
}

# --- Environment= ---

one plain "Environment=" "env A" "Environment=A=1"
one two "two variables in a line" "env A env B" "Environment=A=1 B=2"
one two-lines "two lines add up" "env A env B" "Environment=A=1" "Environment=B=2"
one last-wins "the last of one name counts" "env A" "Environment=A=1" "Environment=A=2"
one reset "an empty one resets" "env A env B" "Environment=A=1" "Environment=" "Environment=B=2"
one quotes "double quotes around an assignment" "env A env B" 'Environment="A=one two" B=3'
one quotes-single "single quotes" "env A env B" "Environment='A=one two' B=3"
one quotes-inside "quotes that begin inside a word" "env A env B" 'Environment=A="one two" B=3'
one quotes-nested "the other quotes inside quotes" "env A env B" "Environment=\"A='x'\" 'B=\"y\"'"
one escapes "C escapes" "env A" 'Environment="A=a\tb\x41\101"'
one escape-space "an escaped space" "env A" 'Environment=A=one\x20two'
one escape-quote "an escaped quote" "env A" 'Environment="A=say \"hi\""'
one dollar "a dollar is no expansion here" "env A env B" 'Environment=A=1 B=$A'
one percent "%% is one %" "env A" "Environment=A=50%%"
one empty-value "an empty value" "env A" "Environment=A="
one equals "an equals sign in the value" "env A" "Environment=A=b=c"
one bad-name "a name that is none" "env A env B" "Environment=1X=1 A=2" "Environment=B=3"
one no-equals "a word without an equals sign" "env A" "Environment=X A=2"
one continuation "a line that goes on" "env A env B" $'Environment=A=1 \\\n  B=2'
one continuation-comment "with a comment in between" "env A env B" $'Environment=A=1 \\\n# a comment\n  B=2'
one unclosed "a quote that does not end" "env A env B" 'Environment="A=1' "Environment=B=2"

# --- EnvironmentFile= ---

# from_file NAME TEXT MAIN-STEPS FILE-TEXT [SETTING...]
from_file() {
    local name=$1 text=$2 main=$3 file=$4
    shift 4
    begin "$name" "$text"
    echo "--- file env"
    echo "$file"
    service a.service -- Type=oneshot EnvironmentFile=WORK/env "$@" "ExecStart=ACTOR a.main $main"
    steps "start a.service"
}
from_file file "EnvironmentFile=" "env A env B" $'A=1\nB=2'
from_file file-comments "comments and empty lines" "env A env B env C" $'# one\nA=1\n\n; two\nB=2\n  # three\nC=3'
from_file file-quotes "quotes" "env A env B env C" $'A="one two"\nB=\'three four\'\nC=five six'
from_file file-quotes-escapes "escapes in double quotes" "env A env B" $'A="a\\"b\\\\c\\$d"\nB="a\\nb"'
from_file file-single-escapes "no escapes in single quotes" "env A" $'A=\'a\\nb\''
from_file file-bare-escapes "escapes without quotes" "env A env B" $'A=a\\ b\nB=a\\nb'
from_file file-continuation "a line that goes on" "env A env B" $'A=one\\\ntwo\nB=3'
from_file file-spaces "spaces around" "env A env B" $'  A=1  \nB =2'
from_file file-inner-spaces "spaces inside stay" "env A" $'A=one   two   '
from_file file-export "export is no word of it" "env A" $'export A=1'
from_file file-bad-name "a name that is none" "env A" $'1X=1\nA=2'
from_file file-no-equals "a line without an equals sign" "env A" $'X\nA=2'
from_file file-empty "an empty value" "env A" "A="
from_file file-dollar "a dollar is no expansion" "env A env B" $'A=1\nB=$A'
from_file file-percent "a percent sign is no specifier" "env A" "A=%n"
from_file file-hash "a hash inside a value" "env A" "A=a#b # c"
from_file file-last "the last of one name counts" "env A" $'A=1\nA=2'
from_file file-over "the file beats Environment=" "env A env B" "A=file" "Environment=A=unit B=unit"
from_file file-mixed "quoted and bare parts" "env A" $'A="one"two\'three\''
one file-missing "a file that is missing" "env A" "EnvironmentFile=WORK/none"
one file-missing-dash "the same with '-'" "env A" "EnvironmentFile=-WORK/none" "Environment=A=1"
begin file-two "two files: the later one counts"
printf -- '--- file one\nA=1\nB=1\n--- file two\nB=2\n'
service a.service -- Type=oneshot EnvironmentFile=WORK/one EnvironmentFile=WORK/two "ExecStart=ACTOR a.main env A env B"
steps "start a.service"
begin file-reset "an empty EnvironmentFile= resets"
printf -- '--- file one\nA=1\n'
service a.service -- Type=oneshot EnvironmentFile=WORK/one EnvironmentFile= "ExecStart=ACTOR a.main env A"
steps "start a.service"

# --- what is taken away ---

one unset "UnsetEnvironment= of a name" "env A env B" "Environment=A=1 B=2" "UnsetEnvironment=A"
one unset-value "of a name with this value" "env A env B" "Environment=A=1 B=2" "UnsetEnvironment=A=1 B=1"
one unset-reset "an empty one resets" "env A" "Environment=A=1" "UnsetEnvironment=A" "UnsetEnvironment="
one unset-own "of a variable that the manager sets" "envset INVOCATION_ID envset SYSTEMD_EXEC_PID" \
    "UnsetEnvironment=INVOCATION_ID"
from_file unset-file "of a variable from a file" "env A" "A=1" "UnsetEnvironment=A"
one pass-unknown "PassEnvironment= of a variable that is not there" "env NOT_THERE" "PassEnvironment=NOT_THERE"
one pass-over "Environment= beats PassEnvironment=" "env HOME" "PassEnvironment=HOME" "Environment=HOME=/x"

# --- the command line ---

vars='Environment="A=one two" B=three E='
one words "a variable as a word of its own is split" 'args $A end' "$vars"
one words-braces "in braces it stays one word" 'args ${A} end' "$vars"
one words-inside "in braces inside a word" 'args x${A}y' "$vars"
one words-inside-bare "without braces inside a word it stays" 'args x$B' "$vars"
one words-empty "an empty one vanishes" 'args $E x' "$vars"
one words-empty-braces "but not in braces" 'args ${E} x' "$vars"
one words-unset "one that is not set vanishes, too" 'args $NONE x ${NONE}' "$vars"
one words-dollar "\$\$ is a dollar" 'args $$A $${A} a$$' "$vars"
one words-quoted "quotes do not keep a variable together" 'args "$A"' "$vars"
one words-quoted-value "quotes in a value count when it is split" 'args $A' "Environment=A='x y'\\x20z"
one words-quotes "quotes on the line" "args \"a b\" 'c d' e\\x20f" "$vars"
one words-quotes-inside "quotes inside a word" "args a\"b c\"d" "$vars"
one words-escapes "escapes on the line" 'args a\tb \x41 \101 \\ \s' "$vars"
one words-percent "%% on the line" "args 100%%" "$vars"
one words-semicolon "an escaped semicolon" 'args a \; b' "$vars"
one words-continuation "a line that goes on" $'args a \\\n    b' "$vars"
one words-name "a name that is none" 'args $1 ${-} $' "$vars"
one words-name-longer "more behind a name" 'args $B.c $B-c $B$A x' "$vars"
one words-name-braces "what is no name in braces" 'args ${} ${B.c} ${B c}' "$vars"
one words-name-colon "a colon in braces" 'args ${B:-x} ${B:+$$x} ${B:${B}' "$vars"
one words-name-open "braces that do not end" 'args ${B x${B$$' "$vars"
one words-value-quotes "quotes in the value of a word of its own" 'args $A ${A}' \
    "Environment=\"A='x y' a'b c'd \\\"e\\\" ''\""
one words-value-unclosed "quotes in it that do not end" 'args $A' "Environment=\"A=a 'b c\""
one words-value-backslash "backslashes in it" 'args $A ${A}' 'Environment="A=a\\ b c\\td \\"'
one semicolon "a semicolon ends a command of a oneshot" "say one ; ACTOR a.two say two" "$vars"
one no-expansion-colon "':' keeps dollars" "env B" "$vars" 'ExecStart=:ACTOR a.colon args $A ${A} $$'
begin argv0 "'@' sets the name of the program"
service a.service -- Type=oneshot "ExecStart=@ACTOR WORK/other a.main say hello"
steps "start a.service"
begin prefix-dash-colon "prefixes together"
service a.service -- Type=oneshot "Environment=A=1" 'ExecStart=-:ACTOR a.one args $A' "ExecStart=:-ACTOR a.two exit 3"
steps "start a.service"
begin prefix-plus "'+' changes nothing of the environment"
service a.service -- Type=oneshot "Environment=A=1" "ExecStart=+ACTOR a.main env A"
steps "start a.service"
begin prefix-twice "a prefix twice is refused"
service a.service -- Type=oneshot "ExecStart=--ACTOR a.main"
steps "start a.service"
begin reset-list "an empty ExecStart= resets the list"
service a.service -- Type=oneshot "ExecStart=ACTOR a.one" "ExecStart=" "ExecStart=ACTOR a.two"
steps "start a.service"

# --- the variables that the manager sets ---

one own "what there is" "envset INVOCATION_ID envset SYSTEMD_EXEC_PID envset NOTIFY_SOCKET envset MAINPID \
envset SERVICE_RESULT envset WATCHDOG_USEC envset LISTEN_FDS" "Environment=A=1"
one own-exec-pid "\$SYSTEMD_EXEC_PID is the own pid" "who SYSTEMD_EXEC_PID" "Environment=A=1"
one own-runtime "RuntimeDirectory= has its variable" "envset RUNTIME_DIRECTORY envset STATE_DIRECTORY" \
    "RuntimeDirectory=conformance-x"
begin mainpid "who gets \$MAINPID"
service a.service -- Type=notify "ExecStartPre=ACTOR a.pre who MAINPID" \
    "ExecStart=ACTOR a.main envset MAINPID ready wait" \
    "ExecStartPost=ACTOR a.startpost who MAINPID" "ExecReload=ACTOR a.reload who MAINPID" \
    "ExecStop=ACTOR a.stop who MAINPID" "ExecStopPost=ACTOR a.post who MAINPID"
steps "start a.service" "reload a.service" "stop a.service"
begin monitor-success "OnSuccess= and \$MONITOR_*"
service a.service "OnSuccess=b.service" -- Type=oneshot "ExecStart=ACTOR a.main exit 0"
service b.service -- Type=oneshot "ExecStart=ACTOR b.main env MONITOR_SERVICE_RESULT env MONITOR_EXIT_CODE \
env MONITOR_EXIT_STATUS env MONITOR_UNIT envset MONITOR_INVOCATION_ID"
steps "start a.service" "await-trace b.main MONITOR_INVOCATION_ID is set"
begin monitor-failure "OnFailure= and \$MONITOR_*"
service a.service "OnFailure=b.service" -- Type=oneshot "ExecStart=ACTOR a.main exit 3"
service b.service -- Type=oneshot "ExecStart=ACTOR b.main env MONITOR_SERVICE_RESULT env MONITOR_EXIT_CODE \
env MONITOR_EXIT_STATUS env MONITOR_UNIT envset MONITOR_INVOCATION_ID"
steps "start a.service" "await-trace b.main MONITOR_INVOCATION_ID is set"
