#ifndef REEVE_WIRE_WIRE_H
#define REEVE_WIRE_WIRE_H

/*
 * Messages between PID 1, its helpers (reeve-log, reeve-health), reevectl and the start-up view.
 *
 * Transport: SOCK_SEQPACKET, one message per packet, native byte order (both ends are the same
 * machine). Each type has one fixed size, so a receiver needs no parser: wire_check() compares
 * length and type and makes every string end in NUL. A message that does not pass costs the peer
 * its connection, never PID 1 its life. Nobody waits: PID 1 sends with MSG_DONTWAIT; when the
 * peer's queue is full it remembers that the peer is behind and later sends a whole new snapshot
 * (WIRE_UNIT… WIRE_STATE… WIRE_SYNCED).
 *
 * A helper finds its connection on file descriptor WIRE_FD; reevectl connects to the control
 * socket. Times: *_us are microseconds; *_monotonic_us on CLOCK_MONOTONIC, *_realtime_us since the
 * epoch.
 */

#include "supervisor/unit/macro.h"
#include "supervisor/wire/history.h"

#include <stdbool.h>
#include <sys/types.h>

enum {
    WIRE_VERSION = 5,
    WIRE_FD = 3,
    WIRE_NAME_SIZE = 256,
    WIRE_TEXT_SIZE = 256,
    WIRE_COMMAND_SIZE = 1024,
    WIRE_PROPERTY_SIZE = 1024,
    WIRE_PROCESSES_MAX = 384,
    WIRE_STRENGTHS = 3, /* of enum sandbox_strength */
    WIRE_HISTORY_MAX = 64,
    WIRE_WORDS_SIZE = 1280,
};

enum wire_type {
    /* PID 1 to everyone */
    WIRE_HELLO = 1, /* struct wire_hello: first message on each connection; to reeve-log with memory
                       in which the main process of each unit stands, a pid_t by its id */
    WIRE_UNIT,      /* struct wire_unit: what a unit is; in snapshots, before its state */
    WIRE_STATE,     /* struct wire_state: how it is; in snapshots and at each change */
    WIRE_POD,       /* struct wire_pod: how the whole is; in snapshots and at each change */
    WIRE_SYNCED,    /* struct wire_header: the snapshot is complete */
    /* PID 1 to reeve-log */
    WIRE_SOURCE, /* struct wire_source with one file descriptor: read end of a unit's log pipe */
    /* reeve-health to PID 1 */
    WIRE_HEALTH,  /* struct wire_health: at each change of a unit's health */
    WIRE_VERDICT, /* struct wire_verdict: at each change of the pod's; and, in the answer to
                     WIRE_VERB_HISTORY, from PID 1 while it holds */
    /* reevectl to PID 1 */
    WIRE_REQUEST, /* struct wire_request */
    /* PID 1 to reevectl */
    WIRE_REPLY,     /* struct wire_reply: ends the answer to a request */
    WIRE_PROPERTY,  /* struct wire_property: in the answer to WIRE_VERB_SHOW */
    WIRE_PROCESSES, /* struct wire_processes: the same, of a unit */
    /* PID 1 to everyone who gets WIRE_UNIT: hardly any unit has one */
    WIRE_MORE, /* struct wire_more: what its WIRE_UNIT, just before, had no room for */
    /* PID 1 to reeve-log and to reeve-health, each time that one of them has come */
    WIRE_READER,  /* struct wire_header with one file descriptor: an end of a connection on which
                     log_wire.h is spoken */
    WIRE_HISTORY, /* struct wire_history: in the answer to WIRE_VERB_HISTORY */
    WIRE_RULES,   /* struct wire_rules: how reeve-log shall treat the lines of a unit; after the
                     WIRE_SOURCE that announces it */
    WIRE_RULE,    /* struct wire_rule: one of a list that goes with the WIRE_RULES just before */
    /* PID 1 to reeve-log */
    WIRE_LAST_WORDS, /* struct wire_last_words: the pod has failed, and ends now; with a file
                        descriptor where they shall be written to a file, too */
    WIRE_WORDS,      /* struct wire_words: of an entry; in the answer to WIRE_VERB_HISTORY */
    WIRE_JOURNAL,    /* struct wire_journal with one file descriptor: a socket of PID 1's */
    /* PID 1 to reeve-log, behind its WIRE_HELLO */
    WIRE_MASKS, /* struct wire_header with a file descriptor: fingerprints of credentials, memory
                   with a struct mask_table */
    /* a process of PID 1's to it */
    WIRE_NAMESPACE, /* struct wire_header with a file descriptor: of a namespace for a unit, in the
                       order in which they were asked for */
};

struct wire_header {
    uint16_t type;
    uint16_t version;
    uint32_t size; /* of the whole message */
};

/* Also what `show` prints; the same words as systemctl. */
enum wire_active {
    WIRE_INACTIVE,
    WIRE_ACTIVATING,
    WIRE_ACTIVE,
    WIRE_DEACTIVATING,
    WIRE_FAILED,
    WIRE_RELOADING,
};

enum wire_health_word {
    WIRE_HEALTH_NONE, /* the unit has no probe */
    WIRE_HEALTH_STARTING,
    WIRE_HEALTH_HEALTHY,
    WIRE_HEALTH_UNHEALTHY,
};

/* The same words as in /health. */
enum wire_verdict_word {
    WIRE_VERDICT_STARTING,
    WIRE_VERDICT_HEALTHY,
    WIRE_VERDICT_DEGRADED,
    WIRE_VERDICT_UNHEALTHY,
    WIRE_VERDICT_STOPPING,
};

enum wire_pod_phase { WIRE_POD_STARTING, WIRE_POD_RUNNING, WIRE_POD_STOPPING };

struct wire_hello {
    struct wire_header header;
    pid_t pid;
    uint32_t unit_count;
    uint64_t started_monotonic_us;
    uint64_t started_realtime_us;
    char version[32];
    char target[WIRE_NAME_SIZE]; /* the unit that was asked for, or "" */
};

struct wire_unit {
    struct wire_header header;
    int32_t id; /* position in the unit set; stable until a WIRE_HELLO begins a new snapshot */
    uint8_t is_internal, is_service;
    uint8_t is_gone; /* it runs on without its files */
    uint8_t health_gate;
    uint8_t health_impact;              /* enum health_impact */
    uint8_t directives[WIRE_STRENGTHS]; /* how many of its sandbox are held how: none, in part, in
                                           full */
    uint32_t health_retries, health_successes;
    uint64_t health_interval_us, health_timeout_us, health_start_period_us,
        health_start_interval_us;
    char name[WIRE_NAME_SIZE];
    char description[WIRE_TEXT_SIZE];
    char health_command[WIRE_COMMAND_SIZE]; /* "" when there is no probe; further ones in WIRE_MORE
                                             */
    char required[WIRE_TEXT_SIZE]; /* names of the units that it requires (Requires=, Requisite=,
                                      BindsTo=), joined by spaces; the others in WIRE_MORE */
};

enum wire_more_kind {
    WIRE_MORE_REQUIRED = 1, /* further names, joined by spaces */
    WIRE_MORE_PROBE,        /* a further HealthCmd= */
};

struct wire_more {
    struct wire_header header;
    int32_t id;
    uint8_t kind; /* enum wire_more_kind */
    char text[WIRE_COMMAND_SIZE];
};

struct wire_state {
    struct wire_header header;
    int32_t id;
    uint32_t
        incarnation; /* counts spawns of the main process; probes of an older one are late news */
    uint8_t active;  /* enum wire_active */
    uint8_t health;  /* enum wire_health_word, as last told by reeve-health */
    uint8_t job;     /* 0 none, 1 start waiting or running, 2 stop, 3 restart */
    uint8_t is_wanted;
    uint8_t is_blocked; /* its start failed only because of a unit that it requires */
    pid_t main_pid;     /* 0 when there is none */
    uint32_t restarts;
    int32_t exit_code;                              /* CLD_EXITED, CLD_KILLED, CLD_DUMPED, or 0 */
    int32_t exit_status;                            /* exit status or signal */
    uint64_t since_monotonic_us, since_realtime_us; /* of the present active word */
    uint64_t start_latency_us;   /* from spawn to ready, of the last start; 0 unknown */
    char sub[32];                /* systemd's sub-state: "running", "auto-restart" … */
    char result[32];             /* "success", "exit-code", "signal", "timeout" … */
    char status[WIRE_TEXT_SIZE]; /* the service's own STATUS= */
};

struct wire_pod {
    struct wire_header header;
    uint8_t phase;     /* enum wire_pod_phase */
    int32_t exit_code; /* the code that the container would end with now */
};

struct wire_source {
    struct wire_header header;
    int32_t id;        /* -1: PID 1's own messages */
    uint8_t stream;    /* 1: stdout, and stderr where it shares the pipe; 2: stderr alone */
    uint8_t has_rules; /* a WIRE_RULES follows, before which no line is taken */
    uint32_t seal;     /* the number in the seal of its processes */
    char name[WIRE_NAME_SIZE];
};

/* Of systemd.exec(5) and [X-Reeve]. */
struct wire_rules {
    struct wire_header header;
    int32_t id;
    uint8_t level, level_max, facility, has_level_prefix;
    uint8_t overflow; /* enum log_overflow of log_spec.h */
    uint8_t joins_lines;
    uint16_t rule_count; /* so many WIRE_RULE follow */
    uint32_t rate_burst;
    uint64_t rate_interval_us; /* 0: no limit */
    /* Of its log file, whose name comes as a WIRE_RULE_FILE: */
    uint8_t file_format; /* enum log_file_format of log_spec.h */
    uint8_t file_is_compressed;
    uint32_t file_count_max;         /* of older ones; 0: no limit */
    uint64_t file_size_max;          /* bytes; 0: no limit */
    uint64_t file_age_us;            /* USEC_INFINITY: no limit */
    char identifier[WIRE_NAME_SIZE]; /* "": from the unit's name */
};

enum wire_rule_kind { WIRE_RULE_FIELD = 1, WIRE_RULE_PATTERN, WIRE_RULE_FILE };

struct wire_rule {
    struct wire_header header;
    int32_t id;
    uint8_t kind; /* enum wire_rule_kind */
    char text[WIRE_PROPERTY_SIZE];
};

struct wire_health {
    struct wire_header header;
    int32_t id;
    uint32_t incarnation;
    uint8_t health; /* enum wire_health_word */
    uint32_t failures;
    uint64_t latency_us;
    char probe[WIRE_TEXT_SIZE]; /* that this follows from; for people, without a password */
    char message[WIRE_TEXT_SIZE];
};

struct wire_verdict {
    struct wire_header header;
    uint8_t word;               /* enum wire_verdict_word */
    char root[WIRE_NAME_SIZE];  /* the unit that is the cause, or "" */
    char cause[WIRE_TEXT_SIZE]; /* one sentence for a person, or "" */
};

enum wire_verb {
    WIRE_VERB_LIST = 1, /* snapshot, then the reply */
    WIRE_VERB_WATCH,    /* snapshot, the reply, and then every change until the peer closes */
    WIRE_VERB_SHOW,     /* properties and processes of the unit; without a unit: of the pod */
    WIRE_VERB_JOB,      /* `job` for the unit; the reply tells how it ended */
    WIRE_VERB_KILL,     /* `signal` to `whom` of the unit */
    WIRE_VERB_RESET_FAILED,
    WIRE_VERB_RELOAD,   /* daemon-reload */
    WIRE_VERB_SHUTDOWN, /* stop the pod */
    WIRE_VERB_LOGS, /* the reply has a descriptor: a connection to reeve-log (log_wire.h). It comes
                       when reeve-log is there */
    WIRE_VERB_HISTORY, /* snapshot, the last verdict, what the flight recorder has, the reply */
};

/* What systemctl calls the verbs; which job of the engine each becomes is for PID 1 to say. */
enum wire_job {
    WIRE_JOB_START = 1,
    WIRE_JOB_STOP,
    WIRE_JOB_RESTART,
    WIRE_JOB_TRY_RESTART,
    WIRE_JOB_RELOAD,
    WIRE_JOB_RELOAD_OR_RESTART,
    WIRE_JOB_TRY_RELOAD_OR_RESTART,
};

enum wire_whom { WIRE_KILL_ALL, WIRE_KILL_MAIN, WIRE_KILL_CONTROL };

struct wire_request {
    struct wire_header header;
    uint8_t verb;    /* enum wire_verb */
    uint8_t no_wait; /* reply when the job is queued, not when it is done */
    uint8_t job;     /* enum wire_job */
    uint8_t whom;    /* enum wire_whom */
    int32_t signal;
    char unit[WIRE_NAME_SIZE];
};

struct wire_reply {
    struct wire_header header;
    int32_t error;             /* 0, or a positive errno */
    char text[WIRE_TEXT_SIZE]; /* one sentence for a person; "" when all is said */
    /* Of a job that was waited for and did not end well: systemd's words. */
    char job_result[32];  /* "failed", "dependency", "canceled" …; "" otherwise */
    char unit_result[32]; /* Result= of the unit: "exit-code" … */
};

/* How the value of a property is to be shown: `number` unless it is text. */
enum wire_kind {
    WIRE_IS_TEXT,   /* may have several lines, each of which is a value of its own */
    WIRE_IS_NUMBER, /* UINT64_MAX: not set */
    WIRE_IS_BOOLEAN,
    WIRE_IS_SPAN, /* microseconds; UINT64_MAX: infinity */
    WIRE_IS_TIME, /* microseconds since the epoch; 0: never */
};

struct wire_property {
    struct wire_header header;
    uint8_t kind;    /* enum wire_kind */
    uint8_t goes_on; /* the rest of the text is in the next message, of the same name */
    uint32_t index;  /* into PID 1's table */
    uint64_t number;
    char name[48];
    char text[WIRE_PROPERTY_SIZE];
};

struct wire_processes {
    struct wire_header header;
    pid_t init;     /* PID 1's own pid, in the namespace of the others */
    uint32_t total; /* what does not fit is only counted */
    uint32_t count;
    pid_t pids[WIRE_PROCESSES_MAX];
};

/* Some entries of the flight recorder, the oldest first; their units are those of the snapshot. */
struct wire_history {
    struct wire_header header;
    uint32_t count;
    struct history_entry entries[WIRE_HISTORY_MAX];
};

struct wire_words {
    struct wire_header header;
    struct history_words words;
};

struct wire_last_words {
    struct wire_header header;
    char unit[WIRE_NAME_SIZE];  /* that the failure comes from; "": none */
    char text[WIRE_WORDS_SIZE]; /* lines, each with its newline */
};

/* What speaks there; datagrams come with the credentials of who sends them. */
enum wire_journal_socket {
    WIRE_JOURNAL_SYSLOG, /* syslog(3) */
    WIRE_JOURNAL_NATIVE, /* sd_journal_send(3) */
    WIRE_JOURNAL_STDOUT, /* sd_journal_stream_fd(3): listens */
    WIRE_JOURNAL_SOCKETS,
};

struct wire_journal {
    struct wire_header header;
    uint8_t socket;      /* enum wire_journal_socket */
    uint32_t seal_nonce; /* by which a process is known to be of a unit (sandbox/seal.h) */
};

union wire_message {
    struct wire_header header;
    struct wire_hello hello;
    struct wire_unit unit;
    struct wire_state state;
    struct wire_pod pod;
    struct wire_source source;
    struct wire_rules rules;
    struct wire_rule rule;
    struct wire_health health;
    struct wire_verdict verdict;
    struct wire_request request;
    struct wire_reply reply;
    struct wire_property property;
    struct wire_processes processes;
    struct wire_more more;
    struct wire_history history;
    struct wire_last_words last_words;
    struct wire_words words;
    struct wire_journal journal;
};

/* The exact size of a message type; 0 for an unknown one. */
size_t wire_size(unsigned type);

/* Starts a message: zeroes it and fills in the header. */
void wire_begin(union wire_message *message, enum wire_type type);

/* Whether `length` received bytes are one well-formed message; terminates its strings. */
bool wire_check(union wire_message *message, size_t length) MUST_CHECK;

/* Copies as much as fits and always ends in NUL; never cuts a UTF-8 sequence in half. */
void wire_copy(char *target, size_t size, const char *text);

const char *wire_active_string(unsigned active);      /* "inactive" …; "?" for nonsense */
const char *wire_health_string(unsigned health_word); /* "none", "starting" … */
const char *wire_verdict_string(unsigned word);       /* "starting", "healthy" … */

#endif
