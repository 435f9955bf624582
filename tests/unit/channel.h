/* SPDX-License-Identifier: MIT */
/*
 * channel.h: for tests: write the report channel as a kernel would.
 */
#pragma once

#include <string.h>

#include "tool/common.h"
#include "record.h"

/*
 * channel_add: append a record whose payload is `fixed` and then `tail`.
 */
static inline void channel_add(struct buffer *channel, uint16_t type, const void *fixed,
                               size_t fixed_length, const void *tail, size_t tail_length)
{
    RECORD_HEADER header = { RECORD_MAGIC, type, (uint32_t)(fixed_length + tail_length), 0 };
    uint32_t check = RECORD_CHECK_SEED;

    check = RecordCheck(check, &header.Type, sizeof(header.Type));
    check = RecordCheck(check, &header.Length, sizeof(header.Length));
    check = RecordCheck(check, fixed, (uint32_t)fixed_length);
    header.Check = RecordCheck(check, tail, (uint32_t)tail_length);
    buffer_add(channel, &header, sizeof(header));
    buffer_add(channel, fixed, fixed_length);
    buffer_add(channel, tail, tail_length);
}

static inline void channel_hello(struct buffer *channel, uint32_t processors)
{
    RECORD_HELLO hello = { RECORD_VERSION, processors, 1, 64, 1000000000, 0 };

    channel_add(channel, RecordHello, &hello, sizeof(hello), "", 0);
}

static inline void channel_image(struct buffer *channel, uint64_t base, int32_t driver,
                                 const char *name)
{
    RECORD_IMAGE image = { base, 0x10000, driver };

    channel_add(channel, RecordImage, &image, sizeof(image), name, strlen(name));
}

static inline void channel_step(struct buffer *channel, uint32_t step, uint32_t status,
                                const char *text)
{
    RECORD_DRIVER record = { 0, step, status };

    channel_add(channel, RecordDriver, &record, sizeof(record), text, strlen(text));
}

static inline void channel_debug(struct buffer *channel, const char *text)
{
    RECORD_DEBUG record = { 0, 0, 101, 0 };

    channel_add(channel, RecordDebug, &record, sizeof(record), text, strlen(text));
}

static inline void channel_end(struct buffer *channel)
{
    RECORD_END end = { 0 };

    channel_add(channel, RecordEnd, &end, sizeof(end), "", 0);
}
