#include "sandbox/network.h"

#include "supervisor/wire/fd.h"

#include <net/if.h>
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
