#include "supervisor/unit/log_spec.h"

#include <limits.h>

const struct log_spec log_spec_default = {
    .out = { .kind = OUTPUT_JOURNAL },
    .facility = LOG_FACILITY_DAEMON,
    .level = LOG_PRIORITY_INFO,
    .level_max = LOG_PRIORITY_DEBUG,
    .has_level_prefix = true,
    .rate_interval_us = USEC_INFINITY,
    .rate_burst = UINT_MAX,
    .file = { .size_max = LOG_FILE_SIZE_DEFAULT,
              .count_max = LOG_FILE_COUNT_DEFAULT,
              .age_us = USEC_INFINITY },
};

bool log_spec_has_rules(const struct log_spec *log)
{
    const struct log_spec *usual = &log_spec_default;

    return log->identifier || log->facility != usual->facility || log->level != usual->level ||
           log->level_max != usual->level_max || log->has_level_prefix != usual->has_level_prefix ||
           log->rate_interval_us != usual->rate_interval_us ||
           log->rate_burst != usual->rate_burst || log->extra_fields || log->patterns ||
           log->overflow != usual->overflow || log->joins_lines || log->file.name;
}

bool log_spec_splits_error(const struct log_spec *log)
{
    return log->error.kind == OUTPUT_JOURNAL;
}

bool log_spec_opens_files(const struct log_spec *log)
{
    return log->input != INPUT_NULL || log->out.kind >= OUTPUT_FILE ||
           log->error.kind >= OUTPUT_FILE;
}
