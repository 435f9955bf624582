/* SPDX-License-Identifier: MIT */
/*
 * test_pe_symbols.c: imports, exports and forwarders, on images of real linkers,
 * which are also run.
 * usage: test_pe_symbols IMAGE..., the images that pe/images.sh builds
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "pe/load.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

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
    return ((CALL int (*)(void))run_at(image, image->pe.EntryPoint))();
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

/*
 * resolve_through: resolve m0!HalSquare, where m0 forwards to m1 and so on,
 * and the last module is hal.dll.
 */
static PE_STATUS resolve_through(const struct image *copies, unsigned forwards, PE_SYMBOL *symbol)
{
    PE_IMPORT import = { .Module = "m0", .Name = "HalSquare" };
    PE_MODULE chain[PE_MAX_FORWARDS + 2];
    PE_MODULE_TABLE chain_table = { chain, forwards + 1 };
    char names[PE_MAX_FORWARDS + 2][12];

    for (unsigned index = 0; index <= forwards; index++) {
        const struct image *image = index < forwards ? &copies[index] : &hal;

        snprintf(names[index], sizeof(names[index]), "m%u", index);
        chain[index] = (PE_MODULE){ names[index], image->view, image->pe.ImageBase, image->pe };
    }
    return LdrPeResolve(&chain_table, &import, symbol);
}

static void eight_forwards_are_followed_and_nine_are_not(void **state)
{
    struct image copies[PE_MAX_FORWARDS + 1];
    PE_EXPORT export;
    PE_SYMBOL symbol;

    (void)state;
    for (unsigned index = 0; index < COUNT(copies); index++) {
        struct image *copy = &copies[index];

        *copy = load_image("ntoskrnl.exe");
        assert_int_equal(LdrPeFindExport(&copy->pe, copy->view, "HalSquare", 0, &export),
                         PE_SUCCESS);
        snprintf((char *)copy->view + (export.Forwarder - (char *)copy->view),
                 sizeof("hal.HalSquare"), "m%u.HalSquare", index + 1);
    }
    assert_int_equal(resolve_through(copies, PE_MAX_FORWARDS, &symbol), PE_SUCCESS);
    assert_int_equal(((CALL int (*)(int))symbol.Address)(5), 25);
    assert_int_equal(resolve_through(copies, PE_MAX_FORWARDS + 1, &symbol), PE_FORWARD_TOO_DEEP);
    for (unsigned index = 0; index < COUNT(copies); index++) {
        free_image(&copies[index]);
    }
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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relocated_and_bound_driver_computes_what_its_source_says),
        cmocka_unit_test(several_descriptors_of_one_dll_are_all_visited),
        cmocka_unit_test(imports_without_a_lookup_table_are_read_from_the_address_table),
        cmocka_unit_test(all_missing_imports_are_reported),
        cmocka_unit_test(a_kmdf_driver_is_refused_by_that_name),
        cmocka_unit_test(forwarders_are_followed_by_name_and_by_ordinal),
        cmocka_unit_test(a_circle_of_forwarders_ends),
        cmocka_unit_test(eight_forwards_are_followed_and_nine_are_not),
        cmocka_unit_test(what_cannot_be_resolved_says_why),
        cmocka_unit_test(exports_are_found_by_any_hint_and_by_ordinal),
        cmocka_unit_test(exports_are_found_in_a_table_that_is_not_sorted),
        cmocka_unit_test(module_names_match_without_case_and_extension),
    };

    set_image_paths(argc - 1, argv + 1);
    return cmocka_run_group_tests(tests, load_modules, free_modules);
}
