/* SPDX-License-Identifier: MIT */
/*
 * symbols.h: addresses of the guest to "image!Name+0xNN" and "file.c:line".
 *
 * Names come from an image's COFF symbols, else from its exports; lines from
 * its DWARF information.  Files are opened when they are first asked for.
 */
#pragma once

#include "run_model.h"

struct symbols;

/*
 * symbols_create: an empty book of images.
 */
struct symbols *symbols_create(void);

/*
 * symbols_add: the file that the images of that name (driver -1) or of that driver come from.
 * => bytes stay the caller's and must outlive the book
 */
void symbols_add(struct symbols *symbols, const char *name, int32_t driver, const uint8_t *bytes,
                 size_t size);

void symbols_free(struct symbols *symbols);

/* What is known about an address. */
struct place {
    char name[512];     /* "image!Name+0xNN", "image+0xNN" or "0x%016X" */
    char location[256]; /* "file.c:line", or empty */
    uint32_t offset;    /* the NN of a named place, else 1 */
    bool in_driver;     /* of a driver, not of ntoskrnl.exe or hal.dll */
};

/*
 * symbols_place: describe an address.
 * => returned: it is a return address, so that the line is that of the call before it
 */
void symbols_place(struct symbols *symbols, const struct run_model *model, uint64_t address,
                   bool returned, struct place *place);

/*
 * symbols_instruction: the same for an instruction that has run: the first one of a function has
 * its own line, not that of the function's definition.
 */
void symbols_instruction(struct symbols *symbols, const struct run_model *model, uint64_t address,
                         bool returned, struct place *place);

/*
 * symbols_variable: name `size` bytes of data: "drv.sys!Counter", "drv.sys!Table[3].Count",
 * without debug information "drv.sys!Table+0x18", without symbols "drv.sys .data+0x40", and "memory
 * at 0x%016X" where no image is.
 * => how long the variable's own name is, without what follows; the caller frees *text
 */
size_t symbols_variable(struct symbols *symbols, const struct run_model *model, uint64_t address,
                        uint32_t size, char **text);

/*
 * symbols_entry: the address of a driver's entry point.
 * => 0 if the driver is not in memory or has none
 */
uint64_t symbols_entry(struct symbols *symbols, const struct run_model *model, int32_t driver);

/*
 * place_short: the name without "+0x0", for people.  => a pointer into place
 */
const char *place_short(struct place *place);
