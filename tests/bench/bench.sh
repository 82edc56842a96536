#!/bin/bash
# What reeve costs, beside s6, runit and supervisord and a bare clone+exec loop (README.md beside this file).
#
#   tests/bench/bench.sh [ROUNDS]     ROUNDS: samples of the runs with 1,000 services (20); build/bench/report.md, results
#
# PEERS="s6 runit supervisord": who runs beside reeve and the floor; KEEP=1 keeps the work directory.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$(realpath "${BUILD:-build}")
rounds=${1:-20} few=3 many=1000
peers=${PEERS-s6 runit supervisord}
export LC_ALL=C

[[ $EUID == 0 ]] || { echo "bench: only root can make the namespaces of the test" >&2; exit 1; }
work=$(mktemp -d /tmp/reeve-bench.XXXXXX)
cleanup() {
    [[ ${KEEP:-} ]] || rm -rf "$work"
}
trap cleanup EXIT
# reeve becomes another user, who must reach its programs and write to the boards.
chmod 755 "$work"
cp "$build"/{reeve,reeve-log,reeve-health} "$build"/bench/{service,floor,sampler} "$work"

number() {
    printf '%04d' "$1"
}

# command PROGRAM COUNT SIGNAL WORD...: what the sampler shall start, and the signal that stops it.
command_of() {
    local program=$1 count=$2
    shift 2
    printf '%s\n' "$@" >"$work/$program.$count"
}

floor_of() {
    command_of floor "$1" 15 "$work/floor" "$work/service" "$work/floor.board" "$1"
}

reeve_of() {
    local dir=$work/reeve-$1 i
    mkdir -p "$dir"
    for ((i = 0; i < $1; i++)); do
        printf '%s\n' '[Unit]' "Description=Trivial service $i" StartLimitIntervalSec=0 '' '[Service]' \
            "ExecStart=$work/service $work/reeve.board $i" Restart=always RestartSec=0 \
            >"$dir/trivial-$(number "$i").service"
    done
    command_of reeve "$1" 15 "$work/reeve" --units "$dir" --state "$work/state"
}

# A directory with a run script per service, for s6 and runit alike.
scripts_of() {
    local program=$1 count=$2 dir=$work/$1-$2 i
    for ((i = 0; i < count; i++)); do
        mkdir -p "$dir/trivial-$(number "$i")"
        printf '%s\n' '#!/bin/sh' "exec $work/service $work/$program.board $i" >"$dir/trivial-$(number "$i")/run"
        chmod 755 "$dir/trivial-$(number "$i")/run"
    done
}

s6_of() {
    scripts_of s6 "$1"
    command_of s6 "$1" 15 "$(command -v s6-svscan)" -c $((many + 100)) "$work/s6-$1"
}

# SIGHUP: runsvdir tells each runsv to stop its service, and ends.
runit_of() {
    scripts_of runit "$1"
    command_of runit "$1" 1 "$unpacked/usr/bin/runsvdir" "$work/runit-$1"
}

supervisord_of() {
    local file=$work/supervisord-$1.conf i
    {
        printf '%s\n' '[supervisord]' nodaemon=true user=root "logfile=$work/supervisord-own.log" \
            "pidfile=$work/supervisord.pid" loglevel=critical minfds=8192
        for ((i = 0; i < $1; i++)); do
            printf '%s\n' "[program:trivial-$(number "$i")]" \
                "command=$work/service $work/supervisord.board $i" startsecs=0 autorestart=true \
                stdout_logfile=NONE stderr_logfile=NONE
        done
    } >"$file"
    command_of supervisord "$1" 15 "$(command -v python3)" "$unpacked/usr/bin/supervisord" -c "$file"
}

# The programs of the peers that must not be installed, since that would start daemons, are unpacked.
unpacked=$build/bench/unpacked
declare -a programs=(floor reeve)
for peer in $peers; do
    case $peer in
    s6) probe=$(command -v s6-svscan || true) ;;
    runit) probe=$unpacked/usr/bin/runsvdir ;;
    supervisord) probe=$unpacked/usr/bin/supervisord ;;
    *) probe= ;;
    esac
    if [[ -x $probe ]]; then
        programs+=("$peer")
    else
        echo "bench: $peer is not here, going on without it"
    fi
done
for program in "${programs[@]}"; do
    "${program}_of" $few
    "${program}_of" $many
done

export REEVE_RUNTIME_DIR=$work/run REEVE_HEALTH_LISTEN=127.0.0.1:18740
export PYTHONPATH=$unpacked/usr/lib/python3/dist-packages PYTHONDONTWRITEBYTECODE=1
mkdir -p "$work"/{run,state}
chown 1001:1001 "$work"/{run,state}
results=$build/bench/results
{
    echo "host date $(date -u +%F)"
    echo "host version $("$build/reeve" --version | awk '{ print $2; exit }')"
    echo "host commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
    echo "host began $(date +%s)"
    echo "host kernel $(uname -r)"
    echo "host cores $(nproc)"
    echo "host load-before $(cut -d' ' -f1-3 /proc/loadavg)"
} >"$results"
sample() {
    env -i PATH="$PATH:$unpacked/usr/bin" REEVE_RUNTIME_DIR="$REEVE_RUNTIME_DIR" REEVE_HEALTH_LISTEN="$REEVE_HEALTH_LISTEN" \
        PYTHONPATH="$PYTHONPATH" PYTHONDONTWRITEBYTECODE=1 "$work/sampler" "$work" "$@" "${programs[@]}" >>"$results"
}
[[ ${ONLY:-few} != few ]] || sample few $few "$rounds"
[[ ${ONLY:-many} != many ]] || sample many $many "$rounds"
{
    echo "host load-after $(cut -d' ' -f1-3 /proc/loadavg)"
    echo "host ended $(date +%s)"
} >>"$results"
awk -f tests/bench/report.awk "$results" | tee "$build/bench/report.md"
