#ifndef REEVE_UNIT_EXIT_STATUS_H
#define REEVE_UNIT_EXIT_STATUS_H

/*
 * Exit statuses that have a name: systemd.exec(5), "Process exit codes". A child that fails between
 * fork and exec ends with one of the 200s; the name goes into the message that the user sees.
 */

enum exit_status {
    EXIT_STATUS_INVALIDARGUMENT = 2,
    EXIT_STATUS_NOTCONFIGURED = 6,
    EXIT_STATUS_CRASH = 70,  /* EX_SOFTWARE: reeve itself failed */
    EXIT_STATUS_CONFIG = 78, /* EX_CONFIG: the unit files cannot be used */
    EXIT_STATUS_CHDIR = 200,
    EXIT_STATUS_NICE = 201,
    EXIT_STATUS_FDS = 202,
    EXIT_STATUS_EXEC = 203,
    EXIT_STATUS_MEMORY = 204,
    EXIT_STATUS_LIMITS = 205,
    EXIT_STATUS_OOM_ADJUST = 206,
    EXIT_STATUS_SIGNAL_MASK = 207,
    EXIT_STATUS_STDIN = 208,
    EXIT_STATUS_STDOUT = 209,
    EXIT_STATUS_CHROOT = 210,
    EXIT_STATUS_IOPRIO = 211,
    EXIT_STATUS_TIMERSLACK = 212,
    EXIT_STATUS_SECUREBITS = 213,
    EXIT_STATUS_SETSCHEDULER = 214,
    EXIT_STATUS_CPUAFFINITY = 215,
    EXIT_STATUS_GROUP = 216,
    EXIT_STATUS_USER = 217,
    EXIT_STATUS_CAPABILITIES = 218,
    EXIT_STATUS_CGROUP = 219,
    EXIT_STATUS_SETSID = 220,
    EXIT_STATUS_STDERR = 222,
    EXIT_STATUS_NETWORK = 225,
    EXIT_STATUS_NAMESPACE = 226,
    EXIT_STATUS_NO_NEW_PRIVILEGES = 227,
    EXIT_STATUS_SECCOMP = 228,
    EXIT_STATUS_PERSONALITY = 230,
    EXIT_STATUS_ADDRESS_FAMILIES = 232,
    EXIT_STATUS_RUNTIME_DIRECTORY = 233,
    EXIT_STATUS_CHOWN = 235,
    EXIT_STATUS_KEYRING = 237,
    EXIT_STATUS_STATE_DIRECTORY = 238,
    EXIT_STATUS_CACHE_DIRECTORY = 239,
    EXIT_STATUS_LOGS_DIRECTORY = 240,
    EXIT_STATUS_CONFIGURATION_DIRECTORY = 241,
    EXIT_STATUS_NUMA_POLICY = 242,
    EXIT_STATUS_CREDENTIALS = 243,
};

/* "EXEC" for 203, "FAILURE" for 1; NULL when the status has no name. */
const char *exit_status_name(int status);

/* The status of a name as systemd writes it, any case of letters not accepted; -1 when unknown. */
int exit_status_from_name(const char *name);

#endif
