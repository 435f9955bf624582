/* SPDX-License-Identifier: MIT */
/*
 * records.h: take the report channel apart (include/record.h says what it is).
 *
 * Bytes come in pieces of any size.  Whatever precedes the first valid
 * record is firmware's chatter and skipped; from then on every byte must
 * belong to a valid record.  After RecordEnd nothing is looked at.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

/* One record, payload checked; the text and arrays in it are not. */
struct record {
    uint16_t type;
    uint32_t length;
    const uint8_t *payload; /* valid during the call only, not aligned */
};

/* Told of each record; a text other than NULL stops the parser: the record is bad, and why. */
typedef const char *record_visitor(void *context, const struct record *record);

enum records_state {
    RECORDS_CHATTER, /* no record yet */
    RECORDS_RUNNING,
    RECORDS_ENDED, /* RecordEnd has come */
    RECORDS_BAD,   /* see records_parser.reason */
};

struct records_parser {
    enum records_state state;
    const char *reason;
    uint64_t offset; /* in the stream, of the first byte not used yet */
    uint64_t count;  /* records seen */
    size_t start;    /* pending[start..end) is not used yet */
    size_t end;
    uint8_t pending[sizeof(RECORD_HEADER) + RECORD_LIMIT];
};

void records_begin(struct records_parser *parser);

/*
 * records_feed: take the next bytes and visit the records that they complete.
 * => the state afterwards; once RECORDS_ENDED or RECORDS_BAD it stays so
 */
enum records_state records_feed(struct records_parser *parser, const void *bytes, size_t length,
                                record_visitor *visit, void *context);
