# shellcheck shell=bash disable=SC2034 # names for who sources this
# A small pod of a test's own: programs, directories and what nearly each of them wants to ask. Source tap.sh first, then call
#
#   small_pod PORT [PROGRAM...]   PORT: of its health port, another one in each test, since they run side by side;
#                                 PROGRAM: from $built, to lie in $work/bin as well
#
# It sets built, work, reeve, ctl, units, out, log and what reeve reads from its environment; $out may be written by uid 1001. `pid`
# is for the reeve that is to be killed at the end; who has more to clear away defines end() anew.
small_pod() {
    local port=$1
    shift
    built=$(realpath "${BUILD:-build}")
    work=$(mktemp -d)
    chmod 0755 "$work"
    trap end EXIT
    # A copy of the programs: the clone may lie below a directory that is closed to uid 1001.
    install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health} "${@/#/$built/}"
    reeve=$work/bin/reeve ctl=$work/bin/reevectl units=$work/units out=$work/out log=$work/log pid=''
    export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:$port
    mkdir -p "$work/run" "$work/state" "$out" "$units"
    chmod 0700 "$work/run"
    [[ $(id -u) != 0 ]] || chown 1001:1001 "$work/run" "$work/state" "$out"
}
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
# unit NAME: from standard input
unit() {
    cat >"$units/$1"
}
# show UNIT PROPERTY
show() {
    "$ctl" show "$1" -p "$2" --value
}
# is_show UNIT PROPERTY VALUE
is_show() {
    [[ $(show "$1" "$2") == "$3" ]]
}
