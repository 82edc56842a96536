# shellcheck shell=bash
# TAP for shell tests: source this file, call the words below, end with `done_testing`.
#
#   ok TEXT COMMAND...          the command succeeds; what it printed is shown when it does not
#   not_ok TEXT COMMAND...      the command fails
#   is GOT WANTED TEXT          two strings are the same
#   like GOT REGEX TEXT         a string matches an extended regular expression
#   pass TEXT, fail TEXT        the verdict was found in another way
#   skip REASON TEXT            one test that cannot be done here, and why
#   skip_all REASON             the same for the whole file; ends it
#   diag TEXT...                a remark
#   wait_until SECONDS COMMAND...   waits until the command succeeds; fails after SECONDS of CLOCK_BOOTTIME
#   done_testing                prints the plan and ends with status 0 or 1
#
# wait_until is the only place in the tests that may wait, and always for something.

tap_count=${TAP_COUNT:-0} # a script that executes itself anew goes on counting
tap_failed=${TAP_FAILED:-0}

tap_line() {
    tap_count=$((tap_count + 1))
    echo "$1 $tap_count - $2"
}

diag() {
    printf '%s\n' "$*" | sed 's/^/# /'
}

pass() {
    tap_line ok "$1"
}

fail() {
    tap_failed=$((tap_failed + 1))
    tap_line "not ok" "$1"
}

ok() {
    local text=$1 output
    shift
    if output=$("$@" 2>&1); then
        pass "$text"
    else
        fail "$text"
        diag "command: $*"
        [[ -z $output ]] || diag "$output"
        return 1
    fi
}

not_ok() {
    local text=$1 output
    shift
    if output=$("$@" 2>&1); then
        fail "$text"
        diag "should have failed: $*"
        [[ -z $output ]] || diag "$output"
        return 1
    else
        pass "$text"
    fi
}

is() {
    if [[ $1 == "$2" ]]; then
        pass "$3"
    else
        fail "$3"
        diag "   got: $1"
        diag "wanted: $2"
        return 1
    fi
}

like() {
    if [[ $1 =~ $2 ]]; then
        pass "$3"
    else
        fail "$3"
        diag "        got: $1"
        diag "should match: $2"
        return 1
    fi
}

skip() {
    tap_line ok "$2 # SKIP $1"
}

skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

done_testing() {
    echo "1..$tap_count"
    ((tap_failed == 0))
    exit
}

# Seconds with two digits since boot: a clock that nobody sets, unlike date(1)'s.
uptime_now() {
    local up
    read -r up _ </proc/uptime
    echo "$up"
}

# A pipe that nobody writes to: reading it with a time limit is a wait without a process.
exec {tap_quiet}<> <(:)

wait_until() {
    local up end
    read -r up _ </proc/uptime
    end=$((${up%.*} + $1 + 1))
    shift
    until "$@" >/dev/null 2>&1; do
        read -r up _ </proc/uptime
        ((${up%.*} < end)) || return 1
        read -r -t 0.05 -u "$tap_quiet" _ || true
    done
}
