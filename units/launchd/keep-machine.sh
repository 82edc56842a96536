#!/bin/bash
# keep-machine.sh MACHINE: starts the Podman machine if it does not run. Called by launchd at login, each minute, and
# after a sleep; so whatever ended the machine, it is back within a minute. Says nothing when there is nothing to do.
set -u
machine=$1

state=$(podman machine inspect --format '{{.State}}' "$machine" 2>&1) || {
    echo "$(date) no machine $machine: $state"
    exit 1
}
case $state in
running | starting) exit 0 ;;
esac
echo "$(date) machine $machine is $state: starting it"
podman machine start "$machine"
