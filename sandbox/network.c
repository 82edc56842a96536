#include "sandbox/network.h"

#include "supervisor/wire/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

void network_raise_loopback(void)
{
    cleanup_fd int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq loopback = { .ifr_name = "lo", .ifr_flags = IFF_UP };

    if (fd >= 0)
        (void)!ioctl(fd, SIOCSIFFLAGS, &loopback);
}

int network_make(void)
{
    int fd;

    if (unshare(CLONE_NEWNET) < 0)
        return -errno;
    network_raise_loopback();
    fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int network_join(int network)
{
    return setns(network, CLONE_NEWNET) < 0 ? -errno : 0;
}
