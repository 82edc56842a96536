#ifndef REEVE_UNIT_LOG_SPEC_H
#define REEVE_UNIT_LOG_SPEC_H

/*
 * Where a unit's input comes from and its output goes to, and what becomes of its lines
 * (systemd.exec(5), LOGGING AND STANDARD INPUT/OUTPUT). Few units say anything of it: unit_spec has
 * a pointer, NULL for all defaults.
 */

#include "supervisor/unit/unit_spec.h"

enum input_kind { INPUT_NULL, INPUT_FILE, INPUT_DATA };

enum output_kind {
    OUTPUT_INHERIT, /* standard error: as standard output */
    OUTPUT_NULL,
    OUTPUT_JOURNAL, /* reeve-log */
    OUTPUT_FILE,    /* from its beginning, over what is there */
    OUTPUT_APPEND,
    OUTPUT_TRUNCATE,
};

struct output_spec {
    enum output_kind kind;
    const char *path; /* absolute; of the last three */
};

/* [X-Reeve] LogOverflow=: when lines come faster than they can be written. */
enum log_overflow { OVERFLOW_BLOCK, OVERFLOW_DROP_OLDEST, OVERFLOW_DROP_NEWEST };

/* [X-Reeve] LogFileFormat=; as journalctl -o calls them. */
enum log_file_format { LOG_FILE_SHORT_ISO, LOG_FILE_JSON, LOG_FILE_CAT };

/* [X-Reeve] LogFile= and its kin. */
struct log_file_spec {
    const char *name; /* below LogsDirectory= of reeve-log; NULL: none */
    enum log_file_format format;
    uint64_t size_max;    /* bytes; UINT64_MAX: no limit */
    unsigned count_max;   /* of older ones; 0: no limit */
    uint64_t age_us;      /* of older ones; USEC_INFINITY: no limit */
    unsigned compression; /* 1: zstd */
};

enum { LOG_FILE_SIZE_DEFAULT = 10 << 20, LOG_FILE_COUNT_DEFAULT = 10, LOG_FILE_SIZE_MIN = 4096 };

enum {
    LOG_INPUT_MAX = 1 << 20,
    LOG_RULES_MAX = 24,       /* of each list */
    LOG_RULE_TEXT_MAX = 1024, /* of a field or pattern: one message takes it to reeve-log */
};
enum { LOG_PRIORITY_INFO = 6, LOG_PRIORITY_DEBUG = 7, LOG_FACILITY_DAEMON = 3 };

struct log_spec {
    enum input_kind input;
    const char *input_path;
    const char *input_data; /* of StandardInputText= and StandardInputData=, NULL: none */
    size_t input_length;
    struct output_spec out, error;
    const char *identifier; /* NULL: the unit's name without its suffix */
    unsigned facility;
    unsigned level;            /* of lines without a prefix */
    unsigned level_max;        /* lines that matter less are dropped */
    bool has_level_prefix;     /* "<3>" counts */
    uint64_t rate_interval_us; /* USEC_INFINITY: not set */
    unsigned rate_burst;       /* UINT_MAX: not set */
    string_list extra_fields;  /* "KEY=value" */
    string_list patterns;      /* as written: "~" in front takes away what matches */
    enum log_overflow overflow;
    bool joins_lines; /* [X-Reeve] LogMultiline= */
    struct log_file_spec file;
};

/* What holds when nothing is said. */
extern const struct log_spec log_spec_default;

/* Never NULL. */
static inline const struct log_spec *log_spec_of(const struct unit_spec *spec)
{
    return spec->exec.log ? spec->exec.log : &log_spec_default;
}

/* Whether reeve-log has to be told anything of the unit beside its name. */
bool log_spec_has_rules(const struct log_spec *log);

/* Whether standard error has a pipe of its own (adr/0023). */
bool log_spec_splits_error(const struct log_spec *log);

/* Whether files have to be opened for a process of the unit, or data be laid ready. */
bool log_spec_opens_files(const struct log_spec *log);

#endif
