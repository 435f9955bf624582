/* SPDX-License-Identifier: MIT */
/*
 * image.h: brings ntoskrnl.exe and hal.dll into memory, with the one PE loader.
 *
 * image_load for both, then image_bind, then image_map for both.
 */
#pragma once

#include <stdint.h>

#include "archive.h"
#include "memory.h"
#include "paging.h"
#include "pe.h"

/*
 * image_load: copy an image into new memory and relocate it to where it will run.
 * => module->View is physical memory
 * => fails the boot with the image's name in the message, here as in the others
 */
void image_load(struct page_tables *tables, const struct archive_file *file, uint64_t base,
                PE_MODULE *module);

/*
 * image_bind: resolve the imports of all images from each other, and set the
 * security cookies.
 * => cookie: a random number
 * => the message names all missing imports
 */
void image_bind(PE_MODULE *modules, size_t count, uint64_t cookie);

/*
 * image_map: map an image with the protection of its sections.
 * => pages that nothing needs any more (relocations, debug information) and
 *    those that belong to no section stay unmapped, and are free again
 */
void image_map(struct page_tables *tables, const PE_MODULE *module);
