/* SPDX-License-Identifier: MIT */
/*
 * fuzz_records.c: the report channel from any bytes to text and JSON.
 *
 * The first byte of the input chooses: raw bytes as they are, or a list of
 * (type, length, payload) that gets right headers, so that what lies behind the
 * check sum is reached; and the size of the pieces in which it all arrives.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/channel.h"
#include "tool/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* wrap: (type, length low, length high, payload)... with headers. */
static void wrap(struct buffer *channel, const uint8_t *data, size_t size)
{
    channel_hello(channel, 4);
    channel_image(channel, 0xFFFFF88000010000ull, 0, "drv.sys");
    while (size >= 3) {
        size_t length = data[1] | (size_t)data[2] << 8;

        length = length < size - 3 ? length : size - 3;
        channel_add(channel, data[0] % 15, data + 3, length, "", 0);
        data += 3 + length;
        size -= 3 + length;
    }
}

static void report(struct run_model *model, uint8_t choice, FILE *file)
{
    static const struct driver_name drivers[] = { { "drv.sys", "drv.sys" },
                                                  { "two.sys", "two.sys" } };
    uint64_t places[] = { 0xFFFFF88000010010ull, 0 };
    struct machine_result result = { .end = choice % (MACHINE_INTERRUPTED + 1),
                                     .text = strdup("text"),
                                     .places = places,
                                     .place_count = 2 };
    struct symbols *symbols = symbols_create();
    struct outcome outcome = { .model = model,
                               .result = &result,
                               .symbols = symbols,
                               .drivers = drivers,
                               .timeout = 60,
                               .watchdog = 10 };
    struct report all = {
        .machine = "qemu", .processors = 4, .replay = "again", .outcome = &outcome
    };

    outcome_judge(&outcome);
    report_text(&all, file);
    report_json(&all, file);
    outcome_free(&outcome);
    symbols_free(symbols);
    free(result.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nothing;
    struct records_parser *parser;
    struct buffer channel = { 0 };
    struct run_model model;
    size_t piece;

    if (size < 2) {
        return 0;
    }
    if (nothing == NULL) {
        nothing = fopen("/dev/null", "w");
    }
    if (data[0] & 1) {
        wrap(&channel, data + 2, size - 2);
    } else {
        buffer_add(&channel, data + 2, size - 2);
    }
    piece = (size_t)(data[0] >> 1) + 1;
    parser = malloc(sizeof(*parser));
    records_begin(parser);
    run_model_begin(&model, 2, true, NULL);
    for (size_t at = 0; at < channel.length; at += piece) {
        size_t part = channel.length - at < piece ? channel.length - at : piece;
        char *exact = malloc(part);

        memcpy(exact, channel.text + at, part);
        records_feed(parser, exact, part, run_model_take, &model);
        free(exact);
    }
    run_model_finish(&model);
    report(&model, data[1], nothing);
    run_model_free(&model);
    buffer_free(&channel);
    free(parser);
    return 0;
}
