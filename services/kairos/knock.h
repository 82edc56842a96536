/*
 * Why a connection cannot be had, in the kernel's words: libwebsockets tells only that it failed.
 */
#ifndef SERVICES_KAIROS_KNOCK_H
#define SERVICES_KAIROS_KNOCK_H

#include <stdint.h>

/*
 * Connects to the first address of the host and hangs up. 0, or what connect(2) says, such as
 * -ECONNREFUSED; -ETIMEDOUT at the deadline (monotonic microseconds); -EHOSTUNREACH: no such host.
 */
int knock(const char *host, int port, uint64_t deadline_us) __attribute__((warn_unused_result));

#endif
