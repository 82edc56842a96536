#!/bin/bash
# Saves and brings back what Redis keeps (its append-only file), while the pod runs.
#
#   backup.sh save [-c CONTAINER] FILE       DataHub goes on; what was written until now is in FILE, a tar
#   backup.sh restore [-c CONTAINER] FILE    FILE is checked first; then Redis, and what requires it, is stopped and started
#
#   -c CONTAINER   the container with Redis; without it, the pod of `make run` in this checkout
#   PODMAN         the engine, with options: "docker", "podman --root DIR"
#   REEVE_STATE    where `make run` keeps its state, default ./var
#
# A restore that does not come up is taken back: then the data is as before, and the status is 1.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
read -r -a podman <<<"${PODMAN:-podman}"
container=

usage() {
    sed -n '4,5s/^# *//p' "$0" >&2
    exit 2
}

die() {
    echo "backup.sh: $*" >&2
    exit 1
}

(($#)) || usage
verb=$1
shift
while getopts c: option; do
    case $option in
    c) container=$OPTARG ;;
    *) usage ;;
    esac
done
shift $((OPTIND - 1))
[[ $# == 1 && $verb =~ ^(save|restore)$ ]] || usage
file=$1

# there SCRIPT: runs it where Redis is.
there() {
    if [[ $container ]]; then
        "${podman[@]}" exec -i "$container" /bin/sh -c "$1"
    else
        PATH="$top/${BUILD:-build}:$PATH" REEVE_STATE="${REEVE_STATE:-$top/var}" /bin/sh -c "$1"
    fi
}

# Both scripts begin so.
# shellcheck disable=SC2016 # for the shell over there
common='set -eu
dir=$REEVE_STATE/traderterminal/redis
'

# The file consists of parts, and a manifest that names them. While they are copied no rewrite may replace them; what Redis
# appends meanwhile is no harm, since tar takes as much as there was when it began, and an end that is cut off is dropped.
# The password is that of the container, if it has one. redis-cli ends with 0 also when Redis answers none of its questions.
# shellcheck disable=SC2016 # for the shell over there
save_script=$common'
[ ! -r "${REDIS_PASSWORD_FILE:-}" ] || export REDISCLI_AUTH="$(cat "$REDIS_PASSWORD_FILE")"
answer=$(redis-cli ping) || true
[ "$answer" = PONG ] || { echo "Redis says: ${answer:-nothing}. A password is in the file that REDIS_PASSWORD_FILE names?" >&2; exit 1; }
percentage=$(redis-cli config get auto-aof-rewrite-percentage | tail -n 1)
trap "redis-cli config set auto-aof-rewrite-percentage $percentage >/dev/null" EXIT
redis-cli config set auto-aof-rewrite-percentage 0 >/dev/null
while redis-cli info persistence | grep -q "^aof_rewrite_in_progress:1"; do
    sleep 0.1
done
tar -C "$dir" -cf - appendonlydir || [ $? = 1 ]'

# shellcheck disable=SC2016 # for the shell over there
restore_script=$common'
new=$dir/restored old=$dir/replaced
# An earlier restore may have been cut off: then what Redis had before it is nowhere else.
[ ! -e "$old" ] || [ -e "$dir/appendonlydir" ] || mv "$old" "$dir/appendonlydir"
if [ -e "$old" ]; then
    echo "an earlier restore was cut off: what Redis had before is in $old. Remove it, or put it back in the place of appendonlydir" >&2
    exit 1
fi
rm -rf "$new"
mkdir "$new"
trap "rm -rf \"$new\"" EXIT
tar -C "$new" -xf -
redis-check-aof "$new"/appendonlydir/*.manifest >&2 </dev/null
# What runs now shall run then.
units=$(reevectl --no-legend --state=active list-units | cut -d " " -f 1)
reevectl stop redis
mv "$dir/appendonlydir" "$old"
mv "$new/appendonlydir" "$dir/appendonlydir"
if ! reevectl start redis $units; then
    reevectl stop redis || true
    rm -rf "$dir/appendonlydir"
    mv "$old" "$dir/appendonlydir"
    reevectl start redis $units
    exit 1
fi
rm -rf "$old"'

case $verb in
save)
    trap 'rm -f "$file.new"' EXIT
    there "$save_script" >"$file.new" || die "Redis could not be asked"
    tar -tf "$file.new" | grep -q '[.]manifest$' || die "there is no append-only file in what came"
    mv "$file.new" "$file"
    echo "$file: $(stat -c %s "$file") bytes"
    ;;
restore)
    [[ -s $file ]] || die "there is no $file"
    there "$restore_script" <"$file" || die "not restored; the data is as it was"
    echo "restored from $file"
    ;;
esac
