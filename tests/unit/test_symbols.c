/* SPDX-License-Identifier: MIT */
/*
 * test_symbols.c: addresses of data to names, by types, by symbols and without
 * either; labels of code.
 * usage: test_symbols DEBUG STRIPPED NOTHING, three builds of pe/variables.c: with debug
 * information, with symbols only, with neither
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tool/pe_file.h"
#include "tool/symbols.h"

#define BASE 0xFFFFF88000010000ull

enum { DEBUG, SYMBOLS, NOTHING, FILE_COUNT };

static struct {
    uint8_t *bytes;
    size_t size;
} files[FILE_COUNT];

/* find_symbol: the RVA of a variable by its symbol. */
struct search {
    const char *name;
    uint32_t rva;
};

static void compare(void *context, const struct pe_symbol *symbol)
{
    struct search *search = context;

    if (strlen(search->name) == symbol->name_length &&
        memcmp(search->name, symbol->name, symbol->name_length) == 0) {
        search->rva = symbol->rva;
    }
}

static uint64_t address_of(int which, const char *name)
{
    struct search search = { name, 0 };
    struct pe_file file;

    assert_int_equal(pe_file_open(&file, files[which].bytes, files[which].size), PE_SUCCESS);
    pe_file_symbols(&file, compare, &search);
    pe_file_close(&file);
    assert_int_not_equal(search.rva, 0);
    return BASE + search.rva;
}

static void assert_variable(int which, uint64_t address, uint32_t size, const char *expected,
                            size_t own)
{
    struct run_image image = { { BASE, 0x100000, 0 }, "drv.sys" };
    struct run_model model = { .images = &image, .image_count = 1 };
    struct symbols *symbols = symbols_create();
    size_t length;
    char *text;

    symbols_add(symbols, "drv.sys", 0, files[which].bytes, files[which].size);
    length = symbols_variable(symbols, &model, address, size, &text);
    assert_string_equal(text, expected);
    assert_int_equal(length, own);
    free(text);
    symbols_free(symbols);
}

static void debug_information_names_elements_and_members(void **state)
{
    uint64_t counter = address_of(DEBUG, "Counter"), records = address_of(DEBUG, "Records");
    uint64_t grid = address_of(DEBUG, "Grid"), text = address_of(DEBUG, "Text");

    (void)state;
    assert_variable(DEBUG, counter, 4, "drv.sys!Counter", 15);
    assert_variable(DEBUG, counter + 1, 1, "drv.sys!Counter+0x1", 15);
    assert_variable(DEBUG, address_of(DEBUG, "Exported"), 4, "drv.sys!Exported", 16);
    assert_variable(DEBUG, text, 8, "drv.sys!Text", 12);
    assert_variable(DEBUG, grid + 5, 1, "drv.sys!Grid[1][2]", 12);
    assert_variable(DEBUG, grid + 4, 2, "drv.sys!Grid+0x4", 12);
    /* sizeof(Record) is 40: Tag 0, Pair 4, Either 24, Bits 32. */
    assert_variable(DEBUG, records + 40, 2, "drv.sys!Records[1].Tag", 15);
    assert_variable(DEBUG, records + 80 + 16, 4, "drv.sys!Records[2].Pair[1].Second", 15);
    assert_variable(DEBUG, records + 80 + 12, 8, "drv.sys!Records[2].Pair[1]", 15);
    assert_variable(DEBUG, records + 24, 4, "drv.sys!Records[0].Either", 15);
    assert_variable(DEBUG, records + 28, 4, "drv.sys!Records[0].Either+0x4", 15);
    assert_variable(DEBUG, records + 32, 1, "drv.sys!Records[0]+0x20", 15);
    assert_variable(DEBUG, records + 36, 8, "drv.sys!Records+0x24", 15);
}

static void a_static_variable_of_a_function_is_named(void **state)
{
    uint64_t last = address_of(DEBUG, "Static.0");

    (void)state;
    assert_variable(DEBUG, last, 4, "drv.sys!Static", 14);
}

static void symbols_name_variables_with_offsets(void **state)
{
    uint64_t records = address_of(SYMBOLS, "Records");

    (void)state;
    assert_variable(SYMBOLS, address_of(SYMBOLS, "Counter"), 4, "drv.sys!Counter", 15);
    assert_variable(SYMBOLS, records, 2, "drv.sys!Records", 15);
    assert_variable(SYMBOLS, records + 96, 4, "drv.sys!Records+0x60", 15);
}

static void without_symbols_there_are_sections(void **state)
{
    uint64_t data = address_of(SYMBOLS, "Exported") & ~0xFFFull;

    (void)state;
    assert_variable(NOTHING, data, 4, "drv.sys .data", 13);
    assert_variable(NOTHING, data + 4, 4, "drv.sys .data+0x4", 13);
}

static void assert_place(int which, uint64_t address, const char *expected)
{
    struct run_image image = { { BASE, 0x100000, 0 }, "drv.sys" };
    struct run_model model = { .images = &image, .image_count = 1 };
    struct symbols *symbols = symbols_create();
    struct place place;

    symbols_add(symbols, "drv.sys", 0, files[which].bytes, files[which].size);
    symbols_place(symbols, &model, address, false, &place);
    assert_string_equal(place.name, expected);
    symbols_free(symbols);
}

static void labels_of_assembler_code_name_code_that_is_in_no_other_function(void **state)
{
    uint64_t unwound = address_of(SYMBOLS, "Unwound");

    (void)state;
    assert_place(SYMBOLS, address_of(SYMBOLS, "Bare") + 1, "drv.sys!Bare+0x1");
    assert_place(SYMBOLS, unwound, "drv.sys!Unwound+0x0");
    assert_place(SYMBOLS, unwound + 2, "drv.sys!Unwound+0x2");
}

static void what_is_in_no_section_or_image_is_an_address(void **state)
{
    (void)state;
    assert_variable(DEBUG, BASE + 0xFF000, 4, "drv.sys+0xFF000", 7);
    assert_variable(DEBUG, BASE - 16, 4, "memory at 0xFFFFF8800000FFF0", 6);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(debug_information_names_elements_and_members),
        cmocka_unit_test(a_static_variable_of_a_function_is_named),
        cmocka_unit_test(symbols_name_variables_with_offsets),
        cmocka_unit_test(without_symbols_there_are_sections),
        cmocka_unit_test(labels_of_assembler_code_name_code_that_is_in_no_other_function),
        cmocka_unit_test(what_is_in_no_section_or_image_is_an_address),
    };
    const char *reason;
    int failed;

    for (int index = 0; index < FILE_COUNT; index++) {
        files[index].bytes =
            index + 1 < argc ? read_whole_file(argv[index + 1], &files[index].size, &reason) : NULL;
        if (files[index].bytes == NULL) {
            fprintf(stderr, "usage: test_symbols DEBUG STRIPPED NOTHING\n");
            return 2;
        }
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (int index = 0; index < FILE_COUNT; index++) {
        free(files[index].bytes);
    }
    return failed;
}
