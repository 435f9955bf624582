/* SPDX-License-Identifier: MIT */
/*
 * sim_images.c: images and exported functions for the deterministic machine.
 *
 * The export directory of ntoskrnl.exe and hal.dll is all that is read of them:
 * no symbol and no structure.
 */
#include "sim_images.h"

#include <strings.h>

#include "sim_services.h"

struct exporter {
    struct sim_machine *machine;
    const struct pe_file *file;
    uint64_t base;
};

/* add_service: exported data is nothing that a processor can enter. */
static void add_service(void *context, const struct pe_symbol *symbol)
{
    const struct exporter *exporter = context;
    const PE_IMAGE *image = &exporter->file->image;

    if ((LdrPePageProtection(image, exporter->file->view, symbol->rva & ~(PE_PAGE_SIZE - 1)) &
         PE_EXECUTE) != 0) {
        sim_add_service(exporter->machine, exporter->base + symbol->rva,
                        sim_service_of(symbol->name), symbol->name);
    }
}

void sim_images_add(struct sim_machine *machine, const struct load_set *set,
                    const RECORD_IMAGE *image, const char *name)
{
    const struct load_file *files[] = { &set->ntoskrnl, &set->hal };
    static const char *const names[] = { "ntoskrnl.exe", "hal.dll" };
    bool kernel = image->Driver < 0;

    sim_add_image(machine, image->Base, image->Size, image->Driver);
    for (size_t index = 0; kernel && index < 2; index++) {
        struct exporter exporter = { machine, &files[index]->pe, image->Base };

        if (strcasecmp(name, names[index]) == 0) {
            pe_file_exports(exporter.file, add_service, &exporter);
        }
    }
}
