/* SPDX-License-Identifier: MIT */
/*
 * pe_file.h: a PE file in memory, as the tool looks at it: its headers, its
 * mapped view, and the raw bytes of its sections by their long names.
 */
#pragma once

#include "common.h"
#include "pe.h"

struct pe_file {
    const uint8_t *bytes; /* borrowed */
    size_t size;
    uint8_t *view; /* mapped, not relocated */
    PE_IMAGE image;
};

/* One section, where its bytes lie in the file. */
struct pe_section {
    const char *name; /* in the file, at most name_length bytes, not terminated */
    size_t name_length;
    const uint8_t *bytes;
    size_t size; /* of what is in the file and in use */
    uint32_t rva;
};

/* A function or variable of the COFF symbol table. */
struct pe_symbol {
    const char *name; /* not terminated */
    size_t name_length;
    uint32_t rva;
    bool function;
};

/*
 * pe_file_open: validate and map.
 * => file->bytes stays the caller's and must outlive it
 * => PE_SUCCESS, or why not (file then needs no closing)
 */
PE_STATUS pe_file_open(struct pe_file *file, const uint8_t *bytes, size_t size);

void pe_file_close(struct pe_file *file);

/*
 * pe_file_section: describe section `index`.
 * => false if there is none such, or its bytes are not all in the file
 */
bool pe_file_section(const struct pe_file *file, uint32_t index, struct pe_section *section);

/*
 * pe_file_symbols: visit the COFF symbols that name an address.
 */
void pe_file_symbols(const struct pe_file *file,
                     void (*visit)(void *context, const struct pe_symbol *symbol), void *context);

/*
 * pe_file_exports: visit the names that the image exports, forwarders left out.
 */
void pe_file_exports(const struct pe_file *file,
                     void (*visit)(void *context, const struct pe_symbol *symbol), void *context);
