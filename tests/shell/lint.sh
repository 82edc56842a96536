#!/bin/bash
# time limit: 300
# Static checks over the files that git knows: what a reviewer should not have to look for.
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
if ! git rev-parse --git-dir >/dev/null 2>&1; then
    skip_all "no git checkout here"
fi

# Files that are tracked and not (yet) deleted.
files() {
    local name
    git ls-files -- "$@" | while read -r name; do
        [[ ! -e $name ]] || echo "$name"
    done
}

# C text without comments; what is in // comments stays, since C89 has none.
uncommented() {
    gcc -std=c89 -fpreprocessed -dD -E -P -w "$1" 2>/dev/null
}

# grep that finds nothing is what we want; what it finds is the message.
none() {
    local found
    found=$("$@")
    [[ -z $found ]] || { echo "$found"; return 1; }
}

shell_files() {
    { files '*.sh'; git grep -lIE '^#!.*\b(ba)?sh\b'; } | sort -u
}

check_shell() {
    shell_files | xargs -r -n 4 -P "$(nproc)" shellcheck -x
}
if command -v shellcheck >/dev/null; then
    ok "shellcheck has nothing to say" check_shell
else
    skip "no shellcheck" "shellcheck has nothing to say"
fi

check_manual() {
    local page output status=0
    for page in $(files 'supervisor/man/*.[1-8]') $(compgen -G "${BUILD:-build}/man/*.[1-8]"); do
        output=$(mandoc -Tlint -Wstyle "$page" 2>/dev/null | grep -vE 'referenced manual not found|operating system explicitly|RCS id missing')
        [[ -z $output ]] || { echo "$output"; status=1; }
    done
    return "$status"
}
if command -v mandoc >/dev/null; then
    ok "the man pages are good mdoc" check_manual
else
    skip "no mandoc" "the man pages are good mdoc"
fi

# Registries have mirrors, machines have other paths: neither belongs into a file of ours. (The brackets keep this file
# from finding itself.)
registries='registry[.]npmjs|registry[.]yarnpkg|docker[.]io|ghcr[.]io|quay[.]io|gcr[.]io|pypi[.]org|crates[.]io|proxy[.]golang'
machine='(^|[^A-Za-z0-9_.])/(work/(main|shared)|home/[a-z]+/|Users/|var/tmp/rootfs)'
ok "no file names a package registry" none git grep -nIE "$registries" -- . ':!tests/shell/lint.sh'
ok "no file names a path of somebody's machine" none git grep -nIE "$machine" -- . ':!tests/shell/lint.sh'

line_comments() {
    local name
    for name in $(files '*.c' '*.h' | xargs grep -l //); do
        # gcc keeps # lines; strings and character constants go, then two slashes can only be a comment.
        uncommented "$name" | sed -E 's/"([^"\\]|\\.)*"//g; s/'"'"'([^'"'"'\\]|\\.)'"'"'//g' |
            grep -nE '//' | sed "s|^|$name: |"
    done
}
ok "no // comments" none line_comments

# Unsafe, or with side effects that a PID 1 cannot have (name lookups, shells, locks).
banned='strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|gets|system|popen|alloca|signal|getpwnam|getpwuid|getgrnam|getgrgid|gethostbyname|getaddrinfo|dup'
banned_calls() {
    local name
    for name in $(files 'supervisor/init/*.[ch]' 'supervisor/unit/*.[ch]' 'supervisor/files/*.[ch]' 'sandbox/*.[ch]' |
        xargs grep -lE "($banned) *\\("); do
        uncommented "$name" | sed -E 's/"([^"\\]|\\.)*"//g' |
            grep -nE "(^|[^A-Za-z0-9_.>])($banned) *\\(" | sed "s|^|$name: |"
    done
}
ok "PID 1 calls no banned function" none banned_calls
ok "one place of reeve knows the order of the arguments of clone(2)" none git grep -nw SYS_clone -- sandbox supervisor ':!sandbox/clone.h'

# unit <- sandbox <- wire <- files <- {init, log, health, bus, ctl}; services know nothing of the supervisor.
allowed_includes() {
    case $1 in
    supervisor/unit) echo 'supervisor/unit/' ;;
    # fd.h is a leaf: ownership of descriptors, header only.
    sandbox) echo 'supervisor/unit/|sandbox/|supervisor/wire/fd[.]h' ;;
    supervisor/wire) echo 'supervisor/unit/|sandbox/|supervisor/wire/' ;;
    # identity.h is one as well: who a service runs as, in numbers.
    supervisor/files) echo 'supervisor/unit/|sandbox/identity[.]h|supervisor/wire/fd[.]h|supervisor/files/' ;;
    # So is address.h: what HealthCmd= means, for verify.
    supervisor/ctl) echo 'supervisor/unit/|sandbox/|supervisor/wire/|supervisor/files/|supervisor/health/address[.]h|supervisor/ctl/' ;;
    supervisor/*) echo "supervisor/unit/|sandbox/|supervisor/wire/|supervisor/files/|$1/" ;;
    services/*) echo "services/common/|$1/|gen/" ;;
    esac
}
layers() {
    local name folder allowed
    for name in $(files 'supervisor/*.[ch]' 'sandbox/*.[ch]' 'services/*.[ch]'); do
        folder=$(dirname "$name")
        allowed=$(allowed_includes "$folder")
        [[ -n $allowed ]] || { echo "$name: lies in no layer"; continue; }
        grep -nE '^# *include "[^"]*/' "$name" | grep -vE "include \"($allowed)" | sed "s|^|$name:|"
    done
}
ok "includes go one way: unit, sandbox, wire, files, programs" none layers

# Tests run side by side.
same_ports() {
    files 'tests/shell/*.sh' | xargs grep -ohE '_PORT:-[0-9]+' | sort | uniq -d
}
ok "no two tests of tests/shell have the same health port" none same_ports

# Pure means: no system call, no clock, no log, no allocation behind one's back.
impure() {
    files 'supervisor/unit/*.[ch]' |
        xargs -r grep -nE '^# *include <(unistd|fcntl|time|syslog|poll|pthread|sys/(stat|socket|mount|prctl|syscall|time|mman))\.h>|^# *include <systemd/'
}
ok "supervisor/unit is pure: it includes no header of system calls" none impure
# What the compiled layer asks of libc is the better witness; it is there after a build.
system_calls() {
    local object
    for object in "${BUILD:-build}"/obj/supervisor/unit/*.o; do
        [[ ! -e $object ]] || nm -u "$object" |
            grep -wE '(open|openat|read|write|close|fork|vfork|clone|exec[vl]p?e?|kill|wait(pid|id)?|socket|connect|clock_gettime|gettimeofday|time|getenv|secure_getenv|f?printf|puts|syslog|sd_[a-z_]+|mmap|syscall|poll|nanosleep|getpid)' |
            sed "s|^|$object:|"
    done
}
ok "supervisor/unit is pure: its objects call nothing of the kind" none system_calls

# A foreign library is behind one .c file of its folder, so that it can be replaced there.
foreign='systemd/sd-event.h systemd/sd-daemon.h systemd/sd-bus.h sys/capability.h seccomp.h microhttpd.h zlib.h zstd.h hiredis/ curl/ libwebsockets.h'
foreign_libraries() {
    local library folder users
    for library in $foreign; do
        for folder in $(files '*.c' '*.h' | grep -v '^tests/' | xargs dirname | sort -u); do
            users=$(grep -lE "^# *include <$library" "$folder"/*.[ch] 2>/dev/null)
            (($(wc -w <<<"$users") <= 1)) || echo "$folder: $library is included by ${users//$'\n'/ }"
        done
    done
}
ok "each foreign library is behind one file of its folder" none foreign_libraries

# 400 is the aim; at 600 a file is two files.
too_long() {
    local name
    for name in $(files '*.c'); do
        (($(wc -l <"$name") <= 600)) || echo "$name: $(wc -l <"$name") lines"
    done
}
ok "no C file is longer than 600 lines" none too_long

sleeps() {
    files 'tests/*.sh' tests/run .ci/run | xargs -r grep -nE '(^|[;&| ])sleep +[0-9.$]'
}
ok "no test sleeps" none sleeps

done_testing
