/* SPDX-License-Identifier: MIT */
/*
 * test_pe.c: the PE loader on images of real linkers, which are also run.
 * usage: test_pe IMAGE..., the images that pe/images.sh builds
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pe/load.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

typedef CALL int (*entry_function)(void);

static struct image kernel, hal;
static PE_MODULE modules[2];
static PE_MODULE_TABLE table = { modules, 2 };

/* What a binder is told, as text, one line per event. */
static char events[1024];

static void note(const char *kind, const PE_IMPORT *import, const char *detail)
{
    size_t used = strlen(events);

    if (import->Name != NULL) {
        snprintf(events + used, sizeof(events) - used, "%s %s!%s%s\n", kind, import->Module,
                 import->Name, detail);
    } else {
        snprintf(events + used, sizeof(events) - used, "%s %s!#%u%s\n", kind, import->Module,
                 import->Ordinal, detail);
    }
}

static PE_STATUS note_import(void *context, const PE_IMPORT *import)
{
    (void)context;
    note("import", import, "");
    return PE_SUCCESS;
}

static void note_missing(void *context, const PE_IMPORT *import, PE_STATUS reason)
{
    (void)context;
    note("missing", import, reason == PE_MODULE_NOT_FOUND ? " (module)" : " (export)");
}

static PE_STATUS bind(struct image *image)
{
    PE_BINDER binder = { LdrPeResolveInModules, note_missing, &table };

    events[0] = '\0';
    return LdrPeBindImports(&image->pe, image->view, &binder);
}

static int run_entry(const struct image *image)
{
    return ((entry_function)run_at(image, image->pe.EntryPoint))();
}

static PE_STATUS resolve(const char *module, const char *name, uint16_t ordinal, PE_SYMBOL *symbol)
{
    PE_IMPORT import = { .Module = module, .Name = name, .Ordinal = ordinal };

    return LdrPeResolve(&table, &import, symbol);
}

static int load_modules(void **state)
{
    (void)state;
    kernel = load_image("ntoskrnl.exe");
    hal = load_image("hal.dll");
    modules[0] = (PE_MODULE){ "ntoskrnl.exe", kernel.view, kernel.pe.ImageBase, kernel.pe };
    modules[1] = (PE_MODULE){ "hal.dll", hal.view, hal.pe.ImageBase, hal.pe };
    return 0;
}

static int free_modules(void **state)
{
    (void)state;
    free_image(&kernel);
    free_image(&hal);
    return 0;
}

static void a_relocated_and_bound_driver_computes_what_its_source_says(void **state)
{
    static const char *const names[] = { "driver.sys", "dense.sys" };

    (void)state;
    for (size_t index = 0; index < COUNT(names); index++) {
        struct image driver = load_image(names[index]);

        assert_int_equal(bind(&driver), PE_SUCCESS);
        assert_string_equal(events, "");
        assert_int_equal(run_entry(&driver), 111);
        free_image(&driver);
    }
}

static void several_descriptors_of_one_dll_are_all_visited(void **state)
{
    struct image driver = load_image("driver.sys");

    (void)state;
    events[0] = '\0';
    assert_int_equal(LdrPeWalkImports(&driver.pe, driver.view, note_import, NULL), PE_SUCCESS);
    assert_string_equal(events, "import ntoskrnl.exe!FakeAdd\n"
                                "import ntoskrnl.exe!FakeNumber\n"
                                "import ntoskrnl.exe!#77\n"
                                "import ntoskrnl.exe!HalCube\n"
                                "import ntoskrnl.exe!HalSquare\n"
                                "import NTOSKRNL.EXE!FakeNegate\n");
    free_image(&driver);
}

/* The lookup tables' descriptors are cleared: what old linkers leave. */
static void imports_without_a_lookup_table_are_read_from_the_address_table(void **state)
{
    struct image driver = load_image("driver.sys");
    uint32_t rva = driver.pe.Directory[PE_DIRECTORY_IMPORT].Rva;

    (void)state;
    memset(driver.view + rva, 0, 4);
    memset(driver.view + rva + 20, 0, 4);
    assert_int_equal(bind(&driver), PE_SUCCESS);
    assert_int_equal(run_entry(&driver), 111);
    free_image(&driver);
}

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
    assert_int_equal(bind(&movable), PE_SUCCESS);
    assert_int_equal(run_entry(&movable), 7);
    free_image(&movable);
}

static void forwarders_are_followed_by_name_and_by_ordinal(void **state)
{
    PE_SYMBOL symbol;

    (void)state;
    assert_int_equal(resolve("ntoskrnl.exe", "HalSquare", 0, &symbol), PE_SUCCESS);
    assert_ptr_equal(symbol.Module, &modules[1]);
    assert_string_equal(symbol.Name, "HalSquare");
    assert_int_equal(((CALL int (*)(int))symbol.Address)(9), 81);

    assert_int_equal(resolve("ntoskrnl.exe", "HalCube", 0, &symbol), PE_SUCCESS);
    assert_ptr_equal(symbol.Module, &modules[1]);
    assert_null(symbol.Name);
    assert_int_equal(((CALL int (*)(int))symbol.Address)(3), 27);

    assert_int_equal(resolve("HAL", "FakeAdd", 0, &symbol), PE_SUCCESS);
    assert_ptr_equal(symbol.Module, &modules[0]);
    assert_int_equal(symbol.Address, (uintptr_t)exported(&kernel, "FakeAdd"));
}

static void a_circle_of_forwarders_ends(void **state)
{
    PE_SYMBOL symbol;

    (void)state;
    assert_int_equal(resolve("ntoskrnl.exe", "Circle", 0, &symbol), PE_FORWARD_TOO_DEEP);
}

static void what_cannot_be_resolved_says_why(void **state)
{
    PE_SYMBOL symbol;

    (void)state;
    assert_int_equal(resolve("ntoskrnl.exe", "Nowhere", 0, &symbol), PE_MODULE_NOT_FOUND);
    assert_int_equal(resolve("nothing.sys", "FakeAdd", 0, &symbol), PE_MODULE_NOT_FOUND);
    assert_int_equal(resolve("ntoskrnl.exe", "fakeadd", 0, &symbol), PE_EXPORT_NOT_FOUND);
    assert_int_equal(resolve("ntoskrnl.exe", "FakeAd", 0, &symbol), PE_EXPORT_NOT_FOUND);
    assert_int_equal(resolve("ntoskrnl.exe", "FakeAddition", 0, &symbol), PE_EXPORT_NOT_FOUND);
    assert_int_equal(resolve("ntoskrnl.exe", NULL, 1, &symbol), PE_EXPORT_NOT_FOUND);
    assert_int_equal(resolve("ntoskrnl.exe", NULL, 65535, &symbol), PE_EXPORT_NOT_FOUND);
}

static void exports_are_found_by_any_hint_and_by_ordinal(void **state)
{
    static const uint16_t hints[] = { 0, 1, 2, 3, 4, 5, 6, 7, 100, 65535 };
    int32_t *number = exported(&kernel, "FakeNumber");
    PE_EXPORT first, export;

    (void)state;
    assert_int_equal(*number, 42);
    assert_int_equal(LdrPeFindExport(&kernel.pe, kernel.view, "FakeAdd", 0, &first), PE_SUCCESS);
    for (size_t index = 0; index < COUNT(hints); index++) {
        assert_int_equal(
            LdrPeFindExport(&kernel.pe, kernel.view, "FakeAdd", hints[index], &export), PE_SUCCESS);
        assert_int_equal(export.Rva, first.Rva);
    }
    assert_int_equal(LdrPeFindOrdinal(&kernel.pe, kernel.view, 77, &export), PE_SUCCESS);
    assert_int_equal(((CALL int (*)(int))run_at(&kernel, export.Rva))(8), 16);
    assert_int_equal(LdrPeFindExport(&kernel.pe, kernel.view, "FakeTwice", 0, &export),
                     PE_EXPORT_NOT_FOUND);
}

/* Each name, with its ordinal, changes places with its mirror image in the table. */
static void exports_are_found_in_a_table_that_is_not_sorted(void **state)
{
    static const char *const names[] = { "FakeAdd", "FakeNegate", "FakeNumber" };
    struct image odd = load_image("ntoskrnl.exe");
    uint32_t words[10];
    uint32_t *rvas;
    uint16_t *ordinals;

    (void)state;
    memcpy(words, odd.view + odd.pe.Directory[PE_DIRECTORY_EXPORT].Rva, sizeof(words));
    rvas = (uint32_t *)(odd.view + words[8]);
    ordinals = (uint16_t *)(odd.view + words[9]);
    for (uint32_t low = 0, high = words[6] - 1; low < high; low++, high--) {
        uint32_t rva = rvas[low];
        uint16_t ordinal = ordinals[low];

        rvas[low] = rvas[high];
        ordinals[low] = ordinals[high];
        rvas[high] = rva;
        ordinals[high] = ordinal;
    }
    for (size_t index = 0; index < COUNT(names); index++) {
        assert_int_equal((uint8_t *)exported(&odd, names[index]) - odd.view,
                         (uint8_t *)exported(&kernel, names[index]) - kernel.view);
    }
    free_image(&odd);
}

static void all_missing_imports_are_reported(void **state)
{
    struct image driver = load_image("missing.sys");

    (void)state;
    assert_int_equal(bind(&driver), PE_MISSING_IMPORT);
    assert_string_equal(events, "missing ntoskrnl.exe!FakeAbsent (export)\n"
                                "missing ntoskrnl.exe!#500 (export)\n"
                                "missing other.dll!OtherThing (module)\n");
    free_image(&driver);
}

static void a_kmdf_driver_is_refused_by_that_name(void **state)
{
    struct image driver = load_image("kmdf.sys");

    (void)state;
    assert_int_equal(bind(&driver), PE_KMDF);
    assert_string_equal(events, "");
    assert_non_null(strstr(LdrPeStatusText(PE_KMDF), "KMDF"));
    free_image(&driver);
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

static void module_names_match_without_case_and_extension(void **state)
{
    (void)state;
    assert_true(LdrPeSameModule("NTOSKRNL.EXE", "ntoskrnl.exe"));
    assert_true(LdrPeSameModule("ntoskrnl", "NtOsKrnl.exe"));
    assert_true(LdrPeSameModule("hal.dll", "HAL"));
    assert_true(LdrPeSameModule("my.driver", "my.driver.sys"));
    assert_false(LdrPeSameModule("hal.dll", "hal.sys"));
    assert_false(LdrPeSameModule("hal.dll", "hall"));
    assert_false(LdrPeSameModule("hal", "hal.d"));
    assert_false(LdrPeSameModule("", "hal"));
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
        cmocka_unit_test(a_relocated_and_bound_driver_computes_what_its_source_says),
        cmocka_unit_test(several_descriptors_of_one_dll_are_all_visited),
        cmocka_unit_test(imports_without_a_lookup_table_are_read_from_the_address_table),
        cmocka_unit_test(sections_say_how_to_protect_them),
        cmocka_unit_test(a_page_shared_by_sections_has_the_rights_of_all),
        cmocka_unit_test(relocating_there_and_back_changes_nothing),
        cmocka_unit_test(an_image_stripped_of_relocations_stays_at_its_address),
        cmocka_unit_test(an_image_that_needs_no_relocations_runs_anywhere),
        cmocka_unit_test(forwarders_are_followed_by_name_and_by_ordinal),
        cmocka_unit_test(a_circle_of_forwarders_ends),
        cmocka_unit_test(what_cannot_be_resolved_says_why),
        cmocka_unit_test(exports_are_found_by_any_hint_and_by_ordinal),
        cmocka_unit_test(exports_are_found_in_a_table_that_is_not_sorted),
        cmocka_unit_test(all_missing_imports_are_reported),
        cmocka_unit_test(a_kmdf_driver_is_refused_by_that_name),
        cmocka_unit_test(a_tls_directory_is_refused),
        cmocka_unit_test(every_unwind_entry_is_found_and_nothing_between),
        cmocka_unit_test(module_names_match_without_case_and_extension),
        cmocka_unit_test(the_address_helpers_keep_to_the_image),
    };

    set_image_paths(argc - 1, argv + 1);
    return cmocka_run_group_tests(tests, load_modules, free_modules);
}
