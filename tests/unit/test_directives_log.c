/* Directives about standard input, output and log lines. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "supervisor/unit/log_spec.h"
#include "tests/unit/directive_fixture.h"

#define SERVICE "[Service]\nExecStart=/bin/true\n"

static void who_says_nothing_has_nothing(void **state)
{
    const struct unit_spec *spec = load(*state, SERVICE, "");

    assert_null(spec->exec.log);
    assert_false(log_spec_has_rules(log_spec_of(spec)));
    assert_false(log_spec_splits_error(log_spec_of(spec)));
    assert_false(log_spec_opens_files(log_spec_of(spec)));
    assert_int_equal(log_spec_of(spec)->out.kind, OUTPUT_JOURNAL);
    assert_int_equal(log_spec_of(spec)->error.kind, OUTPUT_INHERIT);
}

static void outputs(void **state)
{
    const struct log_spec *log =
        load(*state, SERVICE "StandardOutput=append:/x//y/%i\nStandardError=journal\n", "")
            ->exec.log;

    assert_int_equal(log->out.kind, OUTPUT_APPEND);
    assert_string_equal(log->out.path, "/x/y/b");
    assert_true(log_spec_splits_error(log) && log_spec_opens_files(log));
    log = load(*state, SERVICE "StandardOutput=file:/x\nStandardOutput=null\n", "")->exec.log;
    assert_int_equal(log->out.kind, OUTPUT_NULL);
    assert_true(try_load(*state, SERVICE "StandardOutput=file:x\n") < 0);
    assert_true(try_load(*state, SERVICE "StandardOutput=file:/x/../y\n") < 0);
    assert_true(try_load(*state, SERVICE "StandardOutput=fd:x\n") < 0);
    assert_true(try_load(*state, SERVICE "StandardError=tty\n") < 0);
    assert_true(try_load(*state, SERVICE "StandardOutput=nul\n") < 0);
}

static void inputs(void **state)
{
    const struct log_spec *log = load(*state,
                                      SERVICE "StandardInput=data\nStandardInputText=a\\tb %i\n"
                                              "StandardInputData=Yw pk\nStandardInputData=ZQ==\n",
                                      "")
                                     ->exec.log;

    assert_int_equal(log->input, INPUT_DATA);
    assert_int_equal(log->input_length, 10);
    assert_memory_equal(log->input_data, "a\tb b\nc\nde", 9);
    log =
        load(*state, SERVICE "StandardInputText=a\nStandardInputText=\nStandardInput=file:/a\n", "")
            ->exec.log;
    assert_int_equal(log->input_length, 0);
    assert_int_equal(log->input, INPUT_FILE);
    assert_true(try_load(*state, SERVICE "StandardInputData=Y\n") < 0);
    assert_true(try_load(*state, SERVICE "StandardInputData=Y=w=\n") < 0);
    assert_true(try_load(*state, SERVICE "StandardInput=tty\n") < 0);
}

static void files(void **state)
{
    const struct log_file_spec *file = &load(*state,
                                             SERVICE "[X-Reeve]\nLogFile=yes\nLogFileFormat=json\n"
                                                     "LogFileMaxSize=1M\nLogFileMaxFiles=3\n"
                                                     "LogFileMaxAge=1d\nLogFileCompress=zstd\n",
                                             "")
                                            ->exec.log->file;

    assert_string_equal(file->name, "a@b.log");
    assert_int_equal(file->format, LOG_FILE_JSON);
    assert_int_equal(file->size_max, 1 << 20);
    assert_int_equal(file->count_max, 3);
    assert_int_equal(file->age_us, 24 * 3600 * USEC_PER_SEC);
    assert_int_equal(file->compression, 1);
    file = &load(*state, SERVICE "[X-Reeve]\nLogFile=%p-x.txt\n", "")->exec.log->file;
    assert_string_equal(file->name, "a-x.txt");
    assert_int_equal(file->size_max, LOG_FILE_SIZE_DEFAULT);
    assert_int_equal(file->age_us, USEC_INFINITY);
    file = &load(*state, SERVICE "[X-Reeve]\nLogFile=x\nLogFile=no\n", "")->exec.log->file;
    assert_null(file->name);
    assert_true(try_load(*state, SERVICE "[X-Reeve]\nLogFile=../x\n") < 0);
    assert_true(try_load(*state, SERVICE "[X-Reeve]\nLogFile=.x\n") < 0);
    assert_true(try_load(*state, SERVICE "[X-Reeve]\nLogFileMaxSize=100\n") < 0);
    assert_true(try_load(*state, SERVICE "[X-Reeve]\nLogFileCompress=gzip\n") < 0);
}

static void lines(void **state)
{
    const struct log_spec *log =
        load(*state,
             SERVICE "SyslogIdentifier=%p\nSyslogLevel=err\nSyslogFacility=local7\n"
                     "SyslogLevelPrefix=no\nLogLevelMax=4\nLogRateLimitBurst=5\n"
                     "LogRateLimitIntervalSec=2\nLogExtraFields=A=b \"C_1=d e\"\n"
                     "LogFilterPatterns=~^debug\nLogFilterPatterns=x+\n"
                     "[X-Reeve]\nLogOverflow=drop-oldest\nLogMultiline=yes\n",
             "")
            ->exec.log;

    assert_string_equal(log->identifier, "a");
    assert_int_equal(log->level, 3);
    assert_int_equal(log->facility, 23);
    assert_false(log->has_level_prefix);
    assert_int_equal(log->level_max, 4);
    assert_int_equal(log->rate_burst, 5);
    assert_int_equal(log->rate_interval_us, 2 * USEC_PER_SEC);
    assert_string_equal(log->extra_fields[1], "C_1=d e");
    assert_string_equal(log->patterns[0], "~^debug");
    assert_string_equal(log->patterns[1], "x+");
    assert_int_equal(log->overflow, OVERFLOW_DROP_OLDEST);
    assert_true(log->joins_lines && log_spec_has_rules(log));
    log = load(*state, SERVICE "LogExtraFields=A=b\nLogExtraFields=\n", "")->exec.log;
    assert_false(log_spec_has_rules(log));
    assert_true(try_load(*state, SERVICE "LogExtraFields=_A=b\n") < 0);
    assert_true(try_load(*state, SERVICE "LogExtraFields=a=b\n") < 0);
    assert_true(try_load(*state, SERVICE "LogFilterPatterns=(\n") < 0);
    assert_true(try_load(*state, SERVICE "SyslogLevel=8\n") < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_says_nothing_has_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(outputs, setup, teardown),
        cmocka_unit_test_setup_teardown(inputs, setup, teardown),
        cmocka_unit_test_setup_teardown(lines, setup, teardown),
        cmocka_unit_test_setup_teardown(files, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
