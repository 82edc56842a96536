#ifndef REEVE_INIT_PREFLIGHT_H
#define REEVE_INIT_PREFLIGHT_H

/*
 * A look before the start, at what would fail for sure: missing programs and directories, ports
 * that somebody else has (SocketBindAllow= names a unit's ports). All findings are printed, with
 * the unit, the place in its file and the remedy; the first one gives the exit status that the
 * service would have had.
 */

#include "supervisor/init/pod.h"

int preflight(const struct pod *pod, struct problem_sink *sink) MUST_CHECK;

#endif
