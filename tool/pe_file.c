/* SPDX-License-Identifier: MIT */
/*
 * pe_file.c: sections, COFF symbols and exports of a PE file.
 *
 * Reference: Microsoft, "PE Format".  Every offset is checked against the
 * file at every use; what does not fit is left out.
 */
#include "pe_file.h"

#include <stdlib.h>
#include <string.h>

#define COFF_HEADER_SIZE    20u
#define SECTION_HEADER_SIZE 40u
#define COFF_SYMBOL_SIZE    18u
#define MAXIMUM_SYMBOLS     4000000u
#define TYPE_FUNCTION       0x20u
#define CLASS_EXTERNAL      2u
#define CLASS_STATIC        3u
#define CLASS_LABEL         6u /* of assembler code */

/* Where the COFF symbol and string tables lie; count 0 = there are none. */
struct coff {
    size_t symbols;
    uint32_t count;
    size_t strings;
    size_t strings_size;
};

static uint16_t load16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static uint32_t load32(const uint8_t *bytes)
{
    return load16(bytes) | (uint32_t)load16(bytes + 2) << 16;
}

PE_STATUS pe_file_open(struct pe_file *file, const uint8_t *bytes, size_t size)
{
    PE_STATUS status;

    memset(file, 0, sizeof(*file));
    file->bytes = bytes;
    file->size = size;
    status = LdrPeOpen(bytes, size, &file->image);
    if (status != PE_SUCCESS) {
        return status;
    }
    file->view = xmalloc(file->image.Size);
    status = LdrPeMap(&file->image, bytes, size, file->view, file->image.Size);
    if (status != PE_SUCCESS) {
        pe_file_close(file);
    }
    return status;
}

void pe_file_close(struct pe_file *file)
{
    free(file->view);
    file->view = NULL;
}

static struct coff find_coff(const struct pe_file *file)
{
    struct coff coff = { 0, 0, 0, 0 };
    const uint8_t *header;
    uint64_t end;

    if (file->image.OptionalHeader < COFF_HEADER_SIZE || file->image.OptionalHeader > file->size) {
        return coff;
    }
    header = file->bytes + file->image.OptionalHeader - COFF_HEADER_SIZE;
    coff.symbols = load32(header + 8);
    coff.count = load32(header + 12);
    end = coff.symbols + (uint64_t)coff.count * COFF_SYMBOL_SIZE;
    if (coff.symbols == 0 || coff.count > MAXIMUM_SYMBOLS || end + 4 > file->size) {
        coff.count = 0;
        return coff;
    }
    coff.strings = (size_t)end;
    coff.strings_size = load32(file->bytes + end);
    if (coff.strings_size > file->size - coff.strings) {
        coff.strings_size = file->size - coff.strings;
    }
    return coff;
}

/* long_name: the string at an offset of the string table. */
static bool long_name(const struct pe_file *file, const struct coff *coff, uint64_t offset,
                      const char **name, size_t *length)
{
    if (coff->count == 0 || offset < 4 || offset >= coff->strings_size) {
        return false;
    }
    *name = (const char *)file->bytes + coff->strings + offset;
    *length = strnlen(*name, coff->strings_size - offset);
    return *length != 0;
}

/* section_name: 8 bytes, or "/123": a decimal offset into the string table. */
static void section_name(const struct pe_file *file, const uint8_t *header,
                         struct pe_section *section)
{
    uint64_t offset = 0;

    section->name = (const char *)header;
    section->name_length = strnlen(section->name, 8);
    if (header[0] == '/') {
        struct coff coff = find_coff(file);

        for (size_t place = 1; place < section->name_length; place++) {
            if (header[place] < '0' || header[place] > '9') {
                return;
            }
            offset = offset * 10 + (uint64_t)(header[place] - '0');
        }
        long_name(file, &coff, offset, &section->name, &section->name_length);
    }
}

/* section_header: its 40 bytes in the file, or NULL. */
static const uint8_t *section_header(const struct pe_file *file, uint32_t index)
{
    uint64_t offset = file->image.SectionTable + (uint64_t)index * SECTION_HEADER_SIZE;

    if (index >= file->image.SectionCount || offset + SECTION_HEADER_SIZE > file->size) {
        return NULL;
    }
    return file->bytes + offset;
}

bool pe_file_section(const struct pe_file *file, uint32_t index, struct pe_section *section)
{
    const uint8_t *header = section_header(file, index);
    uint32_t virtual_size, raw_size, raw;

    if (header == NULL) {
        return false;
    }
    virtual_size = load32(header + 8);
    section->rva = load32(header + 12);
    raw_size = load32(header + 16);
    raw = load32(header + 20);
    section->size = virtual_size != 0 && virtual_size < raw_size ? virtual_size : raw_size;
    if (raw > file->size || section->size > file->size - raw) {
        return false;
    }
    section->bytes = file->bytes + raw;
    section_name(file, header, section);
    return true;
}

/* symbol_name: 8 bytes, or four zeroes and an offset into the string table. */
static bool symbol_name(const struct pe_file *file, const struct coff *coff, const uint8_t *entry,
                        struct pe_symbol *symbol)
{
    if (load32(entry) == 0) {
        return long_name(file, coff, load32(entry + 4), &symbol->name, &symbol->name_length);
    }
    symbol->name = (const char *)entry;
    symbol->name_length = strnlen(symbol->name, 8);
    return true;
}

/* is_inner: a label that a function has within itself names nothing. */
static bool is_inner(const struct pe_file *file, uint32_t rva)
{
    PE_FUNCTION function;

    return LdrPeFindFunctionEntry(&file->image, file->view, rva, &function) &&
           function.Begin != rva;
}

/* take_symbol: does an entry name an address? */
static bool take_symbol(const struct pe_file *file, const struct coff *coff, const uint8_t *entry,
                        struct pe_symbol *symbol)
{
    uint32_t value = load32(entry + 8);
    uint16_t section = load16(entry + 12);
    const uint8_t *header;
    uint8_t class = entry[16];

    if (section == 0 || section > file->image.SectionCount ||
        (class != CLASS_EXTERNAL && class != CLASS_STATIC && class != CLASS_LABEL)) {
        return false;
    }
    header = section_header(file, section - 1u);
    symbol->function = load16(entry + 14) == TYPE_FUNCTION;
    return header != NULL && !__builtin_add_overflow(load32(header + 12), value, &symbol->rva) &&
           symbol->rva < file->image.Size && symbol_name(file, coff, entry, symbol) &&
           symbol->name[0] != '.' && (class != CLASS_LABEL || !is_inner(file, symbol->rva));
}

void pe_file_symbols(const struct pe_file *file,
                     void (*visit)(void *context, const struct pe_symbol *symbol), void *context)
{
    struct coff coff = find_coff(file);

    for (uint32_t index = 0; index < coff.count; index++) {
        const uint8_t *entry = file->bytes + coff.symbols + (size_t)index * COFF_SYMBOL_SIZE;
        struct pe_symbol symbol;

        if (take_symbol(file, &coff, entry, &symbol)) {
            visit(context, &symbol);
        }
        index += entry[17]; /* auxiliary entries */
    }
}

void pe_file_exports(const struct pe_file *file,
                     void (*visit)(void *context, const struct pe_symbol *symbol), void *context)
{
    uint32_t directory = file->image.Directory[PE_DIRECTORY_EXPORT].Rva;
    const uint8_t *table = NULL, *names = NULL;
    uint32_t count = 0;

    if (directory != 0) {
        table = LdrPeAt(&file->image, file->view, directory, 40);
    }
    if (table != NULL) {
        count = load32(table + 24);
    }
    if (count != 0 && count <= PE_MAX_EXPORTS) {
        names = LdrPeAt(&file->image, file->view, load32(table + 32), count * 4);
    }
    for (uint32_t index = 0; names != NULL && index < count; index++) {
        const char *name =
            LdrPeStringAt(&file->image, file->view, load32(names + 4 * index), PE_MAX_NAME);
        PE_EXPORT export;

        if (name != NULL &&
            LdrPeFindExport(&file->image, file->view, name, (uint16_t)index, &export) ==
                PE_SUCCESS &&
            export.Forwarder == NULL) {
            struct pe_symbol symbol = { name, strlen(name), export.Rva, true };

            visit(context, &symbol);
        }
    }
}
