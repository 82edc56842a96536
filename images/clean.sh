#!/bin/sh
# Takes out of an image what the installation of packages leaves behind and no service reads: caches, logs, and what is
# another in every build (ids, caches with time stamps). Runs at the end of each RUN that installs something.
set -eu
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/*.log \
    /var/cache/ldconfig/aux-cache /var/cache/debconf/*-old /var/lib/dpkg/*-old \
    /etc/passwd- /etc/shadow- /etc/group- /etc/gshadow- /etc/subuid- /etc/subgid- \
    /var/lib/dbus/machine-id /usr/share/man/* /usr/share/doc/*/changelog* /tmp/* /root/.npm
# Who a machine is has to be said by each one; an empty file is what machine-id(5) has for that.
[ ! -e /etc/machine-id ] || : >/etc/machine-id
# fontconfig notes the time of each directory; podman build --timestamp sets that to SOURCE_DATE_EPOCH later.
find /usr/share/fonts /usr/local/share/fonts -exec touch -h -d "@${SOURCE_DATE_EPOCH:-0}" {} + 2>/dev/null || true
if command -v fc-cache >/dev/null; then
    rm -rf /var/cache/fontconfig/*
    fc-cache -s -f
fi
