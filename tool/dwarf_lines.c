/* SPDX-License-Identifier: MIT */
/*
 * dwarf_lines.c: addresses to source lines, by libdw.
 *
 * libdw reads ELF only, and GNU ld and lld put the same DWARF sections into a
 * PE file.  So an ELF file is built in memory that carries them under their
 * names; its addresses are those of the PE file at its preferred base.
 */
#include "dwarf_lines.h"

#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdw.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#define MAXIMUM_ROWS 8000000u

struct row {
    uint32_t rva;
    uint32_t order; /* in the tables */
    int line;       /* 0: nothing is known from here on */
    const char *name;
    Dwarf_Off unit; /* of its compilation unit */
};

struct dwarf_lines {
    char *elf_bytes;
    Elf *elf;
    Dwarf *dwarf;
    uint64_t base;    /* the addresses' in the tables */
    struct row *rows; /* ascending by rva */
    size_t count, capacity;
};

static bool is_debug(const struct pe_section *section)
{
    return section->name_length > 7 && section->name_length < 64 &&
           memcmp(section->name, ".debug_", 7) == 0;
}

/* add_section: append a section's bytes, its header and its name. */
static void add_section(struct buffer *file, struct buffer *headers, struct buffer *names,
                        const struct pe_section *section, uint32_t type)
{
    Elf64_Shdr header = {
        .sh_name = (Elf64_Word)names->length,
        .sh_type = type,
        .sh_offset = file->length,
        .sh_size = section->size,
        .sh_addralign = 1,
    };

    buffer_add(names, section->name, section->name_length);
    buffer_add(names, "", 1);
    buffer_add(headers, &header, sizeof(header));
    buffer_add(file, section->bytes, section->size);
}

/* finish_elf: the section names, the section headers and the ELF header. */
static void finish_elf(struct buffer *file, struct buffer *headers, struct buffer *names)
{
    static const char title[] = ".shstrtab";
    struct pe_section strings = { .name = title, .name_length = sizeof(title) - 1 };
    Elf64_Ehdr header = {
        .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_version = EV_CURRENT,
        .e_ehsize = sizeof(Elf64_Ehdr),
        .e_shentsize = sizeof(Elf64_Shdr),
    };
    uint8_t *copy = xmalloc(names->length + sizeof(title));

    memcpy(copy, names->text, names->length);
    memcpy(copy + names->length, title, sizeof(title));
    strings.bytes = copy;
    strings.size = names->length + sizeof(title);
    add_section(file, headers, names, &strings, SHT_STRTAB);
    free(copy);
    while (file->length % 8 != 0) {
        buffer_add(file, "", 1);
    }
    header.e_shoff = file->length;
    header.e_shnum = (Elf64_Half)(headers->length / sizeof(Elf64_Shdr));
    header.e_shstrndx = (Elf64_Half)(header.e_shnum - 1);
    buffer_add(file, headers->text, headers->length);
    memcpy(file->text, &header, sizeof(header));
}

/*
 * build_elf: an ELF file with the debug sections of a PE file.
 * => length 0 if it has none
 */
static struct buffer build_elf(const struct pe_file *pe)
{
    struct buffer file = { 0 }, headers = { 0 }, names = { 0 };
    static const Elf64_Ehdr no_header;
    static const Elf64_Shdr no_section;
    struct pe_section section;
    bool any = false;

    buffer_add(&file, &no_header, sizeof(no_header));
    buffer_add(&headers, &no_section, sizeof(no_section));
    buffer_add(&names, "", 1);
    for (uint32_t index = 0; index < pe->image.SectionCount; index++) {
        if (pe_file_section(pe, index, &section) && is_debug(&section)) {
            add_section(&file, &headers, &names, &section, SHT_PROGBITS);
            any = true;
        }
    }
    if (any) {
        finish_elf(&file, &headers, &names);
    } else {
        buffer_free(&file);
    }
    buffer_free(&headers);
    buffer_free(&names);
    return file;
}

/* add_row: remember where a line begins, if that is inside the image. */
static void add_row(struct dwarf_lines *lines, const PE_IMAGE *image, Dwarf_Line *line,
                    Dwarf_Off unit)
{
    Dwarf_Addr address;
    struct row row = { .order = (uint32_t)lines->count, .unit = unit };
    bool end = false;

    if (dwarf_lineaddr(line, &address) != 0 || address - image->ImageBase > image->Size ||
        dwarf_lineendsequence(line, &end) != 0 || lines->count == MAXIMUM_ROWS) {
        return;
    }
    row.rva = (uint32_t)(address - image->ImageBase);
    if (!end) {
        row.name = dwarf_linesrc(line, NULL, NULL);
        if (row.name == NULL || dwarf_lineno(line, &row.line) != 0) {
            row.line = 0;
        }
    }
    grow_array(&lines->rows, lines->count, &lines->capacity, sizeof(row));
    lines->rows[lines->count++] = row;
}

static void read_unit(struct dwarf_lines *lines, const PE_IMAGE *image, Dwarf_Die *unit)
{
    Dwarf_Lines *table;
    size_t count;

    if (dwarf_getsrclines(unit, &table, &count) == 0) {
        for (size_t index = 0; index < count; index++) {
            add_row(lines, image, dwarf_onesrcline(table, index), dwarf_dieoffset(unit));
        }
    }
}

/* by_rva: an end of a sequence (line 0) comes before a line that begins there. */
static int by_rva(const void *left, const void *right)
{
    const struct row *a = left, *b = right;

    if (a->rva != b->rva) {
        return a->rva < b->rva ? -1 : 1;
    }
    if ((a->line == 0) != (b->line == 0)) {
        return a->line == 0 ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

static void read_units(struct dwarf_lines *lines, const PE_IMAGE *image)
{
    Dwarf_Off offset = 0, next;
    size_t header;

    while (dwarf_nextcu(lines->dwarf, offset, &next, &header, NULL, NULL, NULL) == 0) {
        Dwarf_Die unit;

        if (dwarf_offdie(lines->dwarf, offset + header, &unit) != NULL) {
            read_unit(lines, image, &unit);
        }
        if (next <= offset) {
            break;
        }
        offset = next;
    }
    if (lines->count != 0) {
        qsort(lines->rows, lines->count, sizeof(*lines->rows), by_rva);
    }
}

struct dwarf_lines *dwarf_lines_open(const struct pe_file *file)
{
    struct buffer bytes = build_elf(file);
    struct dwarf_lines *lines;

    if (bytes.length == 0) {
        return NULL;
    }
    lines = xcalloc(1, sizeof(*lines));
    lines->elf_bytes = bytes.text;
    lines->base = file->image.ImageBase;
    elf_version(EV_CURRENT);
    lines->elf = elf_memory(bytes.text, bytes.length);
    if (lines->elf != NULL) {
        lines->dwarf = dwarf_begin_elf(lines->elf, DWARF_C_READ, NULL);
    }
    if (lines->dwarf != NULL) {
        read_units(lines, &file->image);
    }
    return lines;
}

/* call_site: where an inlined function was called, in the unit's file table. */
static bool call_site(Dwarf_Die *unit, Dwarf_Die *inlined, const char **name, int *line)
{
    Dwarf_Attribute attribute;
    Dwarf_Word file, number;
    Dwarf_Files *files;
    const char *source;
    size_t count;

    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &file) != 0 ||
        dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &number) != 0 ||
        number > INT32_MAX || dwarf_getsrcfiles(unit, &files, &count) != 0 || file >= count) {
        return false;
    }
    source = dwarf_filesrc(files, file, NULL, NULL);
    if (source == NULL) {
        return false;
    }
    *name = source;
    *line = (int)number;
    return true;
}

static bool same_file(const char *left, const char *right)
{
    return strcmp(base_name(left), base_name(right)) == 0;
}

/*
 * leave_headers: an instruction of a function that was inlined from a header belongs, for its
 * reader, to the line of the unit's own source that called it.
 */
static void leave_headers(const struct dwarf_lines *lines, const struct row *row, uint32_t rva,
                          const char **name, int *line)
{
    Dwarf_Die unit, *scopes = NULL, *parents = NULL;
    const char *own;
    int count = 0;

    if (dwarf_offdie(lines->dwarf, row->unit, &unit) == NULL ||
        (own = dwarf_diename(&unit)) == NULL || same_file(*name, own)) {
        return;
    }
    if (dwarf_getscopes(&unit, lines->base + rva, &scopes) > 0) {
        count = dwarf_getscopes_die(&scopes[0], &parents);
    }
    for (int index = 0; index < count && !same_file(*name, own); index++) {
        if (dwarf_tag(&parents[index]) == DW_TAG_inlined_subroutine) {
            call_site(&unit, &parents[index], name, line);
        }
    }
    free(scopes);
    free(parents);
}

bool dwarf_lines_find(const struct dwarf_lines *lines, uint32_t rva, const char **name, int *line)
{
    const struct row *row;
    size_t low = 0, high = lines->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (lines->rows[middle].rva <= rva) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || lines->rows[low - 1].line == 0) {
        return false;
    }
    row = &lines->rows[low - 1];
    *name = row->name;
    *line = row->line;
    leave_headers(lines, row, rva, name, line);
    *name = base_name(*name);
    return true;
}

bool dwarf_lines_find_function(const struct dwarf_lines *lines, uint32_t rva, const char **name,
                               int *line)
{
    for (size_t index = 0; index < lines->count && lines->rows[index].rva <= rva; index++) {
        if (lines->rows[index].rva == rva && lines->rows[index].line != 0) {
            *name = base_name(lines->rows[index].name);
            *line = lines->rows[index].line;
            return true;
        }
    }
    return dwarf_lines_find(lines, rva, name, line);
}

Dwarf *dwarf_lines_handle(const struct dwarf_lines *lines, uint64_t *base)
{
    *base = lines->base;
    return lines->dwarf;
}

void dwarf_lines_close(struct dwarf_lines *lines)
{
    if (lines != NULL) {
        dwarf_end(lines->dwarf);
        elf_end(lines->elf);
        free(lines->elf_bytes);
        free(lines->rows);
        free(lines);
    }
}
