#!/bin/bash
# Prints the cases about standard input and output: what a command reads and where it writes, told by its exit status.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

# one_of NAME TEXT "SETTING;SETTING" SHELL-COMMAND
one_of() {
    local -a settings=()
    IFS=';' read -r -a settings <<<"$3"
    begin "$1" "$2"
    service a.service -- Type=oneshot "${settings[@]}" \
        "ExecStartPre=+/bin/sh -c 'printf old-contents >WORK/old'" "ExecStart=/bin/sh -c '$4'"
    steps "start a.service" settle "show a.service"
}

one_of file "file: writes over what is there" "StandardOutput=file:WORK/old" \
    "printf NEW; test \$\$(cat WORK/old) = NEW-contents"
one_of append "append: goes on" "StandardOutput=append:WORK/old" \
    "printf NEW; test \$\$(cat WORK/old) = old-contentsNEW"
one_of made "append: makes the file, for all but UMask=" "UMask=0027;StandardOutput=append:WORK/made" \
    "test \$\$(stat -c %%a WORK/made) = 640"
one_of error-shares "standard error shares standard output by default" "StandardOutput=append:WORK/both" \
    "printf a; printf b >&2; printf c; test \$\$(cat WORK/both) = abc"
one_of same-file "two settings of one file are one open" "StandardOutput=file:WORK/both;StandardError=file:WORK/both" \
    "printf a; printf b >&2; printf c; test \$\$(cat WORK/both) = abc"
one_of error-alone "standard error alone into a file" "StandardOutput=null;StandardError=append:WORK/error" \
    "printf a; printf b >&2; test \$\$(cat WORK/error) = b"
one_of null "null" "StandardOutput=null" "test \$\$(readlink /proc/self/fd/2) = /dev/null"
one_of text "StandardInputText= has a newline behind each" \
    "StandardInput=data;StandardInputText=first\\x20line;StandardInputText=%p" \
    "read -r a; read -r b; test \"\$\$a/\$\$b\" = \"first line/a\""
one_of data "StandardInputData= is Base64, in parts" "StandardInput=data;StandardInputData=YWJj;StandardInputData=ZGUK" \
    "read -r a; test \$\$a = abcde"
one_of data-alone "data implies StandardInput=data" "StandardInputText=x" "read -r a; test \$\$a = x"
one_of input "StandardInput=file:" "StandardInput=file:/proc/sys/kernel/ostype" "read -r a; test \$\$a = Linux"
one_of inherit "inherit is no input" "StandardInput=file:/dev/zero;StandardOutput=inherit" \
    "test \$\$(readlink /proc/self/fd/2) = /dev/zero"
one_of inherit-null "and not null" "StandardOutput=inherit" "test \$\$(readlink /proc/self/fd/2) = /dev/null"
one_of no-input "an input that is not there" "StandardInput=file:WORK/no/file" true
one_of no-output "an output that cannot be made" "StandardOutput=append:WORK/no/file" true
one_of no-error "a standard error that cannot be made" "StandardError=append:WORK/no/file" true
