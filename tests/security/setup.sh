#!/bin/bash
# Inside of a container, as root: what the attempts of probe.c are about. The same for systemd and for reeve.
mkdir -p /usr/open /etc/open /srv/open /var/lib/open
chmod 1777 /usr/open /etc/open /srv/open /var/lib/open
mkdir -p /usr/lib/modules/outside/x /run/user/0 /run/dbus
touch /srv/foreign /tmp/outside /var/tmp/outside /home/outside /run/user/0/x /etc/machine-id /etc/resolv.conf
[[ -e /run/dbus/system_bus_socket ]] || touch /run/dbus/system_bus_socket
readlink /proc/1/ns/net >/srv/network
chown 4242:4242 /srv/foreign
chmod 666 /etc/machine-id /tmp/outside /var/tmp/outside
mknod -m 666 /dev/outside c 1 3
mkdir -p /usr/lib/probe
cp /work/probe /usr/lib/probe/probe
