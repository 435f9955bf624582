/* SPDX-License-Identifier: MIT */
/*
 * test_pe_damage.c: the PE loader on damaged images: cut off anywhere, wrong
 * in one field, wrong in any byte.
 * usage: test_pe_damage IMAGE..., the images that pe/images.sh builds
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "pe/load.h"
#include "pe_exercise.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const image_names[] = {
    "driver.sys",  "dense.sys", "guarded.sys", "missing.sys",  "kmdf.sys", "tls.sys",
    "movable.sys", "bare.sys",  "fixed.sys",   "ntoskrnl.exe", "hal.dll",
};

/* What an offset counts from. */
enum origin { FILE_START, FILE_HEADER, OPTIONAL_HEADER, DIRECTORIES, SECTIONS };

struct damage {
    const char *what;
    enum origin origin;
    uint32_t offset;
    uint32_t size;              /* of the value, 1 to 8 bytes */
    uint64_t value;
    PE_STATUS status;
};

/* Offsets as in "PE Format": file header behind the signature, PE32+ optional header. */
static const struct damage damages[] = {
    { "no MZ", FILE_START, 0, 2, 0x5A4E, PE_NOT_PE },
    { "NT headers far away", FILE_START, 0x3C, 4, 0xFFFFFFF0, PE_NOT_PE },
    { "NT headers behind the file", FILE_START, 0x3C, 4, 0x10000, PE_TRUNCATED },
    { "no PE signature", FILE_HEADER, -4u, 4, 0x454E, PE_NOT_PE },
    { "i386", FILE_HEADER, 0, 2, 0x014C, PE_32_BIT },
    { "ARM", FILE_HEADER, 0, 2, 0x01C4, PE_32_BIT },
    { "ARM64", FILE_HEADER, 0, 2, 0xAA64, PE_WRONG_MACHINE },
    { "no sections", FILE_HEADER, 2, 2, 0, PE_BAD_HEADERS },
    { "97 sections", FILE_HEADER, 2, 2, 97, PE_BAD_HEADERS },
    { "65535 sections", FILE_HEADER, 2, 2, 0xFFFF, PE_BAD_HEADERS },
    { "short optional header", FILE_HEADER, 16, 2, 111, PE_BAD_HEADERS },
    { "directories cut off", FILE_HEADER, 16, 2, 112 + 15 * 8, PE_BAD_HEADERS },
    { "endless optional header", FILE_HEADER, 16, 2, 0xFFFF, PE_TRUNCATED },
    { "not finished by the linker", FILE_HEADER, 18, 2, 0x2020, PE_NOT_LINKED },
    { "PE32", OPTIONAL_HEADER, 0, 2, 0x10B, PE_32_BIT },
    { "ROM image", OPTIONAL_HEADER, 0, 2, 0x107, PE_BAD_HEADERS },
    { "entry point in data", OPTIONAL_HEADER, 16, 4, 0x4000, PE_BAD_ENTRY_POINT },
    { "entry point outside", OPTIONAL_HEADER, 16, 4, 0xFFFFFFFF, PE_BAD_ENTRY_POINT },
    { "entry point in the headers", OPTIONAL_HEADER, 16, 4, 4, PE_BAD_ENTRY_POINT },
    { "odd base", OPTIONAL_HEADER, 24, 8, 0x140000001, PE_BAD_IMAGE_BASE },
    { "base that wraps", OPTIONAL_HEADER, 24, 8, 0xFFFFFFFFFFFFF000, PE_BAD_IMAGE_BASE },
    { "no section alignment", OPTIONAL_HEADER, 32, 4, 0, PE_BAD_ALIGNMENT },
    { "section alignment 4097", OPTIONAL_HEADER, 32, 4, 4097, PE_BAD_ALIGNMENT },
    { "section alignment 2 GiB", OPTIONAL_HEADER, 32, 4, 0x80000000, PE_BAD_ALIGNMENT },
    { "section alignment below file's", OPTIONAL_HEADER, 32, 4, 256, PE_BAD_ALIGNMENT },
    { "sections denser than pages only", OPTIONAL_HEADER, 32, 4, 2048, PE_BAD_ALIGNMENT },
    { "coarse section alignment", OPTIONAL_HEADER, 32, 4, 0x2000, PE_BAD_SECTION },
    { "no file alignment", OPTIONAL_HEADER, 36, 4, 0, PE_BAD_ALIGNMENT },
    { "file alignment 513", OPTIONAL_HEADER, 36, 4, 513, PE_BAD_ALIGNMENT },
    { "empty image", OPTIONAL_HEADER, 56, 4, 0, PE_BAD_IMAGE_SIZE },
    { "huge image", OPTIONAL_HEADER, 56, 4, 0x10000001, PE_BAD_IMAGE_SIZE },
    { "image of 4 GiB less one", OPTIONAL_HEADER, 56, 4, 0xFFFFFFFF, PE_BAD_IMAGE_SIZE },
    { "image smaller than its directories", OPTIONAL_HEADER, 56, 4, 0xB000, PE_BAD_DIRECTORY },
    { "headers without the section table", OPTIONAL_HEADER, 60, 4, 0x100, PE_BAD_HEADERS },
    { "headers over a section", OPTIONAL_HEADER, 60, 4, 0x1001, PE_BAD_SECTION },
    { "headers larger than the file", OPTIONAL_HEADER, 60, 4, 0x9000, PE_TRUNCATED },
    { "headers larger than the image", OPTIONAL_HEADER, 60, 4, 0x900000, PE_BAD_HEADERS },
    { "console program", OPTIONAL_HEADER, 68, 2, 3, PE_WRONG_SUBSYSTEM },
    { "UEFI program", OPTIONAL_HEADER, 68, 2, 10, PE_WRONG_SUBSYSTEM },
    { "exports outside", DIRECTORIES, 0, 4, 0x7FFFFFFF, PE_BAD_DIRECTORY },
    { "imports that end outside", DIRECTORIES, 8 + 4, 4, 0xFFFFFFFF, PE_BAD_DIRECTORY },
    { "relocations outside", DIRECTORIES, 5 * 8, 4, 0xFFFFF000, PE_BAD_DIRECTORY },
    { "TLS", DIRECTORIES, 9 * 8, 4, 0x4000, PE_HAS_TLS },
    { "managed", DIRECTORIES, 14 * 8, 4, 0x4000, PE_MANAGED },
    { "section outside the image", SECTIONS, 8, 4, 0xFFFFFFFF, PE_BAD_SECTION },
    { "section over the next one", SECTIONS, 8, 4, 0x1001, PE_BAD_SECTION },
    { "section over the headers", SECTIONS, 12, 4, 0, PE_BAD_SECTION },
    { "section at an odd address", SECTIONS, 12, 4, 0x1200, PE_BAD_SECTION },
    { "sections out of order", SECTIONS, 12, 4, 0x5000, PE_BAD_SECTION },
    { "section behind the file", SECTIONS, 20, 4, 0xFFFFFF00, PE_TRUNCATED },
    { "section longer than the file", SECTIONS, 16, 4, 0xFFFFFFFF, PE_TRUNCATED },
};

static size_t find_place(const struct image *image, enum origin origin)
{
    uint32_t start;
    uint16_t optional_size;

    memcpy(&start, image->file + 0x3C, sizeof(start));
    memcpy(&optional_size, image->file + start + 20, sizeof(optional_size));
    switch (origin) {
    case FILE_HEADER:
        return start + 4;
    case OPTIONAL_HEADER:
        return start + 24;
    case DIRECTORIES:
        return start + 24 + 112;
    case SECTIONS:
        return start + 24 + optional_size;
    default:
        return 0;
    }
}

static void each_kind_of_header_damage_has_its_status(void **state)
{
    PE_IMAGE image;

    (void)state;
    for (size_t index = 0; index < COUNT(damages); index++) {
        const struct damage *damage = &damages[index];
        struct image driver = read_image("driver.sys");
        size_t at = find_place(&driver, damage->origin) + (int32_t)damage->offset;
        PE_STATUS status;

        memcpy(driver.file + at, &damage->value, damage->size);
        status = exercise_image(driver.file, driver.file_size);
        if (status != damage->status) {
            fail_msg("%s: \"%s\" instead of \"%s\"", damage->what, LdrPeStatusText(status),
                     LdrPeStatusText(damage->status));
        }
        memset(&image, 0x5A, sizeof(image));
        assert_int_not_equal(LdrPeOpen(driver.file, driver.file_size, &image), PE_SUCCESS);
        assert_int_equal(image.Size, 0x5A5A5A5A);
        free_image(&driver);
    }
}

static void an_image_cut_off_anywhere_opens_or_says_why_not(void **state)
{
    (void)state;
    for (size_t index = 0; index < COUNT(image_names); index++) {
        struct image image = read_image(image_names[index]);
        PE_STATUS whole = exercise_image(image.file, image.file_size);
        size_t needed = 0;

        for (size_t size = 0; size < image.file_size; size++) {
            PE_STATUS status = exercise_image(image.file, size);

            assert_true(status == PE_NOT_PE || status == PE_TRUNCATED || status == whole);
            if (status != whole) {
                assert_int_equal(status, size < 2 ? PE_NOT_PE : PE_TRUNCATED);
                needed = size + 1;
            }
        }
        if (whole == PE_SUCCESS) {
            assert_int_equal(needed, image.file_size);
        }
        free_image(&image);
    }
}

static void an_image_with_any_wrong_byte_breaks_no_promise(void **state)
{
    static const uint8_t values[] = { 0x00, 0x01, 0x7F, 0x80, 0xFF };

    (void)state;
    for (size_t index = 0; index < COUNT(image_names); index++) {
        struct image image = read_image(image_names[index]);

        for (size_t at = 0; at < image.file_size; at++) {
            uint8_t saved = image.file[at];

            image.file[at] = values[at % COUNT(values)];
            exercise_image(image.file, image.file_size);
            image.file[at] = saved ^ (uint8_t)(1u << at % 8);
            exercise_image(image.file, image.file_size);
            image.file[at] = saved;
        }
        free_image(&image);
    }
}

static void the_extent_of_a_file_includes_symbols_and_certificates(void **state)
{
    struct image driver = read_image("driver.sys");
    size_t header = find_place(&driver, FILE_HEADER);
    size_t certificates = find_place(&driver, DIRECTORIES) + 4 * 8;
    const uint32_t symbols[2] = { 0x7000, 3 };
    const uint32_t place[2] = { 0x9000, 0x500 };

    (void)state;
    assert_int_equal(LdrPeOpen(driver.file, driver.file_size, &driver.pe), PE_SUCCESS);
    assert_int_equal(driver.pe.FileExtent, driver.file_size);
    memcpy(driver.file + header + 8, symbols, sizeof(symbols));
    assert_int_equal(LdrPeOpen(driver.file, driver.file_size, &driver.pe), PE_SUCCESS);
    assert_int_equal(driver.pe.FileExtent, 0x7000 + 3 * 18 + 4);
    memcpy(driver.file + certificates, place, sizeof(place));
    assert_int_equal(LdrPeOpen(driver.file, driver.file_size, &driver.pe), PE_SUCCESS);
    assert_int_equal(driver.pe.FileExtent, 0x9500);
    free_image(&driver);
}

/* Write a 32-bit value at an RVA of a freshly loaded image. */
static struct image load_with(const char *name, int directory, uint32_t offset, uint32_t value)
{
    struct image image = load_image(name);

    memcpy(image.view + image.pe.Directory[directory].Rva + offset, &value, sizeof(value));
    return image;
}

static void damaged_relocations_are_refused(void **state)
{
    static const struct {
        uint32_t offset;
        uint32_t value;
    } cases[] = {
        { 0, 0xFFFFF000 },      /* page outside the image */
        { 4, 0 },               /* block without a size */
        { 4, 7 },               /* shorter than its header */
        { 4, 0xFFFFFFFC },      /* longer than the directory */
        { 8, 0x3000 },          /* HIGHLOW, of 32-bit code */
        { 8, 0xF000 },          /* no such type */
    };

    (void)state;
    for (size_t index = 0; index < COUNT(cases); index++) {
        struct image driver = load_with("driver.sys", PE_DIRECTORY_RELOCATION, cases[index].offset,
                                        cases[index].value);

        assert_int_equal(LdrPeRelocate(&driver.pe, driver.view, 0x200000000), PE_BAD_RELOCATION);
        free_image(&driver);
    }
}

static void a_directory_without_an_address_is_absent_whatever_its_size(void **state)
{
    struct image fixed = read_image("fixed.sys");
    const uint32_t size = 12;

    (void)state;
    memcpy(fixed.file + find_place(&fixed, DIRECTORIES) + PE_DIRECTORY_RELOCATION * 8 + 4, &size,
           sizeof(size));
    assert_int_equal(LdrPeOpen(fixed.file, fixed.file_size, &fixed.pe), PE_SUCCESS);
    assert_int_equal(fixed.pe.Directory[PE_DIRECTORY_RELOCATION].Size, 0);
    assert_false(LdrPeIsRelocatable(&fixed.pe));
    free_image(&fixed);
}

static void impossible_bases_are_refused(void **state)
{
    struct image driver = load_image("driver.sys");

    (void)state;
    assert_int_equal(LdrPeRelocate(&driver.pe, driver.view, 0x200000001), PE_BAD_IMAGE_BASE);
    assert_int_equal(LdrPeRelocate(&driver.pe, driver.view, UINT64_MAX & ~0xFFFull),
                     PE_BAD_IMAGE_BASE);
    assert_int_equal(driver.pe.ImageBase, (uintptr_t)driver.view);
    free_image(&driver);
}

static PE_STATUS refuse_all(void *context, const PE_IMPORT *import, uint64_t *address)
{
    (void)context;
    (void)import;
    (void)address;
    return PE_MODULE_NOT_FOUND;
}

static void damaged_imports_are_refused(void **state)
{
    static const struct {
        uint32_t offset;
        uint32_t value;
    } cases[] = {
        { 0, 0xFFFFFFF0 },      /* lookup table outside */
        { 12, 0xFFFFFFF0 },     /* name of the DLL outside */
        { 16, 0 },              /* no address table */
        { 16, 0xFFFFFFF0 },     /* address table outside */
        { 0x40, 0x7FFFFFFF },   /* name outside (first entry of the lookup table) */
        { 0x44, 1 },            /* bits that must be zero */
        { 0x54, 0x80000001 },   /* likewise, with an ordinal */
    };
    PE_BINDER binder = { refuse_all, NULL, NULL };

    (void)state;
    for (size_t index = 0; index < COUNT(cases); index++) {
        struct image driver = load_with("driver.sys", PE_DIRECTORY_IMPORT, cases[index].offset,
                                        cases[index].value);

        assert_int_equal(LdrPeBindImports(&driver.pe, driver.view, &binder), PE_BAD_IMPORT);
        free_image(&driver);
    }
}

static PE_STATUS count_import(void *context, const PE_IMPORT *import)
{
    (void)import;
    ++*(uint32_t *)context;
    return PE_SUCCESS;
}

/* Walk a made-up import table: equal descriptors, sharing one table of equal ordinals. */
static PE_STATUS walk(uint32_t descriptors, uint32_t symbols, uint32_t *visited)
{
    const uint32_t names = 0x8000, table = 0x10000, size = 0x100000;
    const uint32_t descriptor[5] = { table, 0, 0, names, table };
    const uint64_t ordinal = 0x8000000000000001ull;
    PE_IMAGE image = { .Size = size };
    uint8_t *view = test_calloc(1, size);
    PE_STATUS status;

    image.Directory[PE_DIRECTORY_IMPORT] = (PE_DATA_DIRECTORY){ 0x1000, 20 };
    view[names] = 'n';
    for (uint32_t index = 0; index < descriptors; index++) {
        memcpy(view + 0x1000 + index * sizeof(descriptor), descriptor, sizeof(descriptor));
    }
    for (uint32_t index = 0; index < symbols; index++) {
        memcpy(view + table + index * sizeof(ordinal), &ordinal, sizeof(ordinal));
    }
    *visited = 0;
    status = LdrPeWalkImports(&image, view, count_import, visited);
    test_free(view);
    return status;
}

static void the_number_of_imports_is_bounded(void **state)
{
    uint32_t visited;

    (void)state;
    assert_int_equal(walk(1, PE_MAX_IMPORTS, &visited), PE_SUCCESS);
    assert_int_equal(visited, PE_MAX_IMPORTS);
    assert_int_equal(walk(1, PE_MAX_IMPORTS + 1, &visited), PE_BAD_IMPORT);
    assert_int_equal(visited, PE_MAX_IMPORTS);
    assert_int_equal(walk(3, PE_MAX_IMPORTS / 2, &visited), PE_BAD_IMPORT);
    assert_int_equal(visited, PE_MAX_IMPORTS);
    assert_int_equal(walk(PE_MAX_DESCRIPTORS, 1, &visited), PE_SUCCESS);
    assert_int_equal(visited, PE_MAX_DESCRIPTORS);
    assert_int_equal(walk(PE_MAX_DESCRIPTORS + 1, 1, &visited), PE_BAD_IMPORT);
    assert_int_equal(visited, 0);
}

static void damaged_exports_are_refused(void **state)
{
    static const struct {
        uint32_t offset;
        uint32_t value;
    } cases[] = {
        { 20, 0x10001 },        /* more functions than ordinals */
        { 24, 0x10001 },        /* more names than ordinals */
        { 20, 0 },              /* names of functions that are not there */
        { 28, 0xFFFFFFF0 },     /* tables outside */
        { 32, 0xFFFFFFF0 },
        { 36, 0xFFFFFFF0 },
    };
    PE_EXPORT export;

    (void)state;
    for (size_t index = 0; index < COUNT(cases); index++) {
        struct image kernel = load_with("ntoskrnl.exe", PE_DIRECTORY_EXPORT, cases[index].offset,
                                        cases[index].value);

        assert_int_equal(LdrPeFindExport(&kernel.pe, kernel.view, "FakeAdd", 0, &export),
                         PE_BAD_EXPORT);
        free_image(&kernel);
    }
}

static void damaged_forwarders_are_refused(void **state)
{
    static const char *const forwarders[] = {
        "halHalSquare", ".HalSquare", "hal.", "hal.#", "hal.#5x", "hal.#99999",
    };
    struct image kernel = load_image("ntoskrnl.exe");
    PE_MODULE module = { "ntoskrnl.exe", kernel.view, kernel.pe.ImageBase, kernel.pe };
    PE_MODULE_TABLE table = { &module, 1 };
    PE_IMPORT import = { .Module = "ntoskrnl.exe", .Name = "HalSquare" };
    PE_EXPORT export;
    PE_SYMBOL symbol;

    (void)state;
    assert_int_equal(LdrPeFindExport(&kernel.pe, kernel.view, "HalSquare", 0, &export), PE_SUCCESS);
    for (size_t index = 0; index < COUNT(forwarders); index++) {
        strcpy((char *)kernel.view + (export.Forwarder - (char *)kernel.view), forwarders[index]);
        assert_int_equal(LdrPeResolve(&table, &import, &symbol), PE_BAD_EXPORT);
    }
    free_image(&kernel);
}

static void every_status_has_its_own_words(void **state)
{
    (void)state;
    for (int left = 0; left <= PE_STATUS_COUNT; left++) {
        assert_non_null(LdrPeStatusText((PE_STATUS)left));
        for (int right = 0; right < left; right++) {
            assert_string_not_equal(LdrPeStatusText((PE_STATUS)left),
                                    LdrPeStatusText((PE_STATUS)right));
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_header_damage_has_its_status),
        cmocka_unit_test(an_image_cut_off_anywhere_opens_or_says_why_not),
        cmocka_unit_test(an_image_with_any_wrong_byte_breaks_no_promise),
        cmocka_unit_test(the_extent_of_a_file_includes_symbols_and_certificates),
        cmocka_unit_test(damaged_relocations_are_refused),
        cmocka_unit_test(a_directory_without_an_address_is_absent_whatever_its_size),
        cmocka_unit_test(impossible_bases_are_refused),
        cmocka_unit_test(damaged_imports_are_refused),
        cmocka_unit_test(the_number_of_imports_is_bounded),
        cmocka_unit_test(damaged_exports_are_refused),
        cmocka_unit_test(damaged_forwarders_are_refused),
        cmocka_unit_test(every_status_has_its_own_words),
    };

    set_image_paths(argc - 1, argv + 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
