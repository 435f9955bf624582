/* SPDX-License-Identifier: MIT */
/* coverage.c: which instructions of the drivers have run. */
#include "coverage.h"

#include <capstone/capstone.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_SIZE 12u /* of .pdata */

enum { START = 1, PADDING = 2 };

/* function_at: entry `index` of .pdata.  => false if it makes no sense */
static bool function_at(const struct pe_file *pe, uint32_t index, uint32_t *begin, uint32_t *end)
{
    uint64_t rva = pe->image.Directory[PE_DIRECTORY_EXCEPTION].Rva + (uint64_t)index * ENTRY_SIZE;
    uint32_t entry[3];

    if (rva + sizeof(entry) > pe->image.Size) {
        return false;
    }
    memcpy(entry, pe->view + rva, sizeof(entry));
    *begin = entry[0];
    *end = entry[1];
    return *begin < *end && *end <= pe->image.Size;
}

/* find_starts: mark where the instructions of a range begin. */
static void find_starts(csh decoder, cs_insn *instruction, const struct pe_file *pe,
                        uint32_t begin, uint32_t end, uint8_t *starts)
{
    const uint8_t *bytes = pe->view + begin;
    uint64_t address = begin;
    size_t left = end - begin;

    while (left != 0) {
        uint64_t at = address;

        if (cs_disasm_iter(decoder, &bytes, &left, &address, instruction)) {
            bool padding = instruction->id == X86_INS_NOP || instruction->id == X86_INS_INT3;

            starts[at] = padding ? PADDING : START;
        } else {
            bytes++;
            address++;
            left--;
        }
    }
}

void coverage_open(struct coverage *coverage, const struct load_set *set)
{
    cs_insn *instruction;
    csh decoder;

    *coverage = (struct coverage){ .set = set };
    coverage->starts = xcalloc(set->driver_count, sizeof(*coverage->starts));
    coverage->offsets = xcalloc(set->driver_count, sizeof(*coverage->offsets));
    if (cs_open(CS_ARCH_X86, CS_MODE_64, &decoder) != CS_ERR_OK) {
        complain("the Capstone library does not decode x64 instructions");
        exit(EXIT_MACHINE);
    }
    instruction = cs_malloc(decoder);
    for (size_t driver = 0; driver < set->driver_count; driver++) {
        const struct pe_file *pe = &set->drivers[driver].pe;
        uint32_t begin, end;

        coverage->starts[driver] = xcalloc(pe->image.Size, 1);
        coverage->offsets[driver] = coverage->size;
        coverage->size += pe->image.Size;
        for (uint32_t index = 0; index < LdrPeFunctionCount(&pe->image); index++) {
            if (function_at(pe, index, &begin, &end)) {
                find_starts(decoder, instruction, pe, begin, end, coverage->starts[driver]);
            }
        }
    }
    cs_free(instruction, 1);
    cs_close(&decoder);
}

void coverage_close(struct coverage *coverage)
{
    for (size_t driver = 0; coverage->set != NULL && driver < coverage->set->driver_count;
         driver++) {
        free(coverage->starts[driver]);
    }
    free(coverage->starts);
    free(coverage->offsets);
}

void coverage_collect(const struct coverage *coverage, const struct run_model *model,
                      bool (*has_run)(void *context, int driver, uint32_t rva), void *context,
                      uint8_t *map)
{
    for (size_t index = 0; index < model->image_count; index++) {
        const RECORD_IMAGE *image = &model->images[index].record;
        const struct pe_file *pe;
        PE_SECTION section;

        if (image->Driver < 0) {
            continue;
        }
        pe = &coverage->set->drivers[image->Driver].pe;
        for (uint32_t number = 0; LdrPeGetSection(&pe->image, pe->view, number, &section);
             number++) {
            uint32_t end = section.Rva + section.VirtualSize;

            for (uint32_t rva = section.Rva; (section.Flags & PE_EXECUTE) != 0 && rva < end &&
                                             rva < pe->image.Size;
                 rva++) {
                if (has_run(context, image->Driver, rva)) {
                    map[coverage->offsets[image->Driver] + rva] = 1;
                }
            }
        }
    }
}

struct coverage_count coverage_count(const struct coverage *coverage, size_t driver,
                                     const uint8_t *map)
{
    const uint8_t *starts = coverage->starts[driver];
    struct coverage_count count = { 0 };

    map += coverage->offsets[driver];
    for (uint32_t rva = 0; rva < coverage->set->drivers[driver].pe.image.Size; rva++) {
        count.instructions += starts[rva] == START || map[rva] != 0;
        count.covered += map[rva] != 0;
    }
    return count;
}

/* What coverage_gaps goes over. */
struct gaps {
    const uint8_t *starts, *map; /* of this driver */
    uint64_t base;
    struct symbols *symbols;
    const struct run_model *model;
    void (*visit)(void *context, const char *text);
    void *context;
};

/* find_lines: => [end - begin] the location of each instruction of a function, "" = none or not an instruction. */
static char **find_lines(struct gaps *gaps, uint32_t begin, uint32_t end)
{
    char **lines = xcalloc(end - begin, sizeof(*lines));
    struct place place;

    for (uint32_t rva = begin; rva < end; rva++) {
        place.location[0] = '\0';
        if (gaps->starts[rva] == START || gaps->map[rva] != 0) {
            symbols_place(gaps->symbols, gaps->model, gaps->base + rva, false, &place);
        }
        lines[rva - begin] = xstrdup(place.location);
    }
    return lines;
}

/* line_has_run: is another instruction of this line, in the same function, one that has run? */
static bool line_has_run(const struct gaps *gaps, uint32_t begin, uint32_t end, char *const *lines,
                         const char *location)
{
    for (uint32_t rva = begin; rva < end; rva++) {
        if (gaps->map[rva] != 0 && strcmp(lines[rva - begin], location) == 0) {
            return true;
        }
    }
    return false;
}

/* visit_lines: the lines of a function that has run of which nothing has. */
static void visit_lines(struct gaps *gaps, uint32_t begin, uint32_t end)
{
    char **lines = find_lines(gaps, begin, end);
    const char *last = "";

    for (uint32_t rva = begin; rva < end; rva++) {
        const char *line = lines[rva - begin];

        if (gaps->starts[rva] == START && gaps->map[rva] == 0 && line[0] != '\0' &&
            strcmp(line, last) != 0 && !line_has_run(gaps, begin, end, lines, line)) {
            last = line;
            gaps->visit(gaps->context, line);
        }
    }
    for (uint32_t rva = begin; rva < end; rva++) {
        free(lines[rva - begin]);
    }
    free(lines);
}

/* visit_function: a function of which nothing has run, or its lines. */
static void visit_function(struct gaps *gaps, uint32_t begin, uint32_t end)
{
    struct place place;
    bool any = false, some = false;
    char *text;

    for (uint32_t rva = begin; rva < end; rva++) {
        any = any || gaps->starts[rva] == START;
        some = some || gaps->map[rva] != 0;
    }
    if (some) {
        visit_lines(gaps, begin, end);
    } else if (any) {
        const char *name;

        symbols_place(gaps->symbols, gaps->model, gaps->base + begin, false, &place);
        name = place_short(&place);
        name = strchr(name, '!') != NULL ? strchr(name, '!') + 1 : name;
        text = place.location[0] != '\0' ? xasprintf("%s (%s)", name, place.location)
                                         : xstrdup(name);
        gaps->visit(gaps->context, text);
        free(text);
    }
}

void coverage_gaps(const struct coverage *coverage, size_t driver, const uint8_t *map,
                   struct symbols *symbols, const struct run_model *model,
                   void (*visit)(void *context, const char *text), void *context)
{
    const struct pe_file *pe = &coverage->set->drivers[driver].pe;
    struct gaps gaps = { .starts = coverage->starts[driver],
                         .map = map + coverage->offsets[driver],
                         .symbols = symbols,
                         .model = model,
                         .visit = visit,
                         .context = context };
    uint32_t begin, end;

    for (size_t index = 0; index < model->image_count; index++) {
        if (model->images[index].record.Driver == (int32_t)driver) {
            gaps.base = model->images[index].record.Base;
        }
    }
    for (uint32_t index = 0; index < LdrPeFunctionCount(&pe->image); index++) {
        if (function_at(pe, index, &begin, &end)) {
            visit_function(&gaps, begin, end);
        }
    }
}
