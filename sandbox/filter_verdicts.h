#ifndef REEVE_SANDBOX_FILTER_VERDICTS_H
#define REEVE_SANDBOX_FILTER_VERDICTS_H

/*
 * What SystemCallFilter= and SystemCallLog= make of a call, whatever its arguments: SECCOMP_RET_…,
 * with the errno.
 */

#include "sandbox/filter.h"

uint32_t filter_verdict(const struct filter_request *request, enum call call);

/* Of a number that no call of the table has. */
uint32_t filter_verdict_unknown(const struct filter_request *request);

/* The call is refused with this errno. */
uint32_t filter_refuse(int error);

/* The call is made, be it logged. */
bool filter_lets_pass(uint32_t verdict);

#endif
