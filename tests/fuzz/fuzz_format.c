/* SPDX-License-Identifier: MIT */
/*
 * fuzz_format.c: the printf engine against any format and any arguments.
 *
 * The input is four bytes of choices and a format, of bytes or of UTF-16.  Every
 * buffer has its exact size in the heap, so that the address sanitizer sees
 * any step beyond it.  What must hold for every input: the length does not
 * depend on the buffer's size, a short result is the beginning of a long one,
 * and both are terminated.
 *
 * Arguments are what the format may ask for: integers of any value if it has
 * no string conversion, else pointers to objects that are valid as a narrow, a
 * wide and, if it has a %Z, a counted string at once.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/rtl/format.h"

#define SLOTS   512
#define OBJECTS 4

struct counted_string {
    uint16_t length, maximum_length;
    void *buffer;
};

struct input {
    const uint8_t *data;
    size_t size;
    bool wide;
    void *format; /* terminated */
    size_t units;
    uint64_t slots[SLOTS];
    void *objects[OBJECTS], *texts[OBJECTS];
};

static void *copy_exactly(const void *source, size_t size, size_t zeros)
{
    uint8_t *copy = malloc(size + zeros > 0 ? size + zeros : 1);

    if (copy == NULL)
        abort();
    if (size > 0)
        memcpy(copy, source, size);
    memset(copy + size, 0, zeros);
    return copy;
}

static bool format_has(const struct input *input, const char *types)
{
    size_t i;

    for (i = 0; i < input->units; i++) {
        unsigned unit = input->wide ? ((uint16_t *)input->format)[i]
                                    : ((uint8_t *)input->format)[i];

        if (unit != 0 && unit < 128 && strchr(types, (int)unit) != NULL)
            return true;
    }
    return false;
}

static void make_objects(struct input *input, bool counted)
{
    size_t i;

    for (i = 0; i < OBJECTS; i++) {
        size_t length = input->size * i / OBJECTS;

        if (counted) {
            struct counted_string string = { 0 };

            input->texts[i] = copy_exactly(input->data, length, 0);
            string.length = (uint16_t)(length & 0xFFFF);
            string.buffer = i == 0 ? NULL : input->texts[i];
            /* As text, the pointer's upper 16 bits are the terminator. */
            input->objects[i] = copy_exactly(&string, sizeof(string), 0);
        } else {
            length &= ~(size_t)1;
            input->objects[i] = copy_exactly(input->data, length, 2);
        }
    }
}

static void make_slots(struct input *input)
{
    uint64_t value = 0x9E3779B97F4A7C15ull;
    bool text = format_has(input, "sSZ");
    size_t i;

    if (text)
        make_objects(input, format_has(input, "Z"));
    for (i = 0; i < SLOTS; i++) {
        uint8_t byte = input->data[i % input->size];

        value = value * 6364136223846793005ull + byte;
        if (!text)
            input->slots[i] = value >> (byte % 64);
        else
            input->slots[i] = byte == 0 ? 0 : (uintptr_t)input->objects[byte % OBJECTS];
    }
}

static int call(struct input *input, void *buffer, size_t size)
{
    __builtin_ms_va_list list = (char *)input->slots;

    if (input->wide)
        return RtlpFormatWide(buffer, size, input->format, list);
    return RtlpFormat(buffer, size, input->format, list);
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check(struct input *input, size_t first_size, size_t second_size)
{
    size_t unit = input->wide ? 2 : 1;
    size_t sizes[2] = { first_size, second_size };
    uint8_t *buffers[2];
    int lengths[2], i;

    for (i = 0; i < 2; i++) {
        size_t end;

        buffers[i] = malloc(sizes[i] * unit + (sizes[i] == 0));
        require(buffers[i] != NULL);
        lengths[i] = call(input, buffers[i], sizes[i]);
        require(lengths[i] >= 0);
        if (sizes[i] == 0)
            continue;
        end = (size_t)lengths[i] < sizes[i] ? (size_t)lengths[i] : sizes[i] - 1;
        require(buffers[i][end * unit] == 0 && buffers[i][end * unit + unit - 1] == 0);
    }
    require(lengths[0] == lengths[1]);
    if (sizes[0] > 0 && sizes[1] > 0) {
        size_t common = sizes[0] < sizes[1] ? sizes[0] : sizes[1];

        if ((size_t)lengths[0] < common)
            common = (size_t)lengths[0] + 1;
        require(memcmp(buffers[0], buffers[1], (common - 1) * unit) == 0);
    }
    free(buffers[0]);
    free(buffers[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct input input;
    size_t i;

    if (size < 4 || size > 4 + SLOTS)
        return 0;
    memset(&input, 0, sizeof(input));
    input.wide = data[0] & 1;
    input.data = data;
    input.size = size;
    input.units = (size - 4) / (input.wide ? 2 : 1);
    input.format = copy_exactly(data + 4, input.units * (input.wide ? 2 : 1), input.wide ? 2 : 1);
    make_slots(&input);
    check(&input, data[1], (size_t)data[2] * 8 + data[3]);
    for (i = 0; i < OBJECTS; i++) {
        free(input.objects[i]);
        free(input.texts[i]);
    }
    free(input.format);
    return 0;
}
