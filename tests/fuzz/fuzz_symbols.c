/* SPDX-License-Identifier: MIT */
/*
 * fuzz_symbols.c: names and lines of a PE file whose headers, symbols and debug
 * information are anything.  Start it from real drivers.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/unit/channel.h"
#include "tool/symbols.h"

#define BASE 0xFFFFF88000010000ull

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char name[] = "drv.sys";
    RECORD_IMAGE image = { BASE, 0x10000000, 0 };
    struct symbols *symbols = symbols_create();
    struct records_parser *parser = malloc(sizeof(*parser));
    struct buffer channel = { 0 };
    struct run_model model;
    struct place place;

    channel_hello(&channel, 1);
    channel_add(&channel, RecordImage, &image, sizeof(image), name, strlen(name));
    records_begin(parser);
    run_model_begin(&model, 1, false, NULL);
    records_feed(parser, channel.text, channel.length, run_model_take, &model);
    symbols_add(symbols, name, 0, data, size);
    for (uint32_t rva = 0; rva < 0x4000; rva += 13) {
        symbols_place(symbols, &model, BASE + rva, rva % 2 != 0, &place);
        if (memchr(place_short(&place), '\0', sizeof(place.name)) == NULL) {
            abort();
        }
    }
    symbols_entry(symbols, &model, 0);
    symbols_free(symbols);
    run_model_free(&model);
    buffer_free(&channel);
    free(parser);
    return 0;
}
