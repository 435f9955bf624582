/* SPDX-License-Identifier: MIT */
/*
 * records.c: the incremental, bounded parser of the report channel.
 *
 * Pure: no allocation, no input or output.  At most one record is pending, so
 * memory is bounded whatever the machine sends.
 */
#include "records.h"

#include <string.h>

/* The first record is a short one: chatter that looks like a long one would hold up what follows.
 */
#define FIRST_RECORD_LIMIT 4096u

void records_begin(struct records_parser *parser)
{
    parser->state = RECORDS_CHATTER;
    parser->reason = NULL;
    parser->offset = 0;
    parser->count = 0;
    parser->start = 0;
    parser->end = 0;
}

static bool stopped(const struct records_parser *parser)
{
    return parser->state == RECORDS_ENDED || parser->state == RECORDS_BAD;
}

static size_t unused(const struct records_parser *parser)
{
    return parser->end - parser->start;
}

static const uint8_t *next_byte(const struct records_parser *parser)
{
    return parser->pending + parser->start;
}

static void drop(struct records_parser *parser, size_t length)
{
    parser->start += length;
    parser->offset += length;
}

/* header_fault: what is wrong with a header, NULL = nothing. */
static const char *header_fault(const RECORD_HEADER *header)
{
    if (header->Magic != RECORD_MAGIC) {
        return "bytes that are no record";
    }
    if (header->Type < RecordHello || header->Type > RecordRequest) {
        return "a record of unknown type";
    }
    if (header->Length > RECORD_LIMIT) {
        return "a record that is too long";
    }
    return NULL;
}

static bool check_matches(const RECORD_HEADER *header, const uint8_t *payload)
{
    uint32_t check = RECORD_CHECK_SEED;

    check = RecordCheck(check, &header->Type, sizeof(header->Type));
    check = RecordCheck(check, &header->Length, sizeof(header->Length));
    check = RecordCheck(check, payload, header->Length);
    return check == header->Check;
}

/* may_begin: do these bytes look like the header of the first record? */
static bool may_begin(const uint8_t *bytes)
{
    RECORD_HEADER header;

    memcpy(&header, bytes, sizeof(header));
    return header_fault(&header) == NULL && header.Length <= FIRST_RECORD_LIMIT;
}

/*
 * skip_chatter: drop bytes until the first record may begin.
 * => afterwards there may be less than a header
 */
static void skip_chatter(struct records_parser *parser)
{
    while (unused(parser) >= sizeof(RECORD_HEADER) && !may_begin(next_byte(parser))) {
        drop(parser, 1);
    }
}

/*
 * take_record: handle the record that pending begins with.
 * => the bytes it used; 0 = it is not complete, or the parser has stopped
 */
static size_t take_record(struct records_parser *parser, record_visitor *visit, void *context)
{
    const uint8_t *payload = next_byte(parser) + sizeof(RECORD_HEADER);
    RECORD_HEADER header;
    struct record record;

    memcpy(&header, next_byte(parser), sizeof(header));
    parser->reason = header_fault(&header);
    if (parser->reason != NULL) {
        parser->state = RECORDS_BAD;
        return 0;
    }
    if (unused(parser) < sizeof(header) + header.Length) {
        return 0;
    }
    if (!check_matches(&header, payload)) {
        if (parser->state == RECORDS_CHATTER) {
            return 1;
        }
        parser->reason = "a record with a wrong check sum";
        parser->state = RECORDS_BAD;
        return 0;
    }
    record = (struct record){ header.Type, header.Length, payload };
    parser->count++;
    parser->state = header.Type == RecordEnd ? RECORDS_ENDED : RECORDS_RUNNING;
    parser->reason = visit(context, &record);
    if (parser->reason != NULL) {
        parser->state = RECORDS_BAD;
        return 0;
    }
    return sizeof(header) + header.Length;
}

/* take_records: handle what is pending as far as it is complete. */
static void take_records(struct records_parser *parser, record_visitor *visit, void *context)
{
    while (!stopped(parser) && unused(parser) >= sizeof(RECORD_HEADER)) {
        size_t used;

        if (parser->state == RECORDS_CHATTER) {
            skip_chatter(parser);
            if (unused(parser) < sizeof(RECORD_HEADER)) {
                return;
            }
        }
        used = take_record(parser, visit, context);
        if (used == 0) {
            return;
        }
        drop(parser, used);
    }
}

enum records_state records_feed(struct records_parser *parser, const void *bytes, size_t length,
                                record_visitor *visit, void *context)
{
    const uint8_t *next = bytes;

    while (length != 0 && !stopped(parser)) {
        size_t room, part;

        memmove(parser->pending, next_byte(parser), unused(parser));
        parser->end = unused(parser);
        parser->start = 0;
        room = sizeof(parser->pending) - parser->end;
        part = length < room ? length : room;
        memcpy(parser->pending + parser->end, next, part);
        parser->end += part;
        next += part;
        length -= part;
        take_records(parser, visit, context);
    }
    return parser->state;
}
