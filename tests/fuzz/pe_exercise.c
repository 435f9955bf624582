/* SPDX-License-Identifier: MIT */
/*
 * pe_exercise.c: drive every entry of the PE loader over arbitrary bytes.
 *
 * Used by the fuzzer and by the unit tests of damaged images.  File and view
 * are separate heap blocks of exactly the promised size, so that the address
 * sanitizer sees one byte too many.
 */
#include "pe_exercise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LOOKUPS 64 /* a lookup is linear in a hostile table, so only some are made */

struct binding {
    const PE_IMAGE *image;
    const uint8_t *view;
    PE_MODULE modules[2];
    PE_MODULE_TABLE table;
    unsigned lookups;
    unsigned missing;
};

static void require(bool holds, const char *promise)
{
    if (!holds) {
        fprintf(stderr, "the loader broke a promise: %s\n", promise);
        abort();
    }
}

static void check_export(const PE_IMAGE *image, PE_STATUS status, const PE_EXPORT *export)
{
    if (status != PE_SUCCESS) {
        require(status == PE_EXPORT_NOT_FOUND || status == PE_BAD_EXPORT, "status of a look-up");
    } else if (export->Forwarder != NULL) {
        require(strlen(export->Forwarder) < PE_MAX_NAME, "a forwarder is terminated");
    } else {
        require(export->Rva != 0 && export->Rva < image->Size, "an export lies inside");
    }
}

/*
 * exercise_resolver: look a name up where the image itself plays both modules,
 * so that its forwarders lead back into it.
 */
static void exercise_resolver(const PE_IMAGE *image, const void *view, const PE_IMPORT *import)
{
    const PE_MODULE modules[] = {
        { "NTOSKRNL.EXE", view, image->ImageBase, *image },
        { "hal.dll", view, image->ImageBase, *image },
    };
    const PE_MODULE_TABLE table = { modules, 2 };
    PE_SYMBOL symbol;

    if (LdrPeResolve(&table, import, &symbol) == PE_SUCCESS) {
        require(symbol.Rva != 0 && symbol.Rva < image->Size, "a symbol lies inside");
        require(symbol.Address == symbol.Module->Base + symbol.Rva, "address is base and RVA");
    }
}

static void exercise_exports(const PE_IMAGE *image, const void *view)
{
    static const char *const names[] = {
        "", "FakeAdd", "HalSquare", "HalCube", "DriverEntry", "\xFF", "Circle", "Nowhere",
    };
    PE_EXPORT export = { 0, NULL };
    PE_STATUS status;

    for (size_t index = 0; index < sizeof(names) / sizeof(names[0]); index++) {
        PE_IMPORT import = { .Module = "ntoskrnl", .Name = names[index], .Hint = index * 7 };

        status = LdrPeFindExport(image, view, import.Name, import.Hint, &export);
        check_export(image, status, &export);
        exercise_resolver(image, view, &import);
    }
    for (uint32_t ordinal = 0; ordinal < 96; ordinal++) {
        check_export(image, LdrPeFindOrdinal(image, view, ordinal, &export), &export);
    }
    check_export(image, LdrPeFindOrdinal(image, view, UINT32_MAX, &export), &export);
}

static void exercise_sections(const PE_IMAGE *image, const void *headers)
{
    uint32_t known = PE_READ | PE_WRITE | PE_EXECUTE | PE_DISCARDABLE | PE_PAGEABLE;
    PE_SECTION section;

    for (uint32_t index = 0; LdrPeGetSection(image, headers, index, &section); index++) {
        require(section.Rva <= image->Size && section.Size <= image->Size - section.Rva,
                "a section lies inside");
        require(strlen(section.Name) <= 8, "a section's name is terminated");
    }
    for (uint32_t page = 0; page < image->Size; page += PE_PAGE_SIZE) {
        require((LdrPePageProtection(image, headers, page) & ~known) == 0, "known flags");
    }
    (void)LdrPePageProtection(image, headers, UINT32_MAX);
}

static void exercise_functions(const PE_IMAGE *image, const void *view)
{
    for (uint32_t rva = 0; rva < image->Size; rva += 509) {
        PE_FUNCTION function;

        if (LdrPeFindFunctionEntry(image, view, rva, &function)) {
            require(function.Begin <= rva && rva < function.End, "the entry covers the address");
            require(LdrPeAt(image, view, function.EntryRva, 12) != NULL, "the entry lies inside");
        }
    }
    (void)LdrPeFindFunctionEntry(image, view, UINT32_MAX, &(PE_FUNCTION){ 0 });
}

static PE_STATUS resolve(void *context, const PE_IMPORT *import, uint64_t *address)
{
    struct binding *binding = context;

    require(strlen(import->Module) < PE_MAX_NAME, "a module name is terminated");
    require(import->Name == NULL || strlen(import->Name) < PE_MAX_NAME, "a name is terminated");
    require(LdrPeAt(binding->image, binding->view, import->SlotRva, 8) != NULL,
            "a slot lies inside");
    if (binding->lookups++ < MAX_LOOKUPS) {
        return LdrPeResolveInModules(&binding->table, import, address);
    }
    *address = 0x4141414141414141ull;
    return PE_SUCCESS;
}

static void count_missing(void *context, const PE_IMPORT *import, PE_STATUS reason)
{
    (void)import;
    require(reason != PE_SUCCESS, "a missing import has a reason");
    ((struct binding *)context)->missing++;
}

static void exercise_imports(const PE_IMAGE *image, uint8_t *view)
{
    struct binding binding = { .image = image, .view = view };
    PE_BINDER binder = { resolve, count_missing, &binding };
    PE_STATUS status;

    binding.modules[0] = (PE_MODULE){ "NTOSKRNL.EXE", view, image->ImageBase, *image };
    binding.modules[1] = (PE_MODULE){ "hal.dll", view, image->ImageBase, *image };
    binding.table = (PE_MODULE_TABLE){ binding.modules, 2 };
    status = LdrPeBindImports(image, view, &binder);
    require(status != PE_SUCCESS || binding.missing == 0, "nothing is missing after success");
    require(status != PE_MISSING_IMPORT || binding.missing != 0, "what is missing is reported");
}

static void exercise_view(PE_IMAGE *image, uint8_t *view)
{
    PE_LOAD_CONFIG_VALUES values = { UINT64_MAX, 0x1122334455667788ull, 0x99AABBCCDDEEFF00ull };

    exercise_sections(image, view);
    exercise_exports(image, view);
    exercise_functions(image, view);
    (void)LdrPeRelocate(image, view, 0xFFFFF80212340000ull);
    (void)LdrPeRelocate(image, view, 0x123);
    (void)LdrPeApplyLoadConfig(image, view, &values);
    exercise_imports(image, view);
    exercise_sections(image, view);
    exercise_exports(image, view);
    exercise_functions(image, view);
}

PE_STATUS exercise_image(const uint8_t *bytes, size_t size)
{
    uint8_t *file = malloc(size != 0 ? size : 1);
    PE_IMAGE image, again;
    PE_STATUS status;
    uint8_t *view;

    require(file != NULL, "memory");
    memcpy(file, bytes, size);
    status = LdrPeOpen(file, size, &image);
    require(strlen(LdrPeStatusText(status)) > 5, "a status has a text");
    if (status == PE_SUCCESS && image.Size <= EXERCISE_MAX_IMAGE) {
        exercise_sections(&image, file);
        view = malloc(image.Size);
        require(view != NULL, "memory");
        require(LdrPeMap(&image, file, size, view, image.Size - 1) == PE_VIEW_TOO_SMALL,
                "a small view is refused");
        require(LdrPeMap(&image, file, size, view, image.Size) == PE_SUCCESS, "what opens, maps");
        require(LdrPeOpenMapped(view, image.Size, &again) == PE_SUCCESS, "what is mapped, opens");
        again.FileExtent = image.FileExtent;
        require(memcmp(&image, &again, sizeof(image)) == 0, "file and view say the same");
        exercise_view(&image, view);
        (void)LdrPeOpenMapped(view, image.Size, &again);
        free(view);
    }
    free(file);
    return status;
}
