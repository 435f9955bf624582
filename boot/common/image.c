/* SPDX-License-Identifier: MIT */
/*
 * image.c: brings ntoskrnl.exe and hal.dll into memory.
 */
#include "image.h"

#include <string.h>

#include "console.h"

/* Of one image_bind, over all images. */
struct binding {
    PE_MODULE_TABLE table;
    const PE_MODULE *importer;
    unsigned missing;
};

static void check(PE_STATUS status, const char *name)
{
    if (status != PE_SUCCESS) {
        boot_fail("%s %s", name, LdrPeStatusText(status));
    }
}

void image_load(struct page_tables *tables, const struct archive_file *file, uint64_t base,
                PE_MODULE *module)
{
    uint64_t view;

    *module = (PE_MODULE){.Name = file->name, .Base = base};
    check(LdrPeOpen(file->data, file->size, &module->Image), file->name);
    view = memory_map_allocate(tables->memory, module->Image.Size / BOOT_PAGE_SIZE, tables->floor,
                               tables->ceiling, LoaderMemoryLoaded);
    if (view == 0) {
        boot_fail("not enough memory for %s (%llx bytes)", file->name,
                  (unsigned long long)module->Image.Size);
    }
    module->View = boot_pointer(view);
    check(LdrPeMap(&module->Image, file->data, file->size, boot_pointer(view), module->Image.Size),
          file->name);
    check(LdrPeRelocate(&module->Image, boot_pointer(view), base), file->name);
}

static PE_STATUS resolve(void *context, const PE_IMPORT *import, uint64_t *address)
{
    struct binding *binding = context;

    return LdrPeResolveInModules(&binding->table, import, address);
}

static void report_missing(void *context, const PE_IMPORT *import, PE_STATUS reason)
{
    struct binding *binding = context;

    (void)reason;
    boot_print(binding->missing == 0 ? "allcall boot: missing imports: " : ", ");
    boot_print("%s wants %s!", binding->importer->Name, import->Module);
    if (import->Name != NULL) {
        boot_print("%s", import->Name);
    } else {
        boot_print("#%u", (unsigned)import->Ordinal);
    }
    binding->missing++;
}

void image_bind(PE_MODULE *modules, size_t count, uint64_t cookie)
{
    struct binding binding = {{modules, count}, NULL, 0};
    const PE_BINDER binder = {resolve, report_missing, &binding};
    const PE_LOAD_CONFIG_VALUES values = {.Cookie = cookie};

    for (size_t i = 0; i < count; i++) {
        void *view = (void *)modules[i].View;
        PE_STATUS status;

        binding.importer = &modules[i];
        status = LdrPeBindImports(&modules[i].Image, view, &binder);
        if (status != PE_MISSING_IMPORT) {
            check(status, modules[i].Name);
        }
        check(LdrPeApplyLoadConfig(&modules[i].Image, view, &values), modules[i].Name);
    }
    if (binding.missing != 0) {
        boot_print("\n");
        machine_fail();
    }
}

/*
 * is_dead: does nothing need this section once the image is relocated and bound?
 * => GNU ld names debug sections "/n", after their place in the string table
 */
static bool is_dead(const PE_SECTION *section)
{
    return (section->Flags & PE_DISCARDABLE) != 0 &&
           (section->Flags & (PE_WRITE | PE_EXECUTE)) == 0 &&
           (strcmp(section->Name, ".reloc") == 0 || section->Name[0] == '/' ||
            strncmp(section->Name, ".debug", 6) == 0);
}

/*
 * page_protection: LdrPePageProtection, but 0 also for a page of dead sections.
 */
static uint32_t page_protection(const PE_MODULE *module, uint32_t rva)
{
    uint32_t protection = LdrPePageProtection(&module->Image, module->View, rva);
    PE_SECTION section;

    /* Discardable: every section that touches the page is. */
    if ((protection & PE_DISCARDABLE) == 0) {
        return protection;
    }
    for (uint32_t i = 0; LdrPeGetSection(&module->Image, module->View, i, &section); i++) {
        if (section.Rva < rva + PE_PAGE_SIZE && section.Rva + section.VirtualSize > rva &&
            !is_dead(&section)) {
            return protection;
        }
    }
    return 0;
}

void image_map(struct page_tables *tables, const PE_MODULE *module)
{
    uint64_t physical = boot_physical(module->View);
    enum paging_status status = PAGING_DONE;

    for (uint32_t rva = 0; rva < module->Image.Size && status == PAGING_DONE;
         rva += PE_PAGE_SIZE) {
        uint32_t protection = page_protection(module, rva);
        uint32_t flags = ((protection & PE_WRITE) != 0 ? PAGE_WRITE : 0) |
                         ((protection & PE_EXECUTE) != 0 ? PAGE_EXECUTE : 0);

        if (flags == (PAGE_WRITE | PAGE_EXECUTE)) {
            boot_fail("%s has a page that is both writable and executable, at offset %llx",
                      module->Name, (unsigned long long)rva);
        }
        if (protection != 0) {
            status = paging_map(tables, module->Base + rva, physical + rva, 1, flags);
        }
    }
    if (status != PAGING_DONE) {
        boot_fail("not enough memory to map %s", module->Name);
    }
    for (uint32_t rva = 0; rva < module->Image.Size; rva += PE_PAGE_SIZE) {
        if (page_protection(module, rva) == 0 &&
            !memory_map_change(tables->memory, physical + rva, PE_PAGE_SIZE, LoaderMemoryLoaded,
                               LoaderMemoryFree)) {
            boot_fail("the memory map is too fragmented");
        }
    }
}
