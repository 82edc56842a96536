#!/bin/bash
# shellcheck disable=SC2016 # the dollars are for the units
# Prints the cases about credentials: what a service finds in $CREDENTIALS_DIRECTORY.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

# one NAME TEXT SETTING...: a oneshot that tells what it has; the files are in WORK
one() {
    local name=$1 text=$2
    shift 2
    begin "$name" "$text"
    echo "--- file secret"
    echo "secret"
    echo "--- file other"
    echo "other"
    service a.service -- Type=oneshot "$@" "ExecStart=ACTOR a.main credentials" "ExecStopPost=ACTOR a.post env EXIT_STATUS"
    steps "start a.service"
}

one load "LoadCredential= of a file" LoadCredential=a:WORK/secret
one load-two "two of them" LoadCredential=a:WORK/secret LoadCredential=b:WORK/other
one load-again "the last of one name counts" LoadCredential=a:WORK/secret LoadCredential=a:WORK/other
one load-again-missing "the last of one name counts, also when it is missing" LoadCredential=a:WORK/secret LoadCredential=a:WORK/none
one load-reset "an empty line takes all back" LoadCredential=a:WORK/secret LoadCredential= LoadCredential=b:WORK/other
one load-nothing "an empty line takes all back, and nothing is left" LoadCredential=a:WORK/secret LoadCredential=
one load-missing "a file that is not there" LoadCredential=a:WORK/none
one load-missing-minus "and '-' is no help" LoadCredential=a:WORK/secret LoadCredential=b:WORK/none
one load-name-missing "a credential that is given by its name and that nobody has" LoadCredential=nobody-has-it
one load-name-missing-other "the others are there all the same" LoadCredential=nobody-has-it LoadCredential=a:WORK/secret
one load-renamed-missing "the same under another name" LoadCredential=a:nobody-has-it
one load-specifier "specifiers in the name" LoadCredential=%p.%n:WORK/secret
one load-hidden "a name that begins with a dot" LoadCredential=.a:WORK/secret LoadCredential=b:WORK/secret

one set "SetCredential=" SetCredential=a:text
one set-colon "a colon in the text" SetCredential=a:te:xt
one set-spaces "white space" "SetCredential=a:  two words"
one set-quotes "quotes are as they are" "SetCredential=a:\"two\" 'words'"
one set-escapes "escapes" 'SetCredential=a:x\x00\n\t\\\101\s'
one set-percent "no specifiers in the text" SetCredential=a:%p%%
one set-specifier "but in the name" SetCredential=%p:text
one set-dollar "no variables" 'SetCredential=a:$HOME'
one set-continued "a line that goes on" $'SetCredential=a:one \\\n  two'
one set-again "the last of one name counts" SetCredential=a:one SetCredential=a:two
one set-reset "an empty line takes all back" SetCredential=a:one SetCredential= SetCredential=b:two
one set-not-load "an empty LoadCredential= does not" SetCredential=a:one LoadCredential=
one set-equals "spaces around the equals sign" "SetCredential = a:one"

one both "LoadCredential= comes before SetCredential=" SetCredential=a:text LoadCredential=a:WORK/secret
one both-missing "SetCredential= is there when the file is not" SetCredential=a:text LoadCredential=a:WORK/none
one both-name-missing "and when nobody has the credential" LoadCredential=a:nobody-has-it SetCredential=a:text
one both-other "not for another name" SetCredential=b:text LoadCredential=a:WORK/none

one import-nothing "ImportCredential= of what nobody has" "ImportCredential=nobody.*"
one import-nothing-other "beside others" "ImportCredential=nobody.*:some." SetCredential=a:text

one unset "\$CREDENTIALS_DIRECTORY is not inherited" UnsetEnvironment=NOTHING
one override "Environment= says something else" Environment=CREDENTIALS_DIRECTORY=/none SetCredential=a:text

begin phases "which commands get them"
echo "--- file secret"
echo "secret"
service a.service -- Type=notify LoadCredential=a:WORK/secret "ExecCondition=ACTOR a.cond credentials" "ExecStartPre=ACTOR a.pre credentials" \
    "ExecStart=ACTOR a.main credentials ready wait" "ExecStartPost=ACTOR a.started credentials" \
    "ExecReload=ACTOR a.reload credentials" "ExecStop=ACTOR a.stop credentials" "ExecStopPost=ACTOR a.post credentials"
steps "start a.service" "reload a.service" "stop a.service"

begin phases-missing "the first command that would get them fails"
service a.service -- Type=oneshot LoadCredential=a:WORK/none "ExecCondition=ACTOR a.cond credentials" "ExecStartPre=ACTOR a.pre credentials" \
    "ExecStart=ACTOR a.main credentials" "ExecStop=ACTOR a.stop credentials" "ExecStopPost=ACTOR a.post credentials"
steps "start a.service"

begin phases-dash "'-' before the command: a failure counts as success"
service a.service -- Type=oneshot LoadCredential=a:WORK/none "ExecStartPre=-ACTOR a.pre credentials" "ExecStart=-ACTOR a.main credentials"
steps "start a.service"

begin neighbours "each has its own"
for letter in a b; do
    service $letter.service -- Type=oneshot "SetCredential=x:of-$letter" "ExecStart=ACTOR $letter.main credentials"
done
steps "start a.service" "start b.service"

begin template "of an instance"
service a@.service -- Type=oneshot "SetCredential=x:text" "ExecStart=ACTOR %i.main credentials"
echo "--- unit a@one.service"
steps "start a@one.service"
