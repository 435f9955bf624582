/* SPDX-License-Identifier: MIT */
/*
 * test_pe.c: headers, sections, relocations and unwind entries, on images of real
 * linkers.
 * usage: test_pe IMAGE..., the images that pe/images.sh builds
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pe/load.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void sections_say_how_to_protect_them(void **state)
{
    static const struct {
        const char *name;
        uint32_t flags;
    } expected[] = {
        { ".text", PE_READ | PE_EXECUTE },
        { "PAGE", PE_READ | PE_EXECUTE | PE_PAGEABLE },
        { "INIT", PE_READ | PE_EXECUTE | PE_DISCARDABLE },
        { ".data", PE_READ | PE_WRITE },
        { ".rdata", PE_READ },
        { ".pdata", PE_READ },
        { ".xdata", PE_READ },
        { ".bss", PE_READ | PE_WRITE },
        { ".edata", PE_READ },
        { ".idata", PE_READ | PE_WRITE },
        { ".reloc", PE_READ | PE_DISCARDABLE },
    };
    struct image driver = load_image("driver.sys");
    PE_SECTION section;

    (void)state;
    assert_int_equal(driver.pe.SectionCount, COUNT(expected));
    for (uint32_t index = 0; index < COUNT(expected); index++) {
        assert_true(LdrPeGetSection(&driver.pe, driver.file, index, &section));
        assert_string_equal(section.Name, expected[index].name);
        assert_int_equal(section.Flags, expected[index].flags);
        assert_int_equal(section.Size, PE_PAGE_SIZE);
        assert_int_equal(LdrPePageProtection(&driver.pe, driver.view, section.Rva + 5),
                         section.Flags);
    }
    assert_false(LdrPeGetSection(&driver.pe, driver.file, COUNT(expected), &section));
    assert_int_equal(LdrPePageProtection(&driver.pe, driver.view, 0), PE_READ);
    assert_int_equal(LdrPePageProtection(&driver.pe, driver.view, driver.pe.Size), 0);
    free_image(&driver);
}

/* dense.sys: 512-byte sections, headers and .text to .rdata in one page, the others in the next. */
static void a_page_shared_by_sections_has_the_rights_of_all(void **state)
{
    struct image driver = load_image("dense.sys");

    (void)state;
    assert_int_equal(driver.pe.Size, 2 * PE_PAGE_SIZE);
    assert_int_equal(LdrPePageProtection(&driver.pe, driver.view, 0),
                     PE_READ | PE_WRITE | PE_EXECUTE);
    assert_int_equal(LdrPePageProtection(&driver.pe, driver.view, PE_PAGE_SIZE),
                     PE_READ | PE_WRITE);
    free_image(&driver);
}

/* The file's padding behind each section is overwritten first: it must not get into the view. */
static void a_view_holds_the_sections_and_zeros_elsewhere(void **state)
{
    struct image driver = read_image("driver.sys");
    uint32_t mapped = 0;
    PE_SECTION section;

    (void)state;
    assert_int_equal(LdrPeOpen(driver.file, driver.file_size, &driver.pe), PE_SUCCESS);
    driver.view = test_malloc(driver.pe.Size);
    memset(driver.view, 0xCC, driver.pe.Size);
    for (uint32_t index = 0; LdrPeGetSection(&driver.pe, driver.file, index, &section); index++) {
        uint32_t raw[2]; /* size and place in the file */

        memcpy(raw, driver.file + driver.pe.SectionTable + 40 * index + 16, sizeof(raw));
        if (raw[1] != 0) {
            assert_true(raw[0] > section.VirtualSize);
            memset(driver.file + raw[1] + section.VirtualSize, 0xEE, raw[0] - section.VirtualSize);
        }
    }
    assert_int_equal(LdrPeMap(&driver.pe, driver.file, driver.file_size, driver.view,
                              driver.pe.Size), PE_SUCCESS);
    assert_memory_equal(driver.view, driver.file, driver.pe.SizeOfHeaders);
    for (uint32_t index = 0; LdrPeGetSection(&driver.pe, driver.file, index, &section); index++) {
        uint32_t raw[2];
        uint32_t filled = 0;

        memcpy(raw, driver.file + driver.pe.SectionTable + 40 * index + 16, sizeof(raw));
        if (raw[1] != 0) {
            assert_memory_equal(driver.view + section.Rva, driver.file + raw[1],
                                section.VirtualSize);
            filled = section.VirtualSize;
            mapped++;
        }
        for (; filled < section.Size; filled++) {
            assert_int_equal(driver.view[section.Rva + filled], 0);
        }
    }
    assert_int_equal(mapped, driver.pe.SectionCount - 1u);
    test_free(driver.view);
    driver.view = NULL;
    free_image(&driver);
}

static void relocating_there_and_back_changes_nothing(void **state)
{
    struct image driver = read_image("driver.sys");
    PE_IMAGE again;
    uint8_t *before;
    uint64_t preferred;

    (void)state;
    assert_int_equal(LdrPeOpen(driver.file, driver.file_size, &driver.pe), PE_SUCCESS);
    preferred = driver.pe.ImageBase;
    before = test_malloc(driver.pe.Size);
    driver.view = test_malloc(driver.pe.Size);
    assert_int_equal(LdrPeMap(&driver.pe, driver.file, driver.file_size, before, driver.pe.Size),
                     PE_SUCCESS);
    memcpy(driver.view, before, driver.pe.Size);
    assert_int_equal(LdrPeRelocate(&driver.pe, driver.view, 0xFFFFF80300001000ull), PE_SUCCESS);
    assert_memory_not_equal(driver.view, before, driver.pe.Size);
    assert_int_equal(LdrPeOpenMapped(driver.view, driver.pe.Size, &again), PE_SUCCESS);
    assert_int_equal(again.ImageBase, 0xFFFFF80300001000ull);
    assert_int_equal(LdrPeRelocate(&again, driver.view, preferred), PE_SUCCESS);
    assert_memory_equal(driver.view, before, driver.pe.Size);
    test_free(before);
    test_free(driver.view);
    driver.view = NULL;
    free_image(&driver);
}

static void an_image_stripped_of_relocations_stays_at_its_address(void **state)
{
    struct image fixed = read_image("fixed.sys");

    (void)state;
    assert_int_equal(LdrPeOpen(fixed.file, fixed.file_size, &fixed.pe), PE_SUCCESS);
    fixed.view = test_malloc(fixed.pe.Size);
    assert_int_equal(LdrPeMap(&fixed.pe, fixed.file, fixed.file_size, fixed.view, fixed.pe.Size),
                     PE_SUCCESS);
    assert_false(LdrPeIsRelocatable(&fixed.pe));
    assert_int_equal(LdrPeRelocate(&fixed.pe, fixed.view, fixed.pe.ImageBase), PE_SUCCESS);
    assert_int_equal(LdrPeRelocate(&fixed.pe, fixed.view, 0x200000000ull), PE_NOT_RELOCATABLE);
    test_free(fixed.view);
    fixed.view = NULL;
    free_image(&fixed);
}

static void an_image_that_needs_no_relocations_runs_anywhere(void **state)
{
    struct image movable = load_image("movable.sys");

    (void)state;
    assert_int_equal(movable.pe.Directory[PE_DIRECTORY_RELOCATION].Size, 0);
    assert_int_equal(((CALL int (*)(void))run_at(&movable, movable.pe.EntryPoint))(), 7);
    free_image(&movable);
}

static void a_tls_directory_is_refused(void **state)
{
    struct image driver = read_image("tls.sys");

    (void)state;
    assert_int_equal(LdrPeOpen(driver.file, driver.file_size, &driver.pe), PE_HAS_TLS);
    assert_string_equal(LdrPeStatusText(PE_HAS_TLS),
                        "uses a TLS directory, which kernel images cannot have");
    free_image(&driver);
}

static void every_unwind_entry_is_found_and_nothing_between(void **state)
{
    struct image driver = load_image("driver.sys");
    uint32_t count = LdrPeFunctionCount(&driver.pe);
    PE_FUNCTION function;

    (void)state;
    assert_int_equal(count, 3);
    for (uint32_t index = 0; index < count; index++) {
        uint32_t entry[3];
        uint32_t rva = driver.pe.Directory[PE_DIRECTORY_EXCEPTION].Rva + 12 * index;

        memcpy(entry, driver.view + rva, sizeof(entry));
        assert_true(LdrPeFindFunctionEntry(&driver.pe, driver.view, entry[0], &function));
        assert_int_equal(function.EntryRva, rva);
        assert_true(LdrPeFindFunctionEntry(&driver.pe, driver.view, entry[1] - 1, &function));
        assert_int_equal(function.Begin, entry[0]);
        assert_int_equal(function.End, entry[1]);
        assert_int_equal(function.UnwindInfo, entry[2]);
        assert_false(LdrPeFindFunctionEntry(&driver.pe, driver.view, entry[1], &function) &&
                     function.EntryRva == rva);
    }
    assert_false(LdrPeFindFunctionEntry(&driver.pe, driver.view, 0, &function));
    assert_false(LdrPeFindFunctionEntry(&driver.pe, driver.view, driver.pe.Size, &function));
    free_image(&driver);
}

static void the_address_helpers_keep_to_the_image(void **state)
{
    PE_IMAGE image = { .Size = 8 };
    const char view[9] = "abc\0defg";

    (void)state;
    assert_ptr_equal(LdrPeAt(&image, view, 0, 8), view);
    assert_null(LdrPeAt(&image, view, 1, 8));
    assert_null(LdrPeAt(&image, view, UINT64_MAX, 2));
    assert_string_equal(LdrPeStringAt(&image, view, 1, 100), "bc");
    assert_null(LdrPeStringAt(&image, view, 0, 3));
    assert_null(LdrPeStringAt(&image, view, 4, 100));
    assert_null(LdrPeStringAt(&image, view, 8, 100));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_say_how_to_protect_them),
        cmocka_unit_test(a_page_shared_by_sections_has_the_rights_of_all),
        cmocka_unit_test(a_view_holds_the_sections_and_zeros_elsewhere),
        cmocka_unit_test(relocating_there_and_back_changes_nothing),
        cmocka_unit_test(an_image_stripped_of_relocations_stays_at_its_address),
        cmocka_unit_test(an_image_that_needs_no_relocations_runs_anywhere),
        cmocka_unit_test(a_tls_directory_is_refused),
        cmocka_unit_test(every_unwind_entry_is_found_and_nothing_between),
        cmocka_unit_test(the_address_helpers_keep_to_the_image),
    };

    set_image_paths(argc - 1, argv + 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
