#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "supervisor/init/notification.h"

#include <errno.h>
#include <string.h>

static char buffer[8192];

static struct notification_fields parsed(const char *text)
{
    struct notification_fields fields;

    strcpy(buffer, text);
    assert_int_equal(notification_parse(buffer, strlen(text), &fields), 0);
    return fields;
}

static void an_empty_one_says_nothing(void **state)
{
    struct notification_fields fields = parsed("");

    (void)state;
    assert_false(fields.news.ready || fields.news.reloading || fields.news.stopping);
    assert_false(fields.news.watchdog || fields.news.watchdog_trigger || fields.is_barrier);
    assert_true(fields.news.monotonic_us == USEC_INFINITY);
    assert_true(fields.news.watchdog_us == USEC_INFINITY);
    assert_int_equal(fields.news.extend_timeout_us, 0);
    assert_int_equal(fields.news.main_pid, 0);
    assert_int_equal(fields.main_pid, 0);
    assert_int_equal(fields.error_number, -1);
    assert_false(fields.has_notify_access);
    assert_null(fields.status);
    assert_null(fields.bus_error);
    assert_null(fields.fd_name);
    assert_null(fields.invalid);
}

static void takes_every_field(void **state)
{
    struct notification_fields fields =
        parsed("READY=1\nRELOADING=1\nMONOTONIC_USEC=12345\nSTATUS=two words \xc3\xa4\nERRNO=2\n"
               "BUSERROR=org.x.Failed\nMAINPID=77\nWATCHDOG=1\nWATCHDOG_USEC=20000\n"
               "EXTEND_TIMEOUT_USEC=30000\nEXIT_STATUS=7\nFDSTORE=1\nFDNAME=a b\nFDPOLL=0\n"
               "NOTIFYACCESS=exec\nX_OWN=1\n");

    (void)state;
    assert_true(fields.news.ready && fields.news.reloading && fields.news.watchdog);
    assert_int_equal(fields.news.monotonic_us, 12345);
    assert_string_equal(fields.status, "two words \xc3\xa4");
    assert_int_equal(fields.error_number, 2);
    assert_string_equal(fields.bus_error, "org.x.Failed");
    assert_int_equal(fields.main_pid, 77);
    assert_int_equal(fields.news.main_pid, 0);
    assert_int_equal(fields.news.watchdog_us, 20000);
    assert_int_equal(fields.news.extend_timeout_us, 30000);
    assert_true(fields.fd_store && fields.is_fd_unpolled && !fields.fd_store_remove);
    assert_string_equal(fields.fd_name, "a b");
    assert_true(fields.has_notify_access);
    assert_int_equal(fields.notify_access, NOTIFY_EXEC);
    assert_null(fields.invalid);
}

static void the_first_of_a_name_counts(void **state)
{
    (void)state;
    assert_string_equal(parsed("STATUS=one\nSTATUS=two").status, "one");
    assert_int_equal(parsed("MAINPID=5\nMAINPID=6").main_pid, 5);
    /* A word is different: it is there or not. */
    assert_true(parsed("READY=0\nREADY=1").news.ready);
}

static void lines_end_in_any_way(void **state)
{
    (void)state;
    assert_true(parsed("\n\n\rREADY=1\r\n").news.ready);
    assert_true(parsed("STATUS=x\r\nREADY=1").news.ready);
    assert_string_equal(parsed("STATUS=\n").status, "");
    assert_false(parsed(" READY=1").news.ready);
    assert_false(parsed("READY=1 ").news.ready);
    assert_false(parsed("READY=11").news.ready);
    assert_false(parsed("READY").news.ready);
}

static void stopping_beats_ready_and_reloading(void **state)
{
    struct notification_fields fields = parsed("READY=1\nSTOPPING=1\nRELOADING=1");

    (void)state;
    assert_true(fields.news.stopping);
    assert_false(fields.news.ready || fields.news.reloading);
}

static void watchdog_has_two_values(void **state)
{
    (void)state;
    assert_true(parsed("WATCHDOG=trigger").news.watchdog_trigger);
    assert_false(parsed("WATCHDOG=trigger").news.watchdog);
    assert_string_equal(parsed("WATCHDOG=2").invalid, "WATCHDOG=");
}

static void a_time_without_end_is_none(void **state)
{
    (void)state;
    assert_int_equal(parsed("WATCHDOG_USEC=18446744073709551615").news.watchdog_us, 0);
    assert_int_equal(parsed("WATCHDOG_USEC=0").news.watchdog_us, 0);
    assert_int_equal(parsed("EXTEND_TIMEOUT_USEC=18446744073709551615").news.extend_timeout_us, 0);
}

static void a_status_that_cannot_be_shown_takes_the_old_one_away(void **state)
{
    (void)state;
    assert_string_equal(parsed("STATUS=\xff").status, "");
    assert_string_equal(parsed("STATUS=\xff").invalid, "STATUS=");
}

static void an_error_has_a_number_or_a_name(void **state)
{
    (void)state;
    assert_int_equal(parsed("ERRNO=ENOENT").error_number, ENOENT);
    assert_int_equal(parsed("ERRNO=enoent").error_number, ENOENT);
    assert_int_equal(parsed("ERRNO= 7").error_number, 7);
    assert_int_equal(parsed("ERRNO=0").error_number, 0);
    assert_string_equal(parsed("ERRNO=EWHAT").invalid, "ERRNO=");
    assert_string_equal(parsed("ERRNO=4096").invalid, "ERRNO=");
    assert_string_equal(parsed("ERRNO=-1").invalid, "ERRNO=");
}

static void names_values_that_cannot_be_used(void **state)
{
    static const char *const texts[] = {
        "MAINPID=0",          "MAINPID=-1",
        "MAINPID=x",          "MAINPID=",
        "MAINPID=4294967297", "MONOTONIC_USEC=-1",
        "WATCHDOG_USEC=1s",   "EXTEND_TIMEOUT_USEC=18446744073709551616",
        "BUSERROR=\xc3\xa4",  "BUSERROR=a\tb",
        "BUSERROR=\"a\"",     "NOTIFYACCESS=everybody",
        "NOTIFYACCESS=",      "FDNAME=a:b",
        "FDNAME=\x7f",        "FDNAME=\x01",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct notification_fields fields = parsed(texts[i]);

        assert_non_null(fields.invalid);
        assert_memory_equal(fields.invalid, texts[i], strlen(fields.invalid));
        assert_int_equal(fields.main_pid, 0);
        assert_true(fields.news.monotonic_us == USEC_INFINITY);
        assert_true(fields.news.watchdog_us == USEC_INFINITY);
        assert_int_equal(fields.news.extend_timeout_us, 0);
        assert_int_equal(fields.notify_access, -1); /* takes back what was said before */
        assert_null(fields.status);
        assert_null(fields.bus_error);
        assert_null(fields.fd_name);
    }
}

static void a_descriptor_name_has_255_bytes(void **state)
{
    char text[300];

    (void)state;
    memset(text, 'x', sizeof(text));
    memcpy(text, "FDNAME=", 7);
    text[7 + 255] = '\0';
    assert_int_equal(strlen(parsed(text).fd_name), 255);
    text[7 + 255] = 'x';
    text[7 + 256] = '\0';
    assert_null(parsed(text).fd_name);
    assert_string_equal(parsed("FDNAME=").fd_name, "");
}

static void a_nul_is_allowed_at_the_end_only(void **state)
{
    struct notification_fields fields;
    char inside[] = "READY=1\0STATUS=x", end[] = "READY=1\0", alone[] = "\0";

    (void)state;
    assert_int_equal(notification_parse(inside, sizeof(inside) - 1, &fields), -EBADMSG);
    assert_int_equal(notification_parse(end, 8, &fields), 0);
    assert_true(fields.news.ready);
    assert_int_equal(notification_parse(alone, 1, &fields), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_one_says_nothing),
        cmocka_unit_test(takes_every_field),
        cmocka_unit_test(the_first_of_a_name_counts),
        cmocka_unit_test(lines_end_in_any_way),
        cmocka_unit_test(stopping_beats_ready_and_reloading),
        cmocka_unit_test(watchdog_has_two_values),
        cmocka_unit_test(a_time_without_end_is_none),
        cmocka_unit_test(a_status_that_cannot_be_shown_takes_the_old_one_away),
        cmocka_unit_test(an_error_has_a_number_or_a_name),
        cmocka_unit_test(names_values_that_cannot_be_used),
        cmocka_unit_test(a_descriptor_name_has_255_bytes),
        cmocka_unit_test(a_nul_is_allowed_at_the_end_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
