# shellcheck shell=bash disable=SC2034 # podman and image_options are used by who sources this
# podman with a store of its own below DIRECTORY, so that the images and settings of the machine's user stay as they
# are. Sets podman (the command, an array) and image_options (for podman build: what this machine needs to get out).
image_podman() {
    local directory=$1 file files
    mkdir -p "$directory/net"
    # podman asks for a million files and four million processes, which only CAP_SYS_RESOURCE can give.
    files=$(ulimit -Hn)
    [[ $files != unlimited ]] || files=1048576
    # Another test may be reading the one that is there.
    cat >"$directory/containers.conf.$$" <<CONF
[containers]
default_ulimits = ["nofile=$files:$files", "nproc=4096:4096"]
[network]
network_backend = "netavark"
network_config_dir = "$directory/net"
[engine]
runtime = "$(command -v runc >/dev/null && echo runc || echo crun)"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
    mv "$directory/containers.conf.$$" "$directory/containers.conf"
    export CONTAINERS_CONF=$directory/containers.conf
    podman=(podman --root "$directory/storage" --runroot "$directory/run")
    image_options=()
    # A machine behind an inspecting proxy has a certificate authority of its own; npm must know it as well.
    file=/etc/ssl/certs/ca-certificates.crt
    [[ ! -s $file ]] || image_options+=(-v "$file:$file:ro")
}

# What podman run needs for systemd as PID 1: sets systemd_options. systemd wants cgroup v2; where the machine has v1 or
# both, it gets the v2 tree if there is one. The whole tree: it must see its own cgroup below the same path as /proc does.
image_systemd_options() {
    systemd_options=(--systemd=always)
    [[ -e /sys/fs/cgroup/cgroup.controllers || ! -e /sys/fs/cgroup/unified/cgroup.procs ]] ||
        systemd_options=(--systemd=false --cgroupns=host -v /sys/fs/cgroup/unified:/sys/fs/cgroup:rw -e container=podman)
}
