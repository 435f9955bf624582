/* SPDX-License-Identifier: MIT */
/*
 * test_records.c: the parser of the report channel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "channel.h"
#include "tool/records.h"

/* What the visitor has seen: the types as letters and the payloads' lengths. */
struct seen {
    char types[256];
    size_t count, bytes;
    size_t refuse; /* this record, counted from 1, is bad */
};

static const char *see(void *context, const struct record *record)
{
    struct seen *seen = context;

    assert_true(seen->count < sizeof(seen->types) - 1);
    seen->types[seen->count++] = (char)('a' + record->type);
    seen->bytes += record->length;
    return seen->count == seen->refuse ? "refused by the test" : NULL;
}

/* feed: all of the channel in pieces of a size.  => the state */
static enum records_state feed(const struct buffer *channel, size_t piece, struct seen *seen,
                               struct records_parser *parser)
{
    enum records_state state = RECORDS_CHATTER;

    memset(seen->types, 0, sizeof(seen->types));
    seen->count = seen->bytes = 0;
    records_begin(parser);
    for (size_t at = 0; at < channel->length; at += piece) {
        size_t part = channel->length - at < piece ? channel->length - at : piece;

        state = records_feed(parser, channel->text + at, part, see, seen);
    }
    return state;
}

static void usual(struct buffer *channel)
{
    RECORD_CALLS calls = { 1, 0 };

    channel_hello(channel, 4);
    channel_debug(channel, "");
    channel_debug(channel, "text");
    channel_add(channel, RecordCalls, &calls, sizeof(calls), "", 0);
    channel_end(channel);
}

static void records_come_whole_whatever_the_pieces(void **state)
{
    static struct records_parser parser;
    struct buffer channel = { 0 };
    struct seen seen = { 0 };

    (void)state;
    usual(&channel);
    for (size_t piece = 1; piece <= channel.length; piece++) {
        assert_int_equal(feed(&channel, piece, &seen, &parser), RECORDS_ENDED);
        assert_string_equal(seen.types, "beegl");
    }
    buffer_free(&channel);
}

static void chatter_before_the_first_record_is_skipped(void **state)
{
    static struct records_parser parser;
    static const unsigned char false_start[] = { 0x1C, 0xA1, 1, 0, 40, 0, 0, 0, 1, 2, 3, 4 };
    struct buffer channel = { 0 };
    struct seen seen = { 0 };

    (void)state;
    buffer_add(&channel, "SeaBIOS\r\n\x1C\xA1\x1C", 12);
    buffer_add(&channel, false_start, sizeof(false_start));
    usual(&channel);
    for (size_t piece = 1; piece <= channel.length; piece++) {
        assert_int_equal(feed(&channel, piece, &seen, &parser), RECORDS_ENDED);
        assert_string_equal(seen.types, "beegl");
    }
    buffer_free(&channel);
}

static void a_changed_byte_after_the_first_record_is_seen(void **state)
{
    static struct records_parser parser;
    struct buffer channel = { 0 };
    struct seen seen = { 0 };
    size_t first = sizeof(RECORD_HEADER) + sizeof(RECORD_HELLO);

    (void)state;
    usual(&channel);
    for (size_t at = first; at < channel.length; at++) {
        enum records_state end;

        channel.text[at] ^= 0x40;
        end = feed(&channel, 7, &seen, &parser);
        channel.text[at] ^= 0x40;
        assert_true(end == RECORDS_BAD || end == RECORDS_RUNNING);
        assert_true(strchr(seen.types, 'l') == NULL);
    }
    buffer_free(&channel);
}

static void a_bad_first_record_is_chatter(void **state)
{
    static struct records_parser parser;
    struct buffer channel = { 0 };
    struct seen seen = { 0 };

    (void)state;
    usual(&channel);
    channel.text[sizeof(RECORD_HEADER)] ^= 1;
    assert_int_equal(feed(&channel, 1000, &seen, &parser), RECORDS_ENDED);
    assert_string_equal(seen.types, "eegl");
    buffer_free(&channel);
}

static void the_longest_record_fits_and_a_longer_one_is_bad(void **state)
{
    static struct records_parser parser;
    struct buffer channel = { 0 };
    struct seen seen = { 0 };
    char *text = calloc(1, RECORD_LIMIT + 1);

    (void)state;
    channel_hello(&channel, 1);
    channel_add(&channel, RecordDebug, text, RECORD_LIMIT, "", 0);
    channel_add(&channel, RecordDebug, text, RECORD_LIMIT, "", 0);
    assert_int_equal(feed(&channel, 4096, &seen, &parser), RECORDS_RUNNING);
    assert_int_equal(feed(&channel, 1000000, &seen, &parser), RECORDS_RUNNING);
    assert_string_equal(seen.types, "bee");
    assert_int_equal(seen.bytes, sizeof(RECORD_HELLO) + 2 * RECORD_LIMIT);
    channel_add(&channel, RecordDebug, text, RECORD_LIMIT + 1, "", 0);
    assert_int_equal(feed(&channel, 4096, &seen, &parser), RECORDS_BAD);
    assert_string_equal(parser.reason, "a record that is too long");
    free(text);
    buffer_free(&channel);
}

static void what_follows_the_end_is_not_looked_at(void **state)
{
    static struct records_parser parser;
    struct buffer channel = { 0 };
    struct seen seen = { 0 };

    (void)state;
    usual(&channel);
    buffer_add(&channel, "anything", 8);
    assert_int_equal(feed(&channel, 5, &seen, &parser), RECORDS_ENDED);
    assert_string_equal(seen.types, "beegl");
    buffer_free(&channel);
}

static void a_visitor_that_refuses_stops_the_parser(void **state)
{
    static struct records_parser parser;
    struct buffer channel = { 0 };
    struct seen seen = { .refuse = 2 };

    (void)state;
    usual(&channel);
    assert_int_equal(feed(&channel, 1000, &seen, &parser), RECORDS_BAD);
    assert_string_equal(parser.reason, "refused by the test");
    assert_string_equal(seen.types, "be");
    buffer_free(&channel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_whole_whatever_the_pieces),
        cmocka_unit_test(chatter_before_the_first_record_is_skipped),
        cmocka_unit_test(a_changed_byte_after_the_first_record_is_seen),
        cmocka_unit_test(a_bad_first_record_is_chatter),
        cmocka_unit_test(the_longest_record_fits_and_a_longer_one_is_bad),
        cmocka_unit_test(what_follows_the_end_is_not_looked_at),
        cmocka_unit_test(a_visitor_that_refuses_stops_the_parser),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
